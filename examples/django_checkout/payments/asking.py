"""Send one prompt for an order to the customer's phone, if it is allowed."""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from django.utils import timezone

import daraja
from daraja import errors
from daraja.payments.may_retry import MayRetry, may_retry
from orders.models import Order
from payments.models import OPEN, Payment
from payments.mpesa import account, checkout
from payments.phones import BETWEEN_PUSHES, give_turn_back
from payments.refusals import (
    AlreadyPaid,
    AnotherPhone,
    AnotherWon,
    NotAsked,
    NotPayable,
    NotSafeYet,
    TooEarly,
    TooMany,
    TooSoon,
)
from payments.rows import payment_of

__all__ = ["ask", "check_again", "may_ask"]

MOST_ATTEMPTS: Final = 50
"""Per order, because each status page reads all attempts."""

_log = logging.getLogger("payments")


def ask(order: Order, phone: str) -> daraja.Payment:
    """Send a prompt for an order, unless one is open already; return the open payment.

    Args:
        order: The order to pay.
        phone: The phone, as ``254...``.

    Raises:
        APIException: With the status and the message for the customer, if nobody was prompted.
    """
    if order.paid_by_id:
        raise AlreadyPaid
    attempts = [payment_of(attempt) for attempt in order.payments.all()]
    for attempt in attempts:
        if attempt.status in OPEN and attempt.account == account():
            if attempt.phone != phone:
                raise AnotherPhone(attempt)
            return attempt
    _refuse_another(attempts)
    ours = checkout()
    try:
        return ours.start(
            phone=phone,
            amount=order.amount,
            reference=daraja.short_reference(order.order_id),
            idempotency_key=f"{order.order_id} attempt {len(attempts) + 1}",
            metadata={"order_id": order.order_id, "user_id": order.user_id},
        )
    except (errors.Conflict, errors.DuplicatePayment):
        raise AnotherWon from None
    except errors.InvalidInput as error:
        _log.warning("push.not_payable faults=%s", dict(error.faults))
        raise NotPayable from None
    except errors.SubscriberBusy:
        raise TooSoon(timezone.now() + BETWEEN_PUSHES) from None
    except (errors.ApiError, errors.NotSent, errors.UnexpectedResponse) as error:
        if error.payment:
            give_turn_back(ours.payment(error.payment.key))
        raise NotAsked from None


def may_ask(order: Order) -> MayRetry:
    """Return whether a new attempt is safe, judged over all attempts so far."""
    return _verdict([payment_of(attempt) for attempt in order.payments.all()])


def check_again(payment: Payment) -> None:
    """Query Daraja about a payment if a check is due."""
    ours = checkout()
    with suppress(errors.DarajaError):  # reconcile_payments asks again
        ours.refresh(payment.key, if_due=True)


def _refuse_another(attempts: Sequence[daraja.Payment]) -> None:
    if len(attempts) >= MOST_ATTEMPTS:
        raise TooMany
    verdict = _verdict(attempts)
    if verdict:
        return
    # While a query about an attempt is still due, waiting alone makes nothing safe.
    if verdict.not_before is None or any(attempt.next_check_at for attempt in attempts):
        raise NotSafeYet
    raise TooEarly(verdict.not_before)


def _verdict(attempts: Iterable[daraja.Payment]) -> MayRetry:
    """Return the verdict with the longest waiting time."""
    now, never = timezone.now(), datetime.max.replace(tzinfo=UTC)
    refusals = [verdict for verdict in (may_retry(attempt, now) for attempt in attempts) if not verdict]
    allowed = MayRetry(allowed=True, reason="nobody was charged")
    return max(refusals, key=lambda verdict: verdict.not_before or never, default=allowed)
