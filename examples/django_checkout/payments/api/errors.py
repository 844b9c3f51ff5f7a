"""Every error of the API as ``{"detail": "..."}``, one sentence that a customer understands."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import Http404
from rest_framework.exceptions import (
    AuthenticationFailed,
    NotAuthenticated,
    Throttled,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.response import Response
from rest_framework.views import exception_handler

from payments.api.throttle import TOO_OFTEN
from payments.refusals import Later

__all__ = ["in_plain_words"]

_WORDS: Final[Mapping[type[Exception], str]] = {
    NotAuthenticated: "Please log in first.",
    AuthenticationFailed: "You are logged out. Please log in again.",
    Http404: "There is nothing at this address, or it is not yours.",
    Throttled: TOO_OFTEN,
    UnsupportedMediaType: "Send this request as JSON, with the header Content-Type: application/json.",
}

_IN_FULL: Final = ("", "phone")
"""Fields whose messages are clear without the name of the field."""


def in_plain_words(
    error: Exception, context: dict[str, Any]
) -> Response | None:  # Any: as Django REST framework has it
    """Return an error response; ``errors`` has the faults of each field of a form."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        fields = {name: _first(faults) for name, faults in _by_field(error.detail).items()}
        field, fault = next(iter(fields.items()))
        response.data = {"detail": fault if field in _IN_FULL else f"{field}: {fault}", "errors": fields}
    elif words := _WORDS.get(type(error)):
        response.data = {"detail": words}
    elif isinstance(error, Later):
        response.data["retry_at"] = error.retry_at
    return response


def _by_field(detail: Any) -> dict[str, Any]:  # Any: a list or a dict of lists or dicts, to any depth
    return detail if isinstance(detail, dict) else {"": detail}


def _first(faults: Any) -> str:  # Any: as above
    while isinstance(faults, dict | list):
        faults = next(iter(faults.values() if isinstance(faults, dict) else faults))
    return str(faults)
