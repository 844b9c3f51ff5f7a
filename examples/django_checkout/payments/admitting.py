"""The checks inside the transaction that stores a new payment."""

from django.http import Http404

import daraja
from orders.models import Order
from payments.phones import take_turn
from payments.refusals import AlreadyPaid, WrongAmount

__all__ = ["admit"]


def admit(payment: daraja.Payment, /) -> None:
    """Lock the order, check that it is still unpaid and has this price, and take the phone's turn.

    Raises:
        Http404: If the order is gone.
        APIException: With the status and the message for the customer, if the push is not allowed.
    """
    order = Order.objects.select_for_update().filter(pk=payment.metadata["order_id"]).first()
    if order is None:
        raise Http404
    if order.paid_by_id:
        raise AlreadyPaid
    if order.amount != payment.amount:
        raise WrongAmount(order)
    take_turn(payment)
