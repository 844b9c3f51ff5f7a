"""JSON from outside, read with care: exact numbers, no deep nesting, no code twice."""

import json
from decimal import Decimal
from typing import Final, NoReturn

__all__ = ["MAX_DEPTH", "as_text", "read_json"]

MAX_DEPTH: Final = 32
"""The deepest nesting of a body; Daraja's own bodies have five levels."""


def read_json(body: bytes | str, /) -> object:
    """Read a JSON text; fractions become exact ``Decimal`` values.

    If an object has a key twice, the last value counts, as everywhere in Python. A code decides about money, so a
    body that has a code or its wrapper twice is refused.

    Raises:
        ValueError: If it is not UTF-8, not JSON, nests too deep, has a code twice, or holds what JSON does not have
            (``NaN``). The message shows nothing of the body.
    """
    try:
        text = body.decode() if isinstance(body, bytes) else body
        if text.count("{") >= MAX_DEPTH or "[" in text.partition("[")[2]:
            _check_depth(text)
        # The careful decoder takes twice as long, so only a text that may have a code twice goes through it.
        lower = text.lower()
        careful = lower.find('ode"') != lower.rfind('ode"') or "\\" in text
        text = text.strip(_AROUND)
        value, end = (_CAREFUL_DECODER if careful else _DECODER).raw_decode(text)
        if end == len(text):
            return value
        fault = "is not JSON"
    except _UnreadableError as error:
        fault = str(error)
    except (ValueError, ArithmeticError, RecursionError):
        fault = "is not JSON"
    raise ValueError(fault)


def as_text(value: object, /) -> str | None:
    """Return a code or an id as text; Daraja sends it as a number or as text. Return None for anything else.

    ``True``, ``0.0`` and the empty text are no codes.
    """
    if isinstance(value, str):
        return value or None
    if type(value) is not int:  # True is an int too
        return None
    try:
        return str(value)
    except ValueError:  # Python writes no number of more than 4,300 digits
        return None


class _UnreadableError(Exception):
    pass


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_DECISIVE: Final = ("code", "body", "callback", "result")


def _codes_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [folded for name, _ in pairs if (folded := name.casefold()).endswith(_DECISIVE)]
    if len(names) > len(set(names)):
        message = "has a code or what is around it twice"
        raise _UnreadableError(message)
    return dict(pairs)


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)
_CAREFUL_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_codes_once)
_AROUND: Final = "\ufeff \t\n\r"


def _check_depth(text: str) -> None:
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
    if deepest > MAX_DEPTH:
        message = f"nests more than {MAX_DEPTH} deep"
        raise _UnreadableError(message)
