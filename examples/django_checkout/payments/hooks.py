"""What daraja calls when money came in; ``DARAJA`` in the settings names these functions."""

import logging

from django.db.models.functions import Now
from django.dispatch import receiver

import daraja
from daraja.django import checkout
from daraja.django.signals import payment_changed, receipt_changed
from shop.models import Order

_log = logging.getLogger("payments")


def fulfil(money: daraja.Payment | daraja.Receipt) -> None:
    """Mark the order as paid, in the transaction in which a payment, or money that was paid by hand, counts for it.

    Staff may have changed the price meanwhile. Then nothing is delivered, and the log says so.
    """
    known = checkout().order(str(money.order))
    order = Order.objects.filter(pk=known.order, paid_at=None)
    if known.paid and not order.filter(amount__lte=known.received).update(paid_at=Now()):
        _log.warning("order.another_amount key=%s", money.key)


@receiver([payment_changed, receipt_changed])
def reconsider(
    before: daraja.Payment | daraja.Receipt,
    payment: daraja.Payment | None = None,
    receipt: daraja.Receipt | None = None,
    **_: object,
) -> None:
    """Follow a person who decides that the money of a success is not there, or is there after all."""
    money = payment or receipt or before
    if before.counts and not money.counts and not checkout().order(str(money.order)).paid:
        Order.objects.filter(pk=money.order).update(paid_at=None)
        _log.warning("order.not_paid_after_all key=%s", money.key)
    elif money.paid and before.denied_by_a_person:
        fulfil(money)
