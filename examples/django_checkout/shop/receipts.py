"""Receipts for a paid payment: an e-mail and a text message, each sent once."""

import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.mail import send_mail
from django.utils.module_loading import import_string

import daraja
from daraja import mask_phone
from daraja.django.base_models import Markable
from payments.models import Payment
from shop.models import Order

_log = logging.getLogger("payments")


class ReceiptsFailed(Exception):  # noqa: N818 - named by the fact, as the errors of daraja
    """A receipt failed, so daraja delivers the success again later."""


class _Money(NamedTuple):
    """What came in, and whom to thank."""

    order_id: str
    amount: int
    receipt: str | None
    refund_due: bool
    email: str
    phone: str


def send_receipts(payment: daraja.Payment, /) -> None:
    """Send the receipts that were not sent yet; ``DARAJA`` names this function twice.

    A message is marked first and sent then, so only one of two simultaneous processes sends it. If sending fails,
    the mark is cleared. A machine that crashes between the two loses a receipt; the other order would repeat it,
    and a text message costs money. M-Pesa itself also sends the customer a message.

    Raises:
        ReceiptsFailed: If one of them could not be sent.
    """
    row = Payment.objects.select_related("user").get(key=payment.key)
    facts = row.order_id, row.amount, row.receipt, row.refund_due, row.user.email, row.phone
    _send(Payment, payment.key, _Money(*facts))


def send_receipts_by_hand(receipt: daraja.Receipt, /) -> None:
    """Do the same once an order is paid by hand."""
    order = Order.objects.select_related("user").filter(pk=receipt.order).exclude(paid_at=None).first()
    if order is not None:
        facts = order.pk, order.amount, receipt.number, False, order.user.email, order.user.phone
        _send(Order, order.pk, _Money(*facts))


def _send(rows: type[Markable], key: str, money: _Money) -> None:
    ways: dict[str, Callable[[_Money], object]] = {"emailed_at": _email, "texted_at": _text}
    left = [mark for mark, send in ways.items() if not _sent_once(rows, key, mark, partial(send, money))]
    if left:
        raise ReceiptsFailed(f"{rows.__name__.lower()} {key} still has {', '.join(left)} to come")


def _sent_once(rows: type[Markable], key: str, mark: str, send: Callable[[], object]) -> bool:
    try:
        with rows.marked(key, mark) as row:
            if row is not None:
                send()
                _log.info("receipt.sent key=%s mark=%s", key, mark)
    except Exception as error:  # noqa: BLE001 - whatever a mail server or a provider's program raises
        # The message of the error may contain an address or a number.
        _log.warning("receipt.failed key=%s mark=%s error=%s", key, mark, type(error).__name__)
        return False
    return True


def _email(money: _Money) -> None:
    subject = f"We give you {_amount(money)} back" if money.refund_due else f"Your payment of {_amount(money)}"
    send_mail(subject, _words(money), None, [money.email])


def _text(money: _Money) -> None:
    if money.phone:
        import_string(settings.SMS_BACKEND)().send(money.phone, _words(money))


def _amount(money: _Money) -> str:
    return f"KES {intcomma(money.amount, use_l10n=False)}"


def _words(money: _Money) -> str:
    """Return the amount, the order and the M-Pesa receipt. After a query there is no receipt."""
    amount, receipt = _amount(money), f" M-Pesa receipt {money.receipt}." if money.receipt else ""
    if money.refund_due:
        return f"{amount} came for order {money.order_id}, which was paid already. We give this money back.{receipt}"
    return f"We have received {amount} for order {money.order_id}.{receipt} Thank you!"


class ConsoleSms:
    """Prints text messages. ``SMS_BACKEND`` names a class of your own that sends them through a provider."""

    def send(self, phone: str, text: str, /) -> None:
        """Print a message, the number masked; yours raises an exception if it has to be sent again later."""
        sys.stdout.write(f"SMS to {mask_phone(phone)}: {text}\n")
        sys.stdout.flush()
