"""The customer's own orders. Orders of other customers look as if they did not exist."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from rest_framework.request import Request

from accounts.customers import customer_of
from orders.models import Order

__all__ = ["own_order"]


def own_order(request: HttpRequest | Request, order_id: str) -> Order:
    """Return the customer's order with this id.

    Raises:
        Http404: If there is none, or it belongs to another customer.
    """
    if "\0" in order_id:
        raise Http404  # PostgreSQL does not accept NUL, also not in a search
    return get_object_or_404(Order, pk=order_id, user=customer_of(request))
