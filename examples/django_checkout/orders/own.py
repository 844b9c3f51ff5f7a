"""What is the customer's own: anybody else's does not exist for them."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from rest_framework.request import Request

from accounts.customers import customer_of
from orders.models import Order

__all__ = ["own_order"]


def own_order(request: HttpRequest | Request, order_id: str) -> Order:
    """Give the customer's order of that id.

    Raises:
        Http404: If there is none, or it is a stranger's.
    """
    if "\0" in order_id:
        raise Http404  # PostgreSQL takes no NUL, not even to look for
    return get_object_or_404(Order, pk=order_id, user=customer_of(request))
