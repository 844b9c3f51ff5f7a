"""When a payment is looked at next, decided without waiting."""

from datetime import datetime, timedelta
from typing import Final

from daraja.payments.model import BETWEEN_DENIALS, Payment, Status

__all__ = ["PROMPT_LIFE", "WINDOW", "heard_once_from_a_query", "is_settled", "next_check", "next_delivery", "next_try"]

PROMPT_LIFE: Final = timedelta(minutes=3)
"""After which no prompt is open any more, so that an answer which decides nothing means that we stop waiting."""
WINDOW: Final = timedelta(hours=24)
"""After which nothing more is heard of a payment by itself."""

_PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 240, 480, 960, 1920, 3600))
"""Until the next check, by the number of checks there were; the first is longer than ``Checkout.start`` takes."""
_BEFORE_REDELIVERY: Final = timedelta(seconds=60)


def is_settled(payment: Payment, now: datetime, /) -> bool:
    """Tell whether asking Daraja about the payment can teach us nothing more."""
    over = now >= payment.created_at + WINDOW
    match payment.status:
        case Status.SUCCESS:
            return True
        case Status.FAILED | Status.TIMEOUT:
            return not heard_once_from_a_query(payment) or (over and _has_passed(payment.last_denied_at, now))
        case Status.UNCONFIRMED:
            return over or payment.checkout_request_id is None
        case _:
            return False


def heard_once_from_a_query(payment: Payment, /) -> bool:
    """Tell whether only one query says that it was not paid: queries are known to err, so it is asked once more.

    However many say so within a minute, they count as one.
    """
    return payment.denied_once


def next_check(payment: Payment, now: datetime, /) -> datetime | None:
    """Give when Daraja is asked next about a payment that is not paid, or None where that would teach us nothing."""
    if is_settled(payment, now):
        return None
    pause = _pause(payment)
    if payment.checkout_request_id is None:
        return max(payment.created_at + WINDOW, now + pause)
    if payment.first_denied_at is not None and now < payment.first_denied_at + BETWEEN_DENIALS:
        return payment.first_denied_at + BETWEEN_DENIALS
    return now + pause


def next_try(payment: Payment, now: datetime, /) -> datetime | None:
    """Give when Daraja is asked again if the question that is put now goes unanswered, or decides nothing.

    It may be about a payment that was settled, of which something was heard since.
    """
    over = now >= payment.created_at + WINDOW or payment.status is Status.SUCCESS
    return next_check(payment, now) or (None if over else now + _pause(payment))


def _has_passed(denied_at: datetime | None, now: datetime) -> bool:
    return denied_at is not None and now >= denied_at + BETWEEN_DENIALS


def next_delivery(payment: Payment, now: datetime, /) -> datetime | None:
    """Give when the shop is told next of a success that it has not heard of, or None where it has."""
    return now + max(_BEFORE_REDELIVERY, _pause(payment)) if payment.notified_at is None else None


def _pause(payment: Payment) -> timedelta:
    return _PAUSES[min(payment.checks, len(_PAUSES) - 1)]
