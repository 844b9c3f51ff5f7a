"""Every error of the API as ``{"detail": "..."}``, one sentence that a customer understands."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

__all__ = ["in_plain_words"]


def in_plain_words(
    error: Exception, context: dict[str, Any]
) -> Response | None:  # Any: as Django REST framework has it
    """Answer an error; what is wrong with each field of a form stands beside the first of them, under ``errors``."""
    response = exception_handler(error, context)
    if response is not None and isinstance(error, ValidationError):
        fields = {name: _first(faults) for name, faults in _by_field(error.detail).items()}
        response.data = {"detail": next(iter(fields.values())), "errors": fields}
    return response


def _by_field(detail: Any) -> dict[str, Any]:  # Any: a list or a dict of lists or dicts, to any depth
    return detail if isinstance(detail, dict) else {"": detail}


def _first(faults: Any) -> str:  # Any: as above
    while isinstance(faults, dict | list):
        faults = next(iter(faults.values() if isinstance(faults, dict) else faults))
    return str(faults)
