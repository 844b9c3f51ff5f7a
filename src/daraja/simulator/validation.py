"""Requests as Daraja reads them: the address, the headers, and the fields of a JSON body."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast
from urllib.parse import SplitResult, urlsplit

import attrs

from daraja.http.messages import HttpRequest
from daraja.simulator.errors import INVALID_PAYLOAD, HttpError, invalid_field

_EMPTY_URL: Final = SplitResult("", "", "", "", "")


def split_url(request: HttpRequest) -> SplitResult:
    """Split the address of a request into its parts; they are empty if it is not an address."""
    try:
        return urlsplit(request.url)
    except ValueError:
        return _EMPTY_URL


def is_http_url(url: str) -> bool:
    """Tell whether a text is an http or https address."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def header(request: HttpRequest, name: str) -> str:
    """Return a header, or an empty text; *name* is in small letters, the header's name in any case."""
    return next((value for key, value in request.headers.items() if key.lower() == name), "")


@attrs.frozen
class Fields:
    """The fields of a JSON object in the body of a request."""

    values: Mapping[str, object] = attrs.field(repr=False)

    def matching(self, name: str, pattern: re.Pattern[str], wanted: str) -> str:
        """Return a field as text; Daraja accepts JSON numbers for digits.

        Raises:
            HttpError: If it does not match *pattern*; *wanted* completes the sentence "it is not ...".
        """
        value = self.values.get(name)
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not pattern.fullmatch(text):
            raise invalid_field(name, f"is not {wanted}" if name in self.values else f"is missing; send {wanted}")
        return text


def read_fields(request: HttpRequest, needed: Sequence[str]) -> Fields:
    """Read a JSON object that has every field in *needed*.

    Raises:
        HttpError: If the body is anything else.
    """
    return _fields(_decoded(request, needed[0]), needed)


def read_list(request: HttpRequest, needed: Sequence[str], longest: int) -> Sequence[Fields]:
    """Read a JSON array of objects that each have every field in *needed*.

    Raises:
        HttpError: If the body is anything else, or has none or more than *longest* of them.
    """
    decoded = _decoded(request, needed[0])
    if not isinstance(decoded, list) or not 1 <= len(cast("list[object]", decoded)) <= longest:
        raise HttpError(*INVALID_PAYLOAD, f"the body is not a JSON array of 1 to {longest} objects")
    return [_fields(each, needed) for each in cast("list[object]", decoded)]


def read_object(request: HttpRequest, first: str) -> Fields:
    """Read a JSON object with any fields; *first* is the one that Daraja misses first in any other kind of body.

    Raises:
        HttpError: If the body is anything else.
    """
    return _fields(_decoded(request, first), ())


def _decoded(request: HttpRequest, first: str) -> object:
    if header(request, "content-type").partition(";")[0].strip().lower() != "application/json":
        # Daraja finds no field in a form-encoded body, and names the first field that it misses.
        raise invalid_field(first, "was not read: send Content-Type: application/json")
    try:
        decoded: object = json.loads(request.body)
    except (ValueError, RecursionError):
        raise HttpError(*INVALID_PAYLOAD, "the body is not JSON") from None
    return decoded


def _fields(decoded: object, needed: Sequence[str]) -> Fields:
    if not isinstance(decoded, dict):
        raise HttpError(*INVALID_PAYLOAD, "the body is not a JSON object")
    values = cast("dict[str, object]", decoded)
    if missing := ", ".join(name for name in needed if name not in values):
        raise HttpError(*INVALID_PAYLOAD, f"the body lacks {missing}")
    return Fields(values)
