"""What daraja calls when a payment changes; ``DARAJA`` in the settings names these functions."""

import logging

from django.db.models.functions import Now
from django.dispatch import receiver

import daraja
from daraja.django.signals import payment_changed
from shop.models import Order

_log = logging.getLogger("payments")


def fulfil(payment: daraja.Payment) -> None:
    """Mark the order as paid, in the transaction that makes the payment a success.

    Staff may have changed the price meanwhile. Then nothing is delivered, and the log says so.
    """
    order = Order.objects.filter(pk=payment.order)
    if not order.filter(amount=payment.amount).update(paid_at=Now()):
        _log.warning("order.another_amount key=%s", payment.key)


@receiver(payment_changed)
def reconsider(payment: daraja.Payment, before: daraja.Payment, **_: object) -> None:
    """Follow a person who decides that the money of a success is not there, or is there after all."""
    if before.counts and not payment.counts:
        Order.objects.filter(pk=payment.order).update(paid_at=None)
        _log.warning("order.not_paid_after_all key=%s", payment.key)
    elif payment.paid and before.denied_by_a_person:
        fulfil(payment)
