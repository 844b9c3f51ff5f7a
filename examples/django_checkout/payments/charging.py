"""Charge an order, with an answer in HTTP for everything that can go wrong."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

import daraja
from daraja import errors
from daraja.django import checkout
from daraja.django.apps import this_app
from daraja.django.models import OPEN
from daraja.django.rows import account_is
from payments.models import Payment
from payments.refusals import Refused, contact_us
from shop.models import Order

BETWEEN_PROMPTS: Final = timedelta(minutes=1)

IN_DOUBT: Final = gettext_noop(
    "We cannot be sure yet that your last attempt was not paid. Look at your M-Pesa messages before you pay again."
)

_log = logging.getLogger("payments")


def charge(order: Order, phone: str) -> daraja.Payment:
    """Ask a phone to pay for an order; return the open payment, or the new one.

    Args:
        order: The order.
        phone: The phone, as ``254...``.

    Raises:
        Refused: With the status and the message for the customer, if nobody was prompted.
    """
    known = checkout().order(order.pk)
    if known.paid:
        raise Refused(409, _("This order is already paid. Thank you!"))
    if _asked_elsewhere(order):
        raise Refused(409, _(IN_DOUBT))
    if known.prompted is None and known.may_charge:
        _refuse_busy_phone(phone, order)
    with _answered():
        payment = checkout().charge(
            order=order.pk, phone=phone, amount=order.amount, metadata={"user_id": order.user_id}
        )
    if payment.status.value not in OPEN:
        raise Refused(409, _(IN_DOUBT))
    return payment


def _asked_elsewhere(order: Order) -> bool:
    """Return whether a payment to a former shortcode or environment may still be paid; daraja sees its own only."""
    elsewhere = order.payments.exclude(account_is(this_app().account))
    return bool(elsewhere.exclude(status__in=["failed", "timeout"]).exists())


def _refuse_busy_phone(phone: str, order: Order) -> None:
    """Prompt no phone for two orders within a minute; a push that M-Pesa refused does not count."""
    asked = Payment.objects.filter(phone=phone, created_at__gt=timezone.now() - BETWEEN_PROMPTS).exclude(order=order)
    last = asked.exclude(status="failed", checkout_request_id=None).first()
    if last is not None:
        _too_soon(last.created_at + BETWEEN_PROMPTS)


def _too_soon(retry_at: datetime) -> None:
    words = _("A request went to this phone less than a minute ago. Try again in {seconds} s, or use another phone.")
    raise Refused(429, words, retry_at)


@contextmanager
def _answered() -> Generator[None]:
    try:
        yield
    except errors.AttemptOpen as error:
        words = _(
            "{phone} is being asked to pay for this order. To use another phone, cancel the request there, or try "
            "again in {{seconds}} s."
        )
        raise Refused(409, words.format(phone=error.phone), error.ends_at) from None
    except errors.TooEarly as error:
        raise Refused(409, _("You were not charged. You can try again in {seconds} s."), error.not_before) from None
    except errors.InvalidInput as error:
        _log.warning("push.not_payable faults=%s", dict(error.faults))
        words = _("M-Pesa cannot take a payment for this order as it is;")
        raise Refused(400, f"{words} {contact_us()}") from None
    except errors.SubscriberBusy:
        _too_soon(timezone.now() + BETWEEN_PROMPTS)
    except (errors.ApiError, errors.NotSent, errors.UnexpectedResponse):
        words = _("M-Pesa did not take our request, so nothing was charged. Try again in a little while.")
        raise Refused(500, words) from None
