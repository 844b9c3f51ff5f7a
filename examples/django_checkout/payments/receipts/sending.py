"""Each receipt once: claimed by its own mark, sent, and given free again where it could not be sent."""

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
    """Tells daraja to deliver the success once more, as a receipt is still to be sent."""


def send_receipts(payment: daraja.Payment, /) -> None:
    """Send what was not sent yet.

    A message is marked first and sent then, so that of two who deliver at the same time one sends it. If sending fails,
    the mark goes. Only a machine that dies between the two loses a receipt; the other order would repeat it instead,
    and a text message costs money, while M-Pesa itself tells the customer what was paid. It is so for both.

    Raises:
        ReceiptsFailed: If one could not be sent; the other one was.
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
        # Its words could hold an address or a number.
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
