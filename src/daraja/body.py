"""JSON that comes from outside, read with suspicion."""

import json
from decimal import Decimal
from typing import Final, NoReturn

__all__ = ["MAX_DEPTH", "as_text", "read_json"]

MAX_DEPTH: Final = 32
"""How deep a body may nest; Daraja's own go five deep."""


def read_json(body: bytes | str, /) -> object:
    """Read a JSON text; fractions become exact ``Decimal`` values.

    Raises:
        ValueError: If it is not UTF-8, not JSON, nests too deep, or holds what JSON does not have (``NaN``). The
            message has none of the body in it.
    """
    try:
        return _parse(body)
    except _TooDeepError:
        fault = f"nests more than {MAX_DEPTH} deep"
    except (ValueError, ArithmeticError, RecursionError):
        fault = "is not JSON"
    body = b""  # so that a traceback with local variables shows nothing of it
    raise ValueError(fault)


def as_text(value: object, /) -> str | None:
    """Give a code or an id, which is a number on one day and text on another, as text; None for anything else.

    ``True``, ``0.0`` and the empty text are none: a code is taken exactly or not at all.
    """
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


class _TooDeepError(Exception):
    pass


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)
_AROUND: Final = "\ufeff \t\n\r"


def _parse(body: bytes | str) -> object:
    text = body if isinstance(body, str) else body.decode()
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise _TooDeepError
    text = text.strip(_AROUND)
    value, end = _DECODER.raw_decode(text)
    if end != len(text):
        raise ValueError(end)
    return value


def _depth(text: str) -> int:
    deepest = depth = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = not escaped and character == "\\"
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest
