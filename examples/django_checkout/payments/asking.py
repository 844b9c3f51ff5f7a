"""Asking a customer's phone to pay for an order: whether it may be done, and doing it once."""

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
"""For one order: each is looked at whenever a page asks how far the order is."""

_log = logging.getLogger("payments")


def ask(order: Order, phone: str) -> daraja.Payment:
    """Ask a phone to pay for an order, unless it is being asked already; give the payment that is under way.

    Args:
        order: What is paid.
        phone: The phone, as ``254...``.

    Raises:
        APIException: With the status and the words for the customer, if nobody was asked now.
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
    """Tell whether a new attempt is known to be safe, after all that there were."""
    return _verdict([payment_of(attempt) for attempt in order.payments.all()])


def check_again(payment: Payment) -> None:
    """Ask Daraja about a payment, unless it was asked a moment ago."""
    ours = checkout()
    with suppress(errors.DarajaError):  # reconcile_payments asks again
        ours.refresh(payment.key, if_due=True)


def _refuse_another(attempts: Sequence[daraja.Payment]) -> None:
    if len(attempts) >= MOST_ATTEMPTS:
        raise TooMany
    verdict = _verdict(attempts)
    if verdict:
        return
    # While Daraja is still to be asked about an attempt, time alone makes nothing safe.
    if verdict.not_before is None or any(attempt.next_check_at for attempt in attempts):
        raise NotSafeYet
    raise TooEarly(verdict.not_before)


def _verdict(attempts: Iterable[daraja.Payment]) -> MayRetry:
    """Give the verdict that holds longest."""
    now, never = timezone.now(), datetime.max.replace(tzinfo=UTC)
    refusals = [verdict for verdict in (may_retry(attempt, now) for attempt in attempts) if not verdict]
    allowed = MayRetry(allowed=True, reason="nobody was charged")
    return max(refusals, key=lambda verdict: verdict.not_before or never, default=allowed)
