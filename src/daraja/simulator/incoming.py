"""An incoming request, taken apart as Daraja takes it apart."""

import json
import re
from collections.abc import Collection, Mapping
from typing import cast
from urllib.parse import SplitResult, urlsplit

import attrs

from daraja.http.messages import HttpRequest
from daraja.simulator.refusals import INVALID_PAYLOAD, Refusal, invalid_field

__all__ = ["Form", "address", "header", "read_form"]

_NOWHERE = SplitResult("", "", "", "", "")


def address(request: HttpRequest) -> SplitResult:
    """Give the parts of the request's address; empty ones where it is no address."""
    try:
        return urlsplit(request.url)
    except ValueError:
        return _NOWHERE


def header(request: HttpRequest, name: str) -> str:
    """Give a header's value whatever the case of its name, empty where it is missing."""
    return next((value for key, value in request.headers.items() if key.lower() == name), "")


@attrs.frozen
class Form:
    """The body of a request: a JSON object whose fields are read one by one."""

    fields: Mapping[str, object] = attrs.field(repr=False)

    def matching(self, name: str, pattern: re.Pattern[str], wanted: str) -> str:
        """Give a field as text; Daraja takes JSON numbers for digits.

        Raises:
            Refusal: If it does not match *pattern*; *wanted* completes "is not ...".
        """
        value = self.fields[name]
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not pattern.fullmatch(text):
            raise invalid_field(name, f"is not {wanted}")
        return text


def read_form(request: HttpRequest, needed: Collection[str]) -> Form:
    """Read a JSON object that has every key in *needed*.

    Raises:
        Refusal: If it is anything else.
    """
    if header(request, "content-type").partition(";")[0].strip().lower() != "application/json":
        # Daraja reads a form-encoded body as one without fields, and names the first that it misses.
        raise invalid_field("BusinessShortCode", "was not read: send Content-Type: application/json")
    try:
        decoded: object = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refusal(*INVALID_PAYLOAD, "the body is not JSON") from None
    if not isinstance(decoded, dict):
        raise Refusal(*INVALID_PAYLOAD, "the body is not a JSON object")
    fields = cast("dict[str, object]", decoded)
    if missing := ", ".join(key for key in needed if key not in fields):
        raise Refusal(*INVALID_PAYLOAD, f"the body lacks {missing}")
    return Form(fields)
