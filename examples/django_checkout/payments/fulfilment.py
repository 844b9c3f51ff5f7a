"""Changes of an order inside the transaction that changes its payment."""

import logging

from django.db.models.functions import Now

import daraja
from orders.models import Order
from payments.models import Payment
from payments.rows import payment_of

__all__ = ["fulfil", "reconsider"]

_log = logging.getLogger("payments")


def fulfil(payment: daraja.Payment, /) -> None:
    """Mark the order as paid by this payment.

    A second payment is flagged for a refund, and so is a payment whose order has another price now.
    """
    unpaid = Order.objects.filter(pk=payment.metadata["order_id"], paid_by=None)
    if unpaid.filter(amount=payment.amount).update(paid_by=payment.key, paid_at=Now()):
        return
    event = "order.another_amount" if unpaid.exists() else "order.paid_twice"
    Payment.objects.filter(pk=payment.key).update(refund_due=True)
    _log.warning("%s key=%s", event, payment.key)


def reconsider(payment: daraja.Payment, /) -> None:
    """Apply a person's decision that the money of a success is not there, or is there after all.

    If the payment no longer pays the order, another payment that was flagged for a refund pays it, or a later one.
    """
    if payment.paid:
        fulfil(payment)
        return
    of_order = Payment.objects.filter(order=payment.metadata["order_id"])
    of_order.filter(pk=payment.key).update(refund_due=False)
    if Order.objects.filter(paid_by=payment.key).update(paid_by=None, paid_at=None):
        _log.warning("order.not_paid_after_all key=%s", payment.key)
        for other in of_order.filter(refund_due=True)[:1]:
            Payment.objects.filter(pk=other.pk).update(refund_due=False)
            fulfil(payment_of(other))
