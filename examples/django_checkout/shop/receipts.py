"""Receipts for a paid payment: an e-mail and a text message, each sent once."""

import logging
import sys
from collections.abc import Callable

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.mail import send_mail
from django.utils.module_loading import import_string

import daraja
from daraja import mask_phone
from payments.models import Payment

_log = logging.getLogger("payments")


class ReceiptsFailed(Exception):  # noqa: N818 - says what happened
    """A receipt failed, so daraja delivers the success again later."""


def send_receipts(payment: daraja.Payment, /) -> None:
    """Send the receipts that were not sent yet; ``DARAJA`` names this function twice.

    A message is marked first and sent then, so only one of two simultaneous processes sends it. If sending fails,
    the mark is cleared. A machine that crashes between the two loses a receipt; the other order would repeat it,
    and a text message costs money. M-Pesa itself also sends the customer a message.

    Raises:
        ReceiptsFailed: If one of them could not be sent.
    """
    ways: dict[str, Callable[[Payment], object]] = {"emailed_at": _email, "texted_at": _text}
    left = [mark for mark, send in ways.items() if not _sent_once(payment.key, mark, send)]
    if left:
        raise ReceiptsFailed(f"payment {payment.key} still has {', '.join(left)} to come")


def _sent_once(key: str, mark: str, send: Callable[[Payment], object]) -> bool:
    try:
        with Payment.marked(key, mark) as payment:
            if payment is not None:
                send(payment)
                _log.info("receipt.sent key=%s mark=%s", key, mark)
    except Exception as error:  # noqa: BLE001 - whatever a mail server or a provider's program raises
        # The message of the error may contain an address or a number.
        _log.warning("receipt.failed key=%s mark=%s error=%s", key, mark, type(error).__name__)
        return False
    return True


def _email(payment: Payment) -> None:
    subject = f"We give you {_amount(payment)} back" if payment.refund_due else f"Your payment of {_amount(payment)}"
    send_mail(subject, _words(payment), None, [payment.user.email])


def _text(payment: Payment) -> None:
    import_string(settings.SMS_BACKEND)().send(payment.phone, _words(payment))


def _amount(payment: Payment) -> str:
    return f"KES {intcomma(payment.amount, use_l10n=False)}"


def _words(payment: Payment) -> str:
    """Return the amount, the order and the M-Pesa receipt. After a query there is no receipt."""
    amount, receipt = _amount(payment), f" M-Pesa receipt {payment.receipt}." if payment.receipt else ""
    if payment.refund_due:
        return f"{amount} came for order {payment.order_id}, which was paid already. We give this money back.{receipt}"
    return f"We have received {amount} for order {payment.order_id}.{receipt} Thank you!"


class ConsoleSms:
    """Prints text messages. ``SMS_BACKEND`` names a class of your own that sends them through a provider."""

    def send(self, phone: str, text: str, /) -> None:
        """Print a message, the number masked; yours raises an exception if it has to be sent again later."""
        sys.stdout.write(f"SMS to {mask_phone(phone)}: {text}\n")
        sys.stdout.flush()
