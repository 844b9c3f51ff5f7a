"""How far the payment of an order has come, as the waiting page asks for it."""

from typing import Any

from django.utils import timezone

from daraja.payments.again import MayRetry, may_retry
from orders.models import Order
from payments.rows import payment_of
from payments.words import NOT_ASKED, message_for

__all__ = ["status_of"]


def status_of(order: Order, /) -> dict[str, Any]:  # Any: whatever JSON can hold
    """Tell of the payment that paid, else of the last attempt."""
    payment = order.paid_by or order.payments.first()
    if payment is None:
        told = {"status": "unpaid", "message": NOT_ASKED, "checkout_request_id": "", "receipt": ""}
        verdict = MayRetry(allowed=True, reason="nobody was asked")
    else:
        told = {
            "status": payment.status,
            "message": message_for(payment),
            "checkout_request_id": payment.checkout_request_id or "",
            "receipt": payment.provider_reference,
        }
        verdict = may_retry(payment_of(payment), timezone.now())
    return told | {
        "order_id": order.order_id,
        "amount": str(order.amount),
        "may_retry": verdict.allowed,
        "retry_at": verdict.not_before,
    }
