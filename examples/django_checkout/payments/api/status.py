"""How far the payment of an order has come, as the waiting page asks for it."""

from typing import Any

from orders.models import Order
from payments.mpesa import checkout
from payments.words import NOT_ASKED, message_for

__all__ = ["status_of"]


def status_of(order: Order, /) -> dict[str, Any]:  # Any: whatever JSON can hold
    """Tell of the payment that paid, else of the last attempt."""
    payment = order.paid_by or order.payments.first()
    told = {"order_id": order.order_id, "amount": str(order.amount)}
    if payment is None:
        return told | {
            "status": "unpaid",
            "message": NOT_ASKED,
            "checkout_request_id": "",
            "receipt": "",
            "may_retry": True,
        }
    verdict = checkout().may_retry(payment.key)
    return told | {
        "status": payment.status,
        "message": message_for(payment),
        "checkout_request_id": payment.checkout_request_id or "",
        "receipt": payment.provider_reference,
        "may_retry": verdict.allowed,
        "retry_at": verdict.not_before,
    }
