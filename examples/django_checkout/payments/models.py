"""A payment, with foreign keys to the order and to the customer."""

from typing import Any

from django.conf import settings
from django.db import models

import daraja
from daraja.django.models import AbstractPayment
from shop.models import Order


class Payment(AbstractPayment):
    """One attempt to pay for an order."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payments")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")  # type: ignore[assignment] # a key, no text
    emailed_at = models.DateTimeField(null=True, editable=False)
    texted_at = models.DateTimeField(null=True, editable=False)

    class Meta(AbstractPayment.Meta):
        pass

    @classmethod
    def columns_for(cls, payment: daraja.Payment, /) -> dict[str, Any]:  # Any: as the base has it
        """Return the customer, who is in the notes of the payment."""
        return {"user_id": payment.metadata["user_id"]}
