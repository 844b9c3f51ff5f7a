"""Send each receipt once: set its mark, send it, and clear the mark if sending failed."""

import logging
from collections.abc import Callable

from django.core.mail import send_mail
from django.utils import timezone

import daraja
from payments.models import Payment
from payments.receipts.sms import send_sms
from payments.receipts.words import subject_of, text_of

__all__ = ["ReceiptsFailed", "send_receipts"]

_log = logging.getLogger("payments")


class ReceiptsFailed(Exception):  # noqa: N818 - says what happened
    """A receipt failed, so daraja delivers the success again later."""


def send_receipts(payment: daraja.Payment, /) -> None:
    """Send the receipts that were not sent yet.

    A message is marked first and sent then, so only one of two simultaneous processes sends it. If sending fails,
    the mark is cleared. A machine that crashes between the two loses a receipt; the other order would repeat it,
    and a text message costs money. M-Pesa itself also sends the customer a message.

    Raises:
        ReceiptsFailed: If one of them could not be sent.
    """
    ways: dict[str, Callable[[Payment], object]] = {"emailed_at": _email, "texted_at": _text}
    left = [mark for mark, send in ways.items() if not _sent_once(payment.key, mark, send)]
    if left:
        message = f"payment {payment.key} still has {', '.join(left)} to come"
        raise ReceiptsFailed(message)


def _sent_once(key: str, mark: str, send: Callable[[Payment], object]) -> bool:
    now = timezone.now()
    if not Payment.objects.filter(key=key, **{mark: None}).update(**{mark: now}):
        return True
    sent = False
    try:
        send(Payment.objects.select_related("user", "order").get(key=key))
        sent = True
    except Exception as error:  # noqa: BLE001 - whatever a mail server or a provider's program raises
        # The message of the error may contain an address or a number.
        _log.warning("receipt.failed key=%s mark=%s error=%s", key, mark, type(error).__name__)
    else:
        _log.info("receipt.sent key=%s mark=%s", key, mark)
    finally:
        if not sent:
            Payment.objects.filter(key=key, **{mark: now}).update(**{mark: None})
    return sent


def _email(payment: Payment) -> None:
    send_mail(subject_of(payment), text_of(payment), None, [payment.user.email])


def _text(payment: Payment) -> None:
    send_sms(payment.phone_number, text_of(payment))
