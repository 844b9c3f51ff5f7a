"""Forms that are posted without JavaScript count as the API's requests do, in the very same counters."""

from django.http import HttpRequest
from django.views import View

from payments.api.throttle import Throttle

__all__ = ["too_often"]


def too_often(request: HttpRequest, view: View) -> bool:
    """Tell whether the view's ``throttle_scope`` is used up; counts this time."""
    return not Throttle().allow_request(request, view)  # type: ignore[arg-type] # it reads user and META only
