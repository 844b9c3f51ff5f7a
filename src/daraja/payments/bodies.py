"""The body of a callback as the bytes to keep, in whatever form a web framework hands it over."""

import json
from collections.abc import Mapping
from typing import cast

__all__ = ["bytes_of"]


def bytes_of(body: bytes | str | Mapping[str, object]) -> bytes | None:
    """Give the bytes to keep, or None for what no request can bring.

    What a JSON parser made of a body is written as JSON again, also where a forger's body is a list, a number or null.
    """
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, Mapping | list | int | float | None):
        return _as_json(body)
    try:
        return bytes(memoryview(body))
    except TypeError:
        return None


def _as_json(body: object) -> bytes:
    try:
        return json.dumps(body, default=_plain).encode()
    except (TypeError, ValueError, RecursionError):  # its keys are no text, it nests in itself, or too deep
        return b""


def _plain(value: object) -> object:
    return dict(cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else str(value)
