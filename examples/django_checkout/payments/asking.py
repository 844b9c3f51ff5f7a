"""Asking a customer's phone to pay for an order: whether it may be done, and doing it once."""

from contextlib import suppress

from django.utils import timezone

import daraja
from daraja import errors
from daraja.payments.again import may_retry
from orders.models import Order
from payments.models import Payment
from payments.mpesa import checkout
from payments.phones import give_turn_back
from payments.refusals import AlreadyPaid, AnotherWon, NotAsked, NotPayable, NotSafeYet, TooSoon
from payments.rows import payment_of

__all__ = ["ask", "check_again"]


def ask(order: Order, phone: str) -> daraja.Payment:
    """Ask a phone to pay for an order, unless it is being asked already; give the payment that is under way.

    Raises:
        APIException: With the status and the words for the customer, if nobody was asked now.
    """
    if order.paid_by_id:
        raise AlreadyPaid
    attempts = list(order.payments.all())
    for attempt in attempts:
        if attempt.is_open:
            return payment_of(attempt)
        if not may_retry(payment_of(attempt), timezone.now()):
            raise NotSafeYet
    try:
        return checkout().start(
            phone=phone,
            amount=order.amount,
            reference=daraja.short_reference(order.order_id),
            idempotency_key=f"{order.order_id} attempt {len(attempts) + 1}",
            metadata={"order_id": order.order_id, "user_id": order.user_id},
        )
    except (errors.Conflict, errors.DuplicatePayment):
        raise AnotherWon from None
    except errors.InvalidInput:
        raise NotPayable from None
    except errors.SubscriberBusy:
        raise TooSoon from None
    except (errors.ApiError, errors.NotSent, errors.UnexpectedResponse):
        give_turn_back(phone)
        raise NotAsked from None


def check_again(payment: Payment) -> None:
    """Ask Daraja about a payment, unless it was asked a moment ago."""
    with suppress(errors.DarajaError):  # reconcile_payments asks again
        checkout().refresh(payment.key, if_due=True)
