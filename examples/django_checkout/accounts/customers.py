"""The customer of a request."""

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User

__all__ = ["customer_of"]


def customer_of(request: HttpRequest | Request) -> User:
    """Return the customer of a request to a view that needs a login."""
    if not isinstance(request.user, User):
        message = "this view lets everybody in; ask for a login before it"
        raise TypeError(message)
    return request.user
