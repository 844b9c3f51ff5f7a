"""The one function that daraja calls."""

from django.utils import timezone

import daraja
from tests.django.project.shop.models import Order

__all__ = ["fulfil"]


def fulfil(payment: daraja.Payment) -> None:
    """Mark the order as paid."""
    Order.objects.filter(number=payment.order).update(paid_at=timezone.now())
