"""Forms without JavaScript count in the same counters as requests to the API."""

from django.http import HttpRequest
from django.views import View
from rest_framework.views import APIView

__all__ = ["too_often"]


def too_often(request: HttpRequest, view: View) -> bool:
    """Count this request, and return whether a rate limit of the view is used up."""
    throttles = [throttle() for throttle in APIView.throttle_classes]
    return not all(throttle.allow_request(request, view) for throttle in throttles)  # type: ignore[arg-type] # they read no more
