"""Forms that are posted without JavaScript count as the API's requests do, in the very same counters."""

from django.http import HttpRequest
from django.views import View
from rest_framework.throttling import ScopedRateThrottle

__all__ = ["TOO_OFTEN", "too_often"]

TOO_OFTEN = "That was a few times too often. Wait a minute, then try again."


def too_often(request: HttpRequest, view: View) -> bool:
    """Tell whether the view's ``throttle_scope`` is used up; counts this time."""
    return not ScopedRateThrottle().allow_request(request, view)  # type: ignore[arg-type] # it reads user and META only
