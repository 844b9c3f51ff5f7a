"""What happens once, in the very transaction that makes a payment a success."""

from django.db.models.functions import Now

import daraja
from orders.models import Order
from payments.models import Payment

__all__ = ["fulfil"]


def fulfil(payment: daraja.Payment, /) -> None:
    """Mark the order as paid by this payment; a payment that comes second is flagged, so that it is given back."""
    order = Order.objects.filter(pk=payment.metadata["order_id"], paid_by=None)
    if not order.update(paid_by=payment.key, paid_at=Now()):
        Payment.objects.filter(pk=payment.key).update(refund_due=True)
