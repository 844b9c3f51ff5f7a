"""What is the customer's own: anybody else's does not exist for them."""

from typing import cast

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from orders.models import Order

__all__ = ["customer", "own_order"]


def customer(request: HttpRequest) -> User:
    """Give who is logged in, on a page that only such people see."""
    return cast("User", request.user)


def own_order(request: HttpRequest, order_id: str) -> Order:
    """Give the customer's order of that id.

    Raises:
        Http404: If there is none, or it is a stranger's.
    """
    if "\0" in order_id:
        raise Http404  # PostgreSQL takes no NUL, not even to look for
    return get_object_or_404(Order, pk=order_id, user=customer(request))
