"""What has to hold in the very transaction that writes a payment down, whatever was true a moment before."""

from django.http import Http404

import daraja
from orders.models import Order
from payments.phones import take_turn
from payments.refusals import AlreadyPaid, WrongAmount

__all__ = ["admit"]


def admit(payment: daraja.Payment, /) -> None:
    """Hold the order, see that it is still to be paid and costs just this, and take the phone's turn.

    Raises:
        Http404: If the order is gone.
        APIException: With the status and the words for the customer, if nobody may be asked.
    """
    order = Order.objects.select_for_update().filter(pk=payment.metadata["order_id"]).first()
    if order is None:
        raise Http404
    if order.paid_by_id:
        raise AlreadyPaid
    if order.amount != payment.amount:
        raise WrongAmount(order)
    take_turn(payment)
