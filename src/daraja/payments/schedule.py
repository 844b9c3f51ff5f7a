"""When a payment is looked at next, decided without waiting."""

from datetime import datetime, timedelta
from typing import Final

from daraja.payments.evidence import Source
from daraja.payments.model import Payment, Status

__all__ = ["PROMPT_LIFE", "WINDOW", "heard_once_from_a_query", "is_settled", "next_check", "next_delivery"]

PROMPT_LIFE: Final = timedelta(minutes=3)
"""After which no prompt is open any more, so that an answer which decides nothing means that we stop waiting."""
WINDOW: Final = timedelta(hours=24)
"""After which nothing more is heard of a payment by itself."""

_PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 240, 480, 960, 1920, 3600))
"""Until the next check, by the number of checks there were; the first is longer than ``Checkout.start`` takes."""
_BETWEEN_DENIALS: Final = timedelta(seconds=60)
"""Between two queries that count as two: what made the first one err has passed by then."""
_BEFORE_REDELIVERY: Final = timedelta(seconds=60)


def is_settled(payment: Payment, now: datetime, /) -> bool:
    """Tell whether asking Daraja about the payment can teach us nothing more."""
    over = now >= payment.created_at + WINDOW
    match payment.status:
        case Status.SUCCESS:
            return True
        case Status.FAILED | Status.TIMEOUT:
            return over or not heard_once_from_a_query(payment)
        case Status.UNCONFIRMED:
            return over or payment.checkout_request_id is None
        case _:
            return False


def heard_once_from_a_query(payment: Payment, /) -> bool:
    """Tell whether only one query says that it was not paid: queries are known to err, so it is asked once more.

    However many say so within a minute, they count as one.
    """
    first, last = payment.first_denied_at, payment.last_denied_at
    if payment.decided_by is not Source.QUERY or first is None or last is None:
        return False
    return last - first < _BETWEEN_DENIALS


def next_check(payment: Payment, now: datetime, /) -> datetime | None:
    """Give when Daraja is asked next about a payment that is not paid, or None where that would teach us nothing."""
    if is_settled(payment, now):
        return None
    pause = _pause(payment)
    if payment.checkout_request_id is None:
        return max(payment.created_at + WINDOW, now + pause)
    if payment.first_denied_at is not None and now < payment.first_denied_at + _BETWEEN_DENIALS:
        return payment.first_denied_at + _BETWEEN_DENIALS
    return now + pause


def next_delivery(payment: Payment, now: datetime, /) -> datetime | None:
    """Give when the shop is told next of a success that it has not heard of, or None where it has."""
    return now + max(_BEFORE_REDELIVERY, _pause(payment)) if payment.notified_at is None else None


def _pause(payment: Payment) -> timedelta:
    return _PAUSES[min(payment.checks, len(_PAUSES) - 1)]
