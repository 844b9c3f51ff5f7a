"""What is sold, and a model of payments with a foreign key to it."""

from typing import ClassVar

from django.db import models

from daraja.django.models import AbstractPayment

__all__ = ["NumberedPayment", "Order", "ShopPayment"]


class Order(models.Model):
    """An order, which knows nothing of payments."""

    objects: ClassVar[models.Manager["Order"]]  # mypy's plugin knows the models of the example only

    number = models.CharField(max_length=50, unique=True)
    total = models.PositiveIntegerField()
    paid_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.number


class ShopPayment(AbstractPayment):
    """A payment of an order that is there; named in ``DARAJA_PAYMENT_MODEL`` by some tests only."""

    objects: ClassVar[models.Manager["ShopPayment"]]  # as above

    order = models.ForeignKey(Order, to_field="number", null=True, on_delete=models.PROTECT, related_name="payments")

    class Meta(AbstractPayment.Meta):
        """That of every payment."""


class NumberedPayment(AbstractPayment):
    """A payment of an order by its primary key, which is a number; for one test."""

    objects: ClassVar[models.Manager["NumberedPayment"]]  # as above

    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="numbered_payments")

    class Meta(AbstractPayment.Meta):
        """That of every payment."""
