"""An order, which is paid once."""

from django.conf import settings
from django.db import models

__all__ = ["Order"]


class Order(models.Model):
    """An order of a customer.

    A payment always uses its amount, never an amount from a browser.
    """

    order_id = models.CharField(primary_key=True, max_length=180)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    description = models.CharField(max_length=200)
    amount = models.PositiveIntegerField(help_text="in whole KES")
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True, blank=True, editable=False)
    paid_by = models.OneToOneField(
        "payments.Payment", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="pays_for"
    )

    class Meta:
        """The newest first."""

        ordering = ["-created_at", "order_id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="order_amount_above_0"),
            models.CheckConstraint(
                condition=models.Q(paid_at=None, paid_by=None) | models.Q(paid_at__isnull=False, paid_by__isnull=False),
                name="paid_at_some_time_by_some_payment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.description}"
