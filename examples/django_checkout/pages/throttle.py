"""Forms that are posted without JavaScript count as the API's requests do, in the very same counters."""

from django.http import HttpRequest
from django.views import View
from rest_framework.views import APIView

__all__ = ["too_often"]


def too_often(request: HttpRequest, view: View) -> bool:
    """Tell whether one of the rates that the view names is used up; counts this time."""
    throttles = [throttle() for throttle in APIView.throttle_classes]
    return not all(throttle.allow_request(request, view) for throttle in throttles)  # type: ignore[arg-type] # they read no more
