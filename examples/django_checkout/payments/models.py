"""A payment, with foreign keys to the order and to the customer."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

import daraja
from daraja.django.models import AbstractPayment
from shop.models import Order
from shop.rest import Refused


class WrongAmount(Refused):
    """The amount that was asked for is not the price of the order."""

    def __init__(self, order: Order) -> None:
        words = _("This order costs KES {amount}. Go back to your orders and start again.")
        super().__init__(400, words.format(amount=order.amount))


class Payment(AbstractPayment):
    """One attempt to pay for an order."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payments")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")  # type: ignore[assignment] # in its place
    emailed_at = models.DateTimeField(null=True, editable=False)
    texted_at = models.DateTimeField(null=True, editable=False)

    class Meta(AbstractPayment.Meta):
        pass

    @classmethod
    def columns_for(cls, payment: daraja.Payment, /) -> dict[str, Any]:  # Any: as the base has it
        """Return the customer, who is in the notes of the payment."""
        return {"user_id": payment.metadata["user_id"]}

    def save(self, *args: Any, **kwargs: Any) -> None:  # Any: as Django has it
        """Lock the order while a new payment is written, so that nobody is asked for a price that staff has changed.

        Raises:
            WrongAmount: If the order costs something else by now.
        """
        if self._state.adding:
            order = Order.objects.select_for_update().get(pk=self.order_id)
            if order.amount != self.amount:
                raise WrongAmount(order)
        super().save(*args, **kwargs)
