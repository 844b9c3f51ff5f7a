"""How far the payment of an order has come, as the waiting page asks for it."""

from typing import Any

from orders.models import Order
from payments.asking import may_ask
from payments.rows import payment_of

__all__ = ["status_of"]


def status_of(order: Order, /) -> dict[str, Any]:  # Any: whatever JSON can hold
    """Tell of the payment that paid, else of the last attempt."""
    row = order.paid_by or order.payments.first()
    if row is None:
        message = "This order is not paid yet."
        told = {"status": "unpaid", "message": message, "checkout_request_id": "", "receipt": ""}
    else:
        payment = payment_of(row)
        told = {
            "status": payment.status,
            "message": payment.customer_message,
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
