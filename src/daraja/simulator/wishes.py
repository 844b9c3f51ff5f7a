"""What somebody asks of the control by HTTP: named values, checked as they are read."""

import json
from collections.abc import Mapping
from typing import cast

import attrs

__all__ = ["Wish", "read_wish"]


@attrs.frozen
class Wish:
    """The fields of a JSON object, or of an address's query, where all are text.

    Every method gives the field called *name*, or *default* if it is left out, and raises ``ValueError`` if it is
    anything else than the method says, or is left out without a default.
    """

    fields: Mapping[str, object] = attrs.field(repr=False)

    def text(self, name: str, default: str | None = None) -> str:
        """Give text."""
        value = self.fields.get(name, default)
        if not isinstance(value, str):
            raise ValueError(_wrong(name, "text"))
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """Give a number from 0."""
        value = self.fields.get(name, default)
        if not isinstance(value, bool) and isinstance(value, int | float | str):
            try:
                number = float(value)
            except (ValueError, OverflowError):
                number = -1.0
            if number >= 0:
                return number
        raise ValueError(_wrong(name, "a number from 0"))

    def whole(self, name: str, default: int) -> int:
        """Give a whole number from 0 to a billion."""
        number = self.number(name, default)
        if number != number // 1 or number > 1_000_000_000:  # noqa: PLR2004 - the billion of the docstring
            raise ValueError(_wrong(name, "a whole number from 0"))
        return int(number)

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """Give true or false."""
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            raise ValueError(_wrong(name, "true or false"))
        return value


def read_wish(body: bytes) -> Wish:
    """Read a JSON object; nothing at all is an empty one.

    Raises:
        ValueError: If it is anything else.
    """
    try:
        found: object = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        message = 'the body is no JSON object; send for example {"phone": "07XXXXXXXX", "answer": "pay"}'
        raise ValueError(message)
    return Wish(cast("Mapping[str, object]", found))


def _wrong(name: str, wanted: str) -> str:
    return f"{name} is missing or not right; give {wanted}"
