"""The payment status of an order, for front ends."""

from typing import Any, Final

import daraja
from daraja import Status
from daraja.payments.customer_messages import REVIEW
from orders.models import Order
from payments.asking import may_ask
from payments.models import OPEN, Payment
from payments.rows import payment_of

__all__ = ["status_of", "told_status"]

_GIVEN_BACK: Final = "We gave your money back, as this order has another price now."
_IGNORE: Final = "Ignore any M-Pesa request that is still on your phone."


def told_status(payment: daraja.Payment, /) -> Status:
    """Return the status for front ends; they see only a success that counts."""
    if payment.paid or payment.status is not Status.SUCCESS:
        return payment.status
    return Status.UNCONFIRMED if payment.needs_review else Status.FAILED  # as a person decided


def status_of(order: Order, /) -> dict[str, Any]:  # Any: whatever JSON can hold
    """Return the status of the payment that paid, or of the last attempt."""
    row = order.paid_by or order.payments.first()
    if row is None:
        message = "This order is not paid yet."
        told = {"status": "unpaid", "message": message, "checkout_request_id": "", "receipt": ""}
    else:
        payment = payment_of(row)
        status, message = _told(order, row, payment)
        told = {
            "status": status,
            "message": message,
            "checkout_request_id": payment.checkout_request_id or "",
            "receipt": payment.receipt or "",
        }
    verdict = may_ask(order)
    return told | {
        "order_id": order.order_id,
        "amount": str(order.amount),
        "paid": order.paid_by_id is not None,
        "may_retry": verdict.allowed,
        "retry_at": verdict.not_before,
    }


def _told(order: Order, row: Payment, payment: daraja.Payment) -> tuple[Status, str]:
    if payment.paid and not order.paid_by_id:  # the order had another price when the money came
        return (Status.UNCONFIRMED, REVIEW) if row.refund_due else (Status.FAILED, _GIVEN_BACK)
    still_asked = order.paid_by_id and order.payments.filter(status__in=OPEN).exists()
    words = f"{payment.customer_message} {_IGNORE}" if still_asked else payment.customer_message
    return told_status(payment), words
