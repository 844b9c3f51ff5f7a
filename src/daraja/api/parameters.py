"""Names and values, as results carry them: found by name in any spelling, read in types."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from daraja.api.amounts import only_one, read_money
from daraja.http.json_body import as_text
from daraja.values.nairobi_time import read_time
from daraja.values.party import Party

_SIGNS: Final = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_NAME: Final = 80
_MOST_NAMES: Final = 1_000


class Parameters(Mapping[str, object]):
    """Names and values as they came; a name is found in any spelling of its letters. Hidden in reprs.

    >>> parameters = Parameters([("Conversation ID", "AG_1"), ("Amount", 10), ("TransactionReason", None)])
    >>> parameters["ConversationID"], len(parameters)
    ('AG_1', 2)

    Args:
        pairs: Name and value, in order. What has no value is left out; the values of a doubled name are a list.
    """

    __slots__ = ("_doubled", "_pairs", "_values")

    def __init__(self, pairs: Iterable[tuple[str, object]] = ()) -> None:
        self._pairs = tuple(pairs)
        self._doubled: dict[str, list[object]] = {}
        self._values = {_FOLDED[name]: value for name, value in self._pairs if value or _is_there(value)}
        if len(self._values) < len(self._pairs):
            self._sort_out()

    def _sort_out(self) -> None:
        """Leave out names without a value, and keep the first value of a doubled name."""
        self._pairs = tuple((name, value) for name, value in self._pairs if _is_there(value))
        for name, value in self._pairs:
            self._doubled.setdefault(_FOLDED[name], []).append(value)
        self._values = {key: values[0] for key, values in self._doubled.items()}

    def __getitem__(self, name: str, /) -> object:
        values = self.all(fold(name))
        if not values:
            raise KeyError(name)
        return values[0] if len(values) == 1 else list(values)

    def __iter__(self) -> Iterator[str]:
        names: dict[str, str] = {}
        for name, _ in self._pairs:
            names.setdefault(_FOLDED[name], name)
        return iter(names.values())

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<{len(self)} parameters>"

    def without(self, key: str, /) -> "Parameters":
        """Give all of them but one, which is given by its folded name."""
        return Parameters([(name, value) for name, value in self._pairs if _FOLDED[name] != key])

    # The methods below take folded names, `fold` of any spelling.

    def first(self, key: str, /) -> object:
        """Give its first value as it came; None if it is absent."""
        return self._values.get(key)

    def only(self, *keys: str) -> object:
        """Give the value of the first of the names that is there; None if all are absent.

        Raises:
            ValueError: If it has several values that differ.
        """
        for key in keys:
            if (value := self._values.get(key)) is not None:
                if self._doubled and any(other != value for other in self._doubled[key]):
                    raise ValueError("stands there twice")
                return value
        return None

    # The methods below read the first of the names that is there.

    def all(self, *keys: str) -> list[object]:
        """Give its values: several if the name is doubled, none if it is absent."""
        for key in keys:
            if key in self._values:
                return self._doubled.get(key) or [self._values[key]]
        return []

    def text(self, *keys: str) -> str | None:
        """Give its first value as text; None if it is absent or is no text."""
        for key in keys:
            if key in self._values:
                return text_of(self._values[key])
        return None

    def money(self, *keys: str) -> Decimal | None:
        """Give its first value as an amount; None if it is absent or cannot be read."""
        values = self.all(*keys)
        return read_money(values[0]) if values else None

    def time(self, *keys: str) -> datetime | None:
        """Give its first value as a time in Nairobi's zone; None if it is absent or cannot be read."""
        values = self.all(*keys)
        return read_time(only_one(values[0])) if values else None

    def party(self, *keys: str, which: int = 0) -> Party | None:
        """Give the party in its value at index *which*; None if it is absent."""
        values = self.all(*keys)
        text = text_of(values[which]) if len(values) > which else None
        return None if text is None else Party.read(text)


class _Folded(dict[str, str]):
    """Names in their folded form; it remembers those that it has met, which are few and short."""

    def __missing__(self, name: str) -> str:
        if not isinstance(name, str):
            return ""  # a mapping that no parser made can have any name
        folded = _SIGNS.sub("", name).lower()
        if len(name) <= _LONGEST_NAME and len(self) < _MOST_NAMES:
            self[name] = folded
        return folded


_FOLDED: Final = _Folded()


def fold(name: str, /) -> str:
    """Reduce a name to its letters and digits in lower case, since Daraja's spelling varies.

    >>> fold("Originator Conversation ID")
    'originatorconversationid'
    """
    return _FOLDED[name]


def text_of(value: object, /) -> str | None:
    """Give an id, a code or words as text without the space around it; None if there is none."""
    text = value if isinstance(value, str) else as_text(only_one(value))
    return None if text is None else text.strip() or None


def _is_there(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())
