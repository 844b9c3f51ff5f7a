"""One thing that was learned about a record: from where, and when by which clock."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import attrs

from daraja.errors import (
    ApiError,
    AuthenticationError,
    InvalidRequest,
    NotSent,
    RateLimited,
    SubscriberBusy,
    UnexpectedResponse,
)
from daraja.http.flow import Flow, Monotonic, Now
from daraja.values.party import masked_name
from daraja.values.secret import MaskedText, mask_numbers

SureRefusal = ApiError | NotSent | UnexpectedResponse
"""The errors that prove that Daraja did not act on a request."""


class Source(StrEnum):
    """The source of evidence. If two sources raise a record to the same rank, the later in this list decides.

    A person comes first: a person's decision stands beside the record and brings no result code of Safaricom's.
    """

    PERSON = "person"
    GIVING_UP = "giving up"
    ANSWER = "answer"
    QUERY = "query"
    CALLBACK = "callback"


class Said(StrEnum):
    """The statement that the evidence makes."""

    ACCEPTED = "accepted"
    """Daraja accepted the request. Nothing is paid yet."""
    REFUSED = "refused"
    """Daraja refused the request."""
    PAID = "paid"
    """Money moved."""
    CLAIMED = "claimed"
    """A callback that is not believed yet says that money moved."""
    PROCESSING = "processing"
    """Nothing is decided yet."""
    CANCELLED = "cancelled"
    """The customer said no."""
    TIMEOUT = "timeout"
    """The customer did not answer."""
    FAILED = "failed"
    """It failed for another reason."""
    UNRECOGNISED = "unrecognised"
    """The result code is unknown."""
    NOTHING = "nothing"
    """Nothing at all."""


_LONGEST: Final = 200
"""Characters that are stored of one text. Safaricom's own texts are much shorter."""


def _storable(text: str) -> str:
    # Anybody can send a callback, so its texts may hold characters that a database refuses.
    kept = text[:_LONGEST]
    return kept if kept.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in kept)


def _storable_or_none(text: str | None) -> str | None:
    return None if text is None else _storable(text)


def _storable_facts(facts: Mapping[str, str | None]) -> Mapping[str, str]:
    return {name: MaskedText(_storable(value)) for name, value in facts.items() if value is not None}


class Facts(Mapping[str, str]):
    """Ids, receipt and amount by name, which nobody can change: a hook gets the record that is written next."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {
            name: value if isinstance(value, MaskedText) else MaskedText(value) for name, value in values.items()
        }

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __eq__(self, other: object) -> bool:
        return self._values == (other._values if isinstance(other, Facts) else other)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        shown = {name: masked_name(one) if name.endswith("_name") else repr(one) for name, one in self.items()}
        return "{" + ", ".join(f"{name!r}: {value}" for name, value in shown.items()) + "}"

    def __reduce__(self) -> tuple[type["Facts"], tuple[dict[str, str]]]:
        # The oldest protocol of pickle copies no slots by itself.
        return Facts, (dict(self._values),)


def as_facts(values: Mapping[str, str], /) -> Facts:
    """Return *values* as facts."""
    return values if isinstance(values, Facts) else Facts(values)


@attrs.frozen(kw_only=True)
class Evidence:
    """One thing that was learned about a record.

    Texts are cut to 200 characters, and characters that cannot be printed are replaced.

    Args:
        source: Where it comes from.
        said: What it says.
        at: When it arrived.
        facts: Ids, receipt and amount, by name. A name without a value (None) is left out.
        clock: The clock that said when; see ``Reading``.
        result_code: Safaricom's result code, or None.
        result_description: Safaricom's words.
        refusal: The class name and the arguments of the error by which Daraja refused the request.
    """

    source: Source
    said: Said
    at: datetime
    facts: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_storable_facts)
    clock: str = ""
    result_code: str | None = attrs.field(default=None, converter=_storable_or_none)
    result_description: str = attrs.field(default="", converter=_storable, repr=mask_numbers)
    refusal: tuple[object, ...] | None = attrs.field(default=None, repr=False)


def unanswered(reason: str, at: datetime, /) -> Evidence:
    """Return the evidence that a request was sent and no usable answer came, which says nothing about the money."""
    return Evidence(source=Source.ANSWER, said=Said.NOTHING, at=at, result_description=reason)


def given_up(at: datetime, /) -> Evidence:
    """Return the evidence that we stop waiting, which says nothing about the money."""
    return Evidence(source=Source.GIVING_UP, said=Said.NOTHING, at=at)


_REFUSALS: Final[dict[str, type[SureRefusal]]] = {
    kind.__name__: kind
    for kind in (
        AuthenticationError,
        InvalidRequest,
        SubscriberBusy,
        RateLimited,
        ApiError,
        NotSent,
        UnexpectedResponse,
    )
}


def refused(error: SureRefusal, at: datetime, /) -> Evidence:
    """Return the evidence of a proven refusal: Daraja did not act on the request."""
    # A transport of the user's own may raise a subclass of its own; it is stored as ours, which can be raised again.
    name = next(name for name, known in _REFUSALS.items() if isinstance(error, known))
    return Evidence(
        source=Source.ANSWER,
        said=Said.REFUSED,
        at=at,
        result_code=error.code if isinstance(error, ApiError) else None,
        result_description=error.message if isinstance(error, ApiError) else str(error.args[-1]),
        refusal=(name, *error.args),
    )


def error_from(refusal: tuple[Any, ...], /) -> SureRefusal:  # Any: an error's arguments
    """Return the error again that ``refused`` stored."""
    name, *arguments = refusal
    return _REFUSALS[name](*arguments)


# How much time has passed, by clocks of which one may be wrong.
#
# Several machines share a store, and the clock of one of them may be a minute or a day ahead, for example on a virtual
# machine that has just started. So a time that one machine wrote down and the time of day on another prove nothing
# together. A record therefore keeps the first and the last reading of each clock, and a span counts as passed only
#
# - if one clock has measured it, so that its last reading is that much later than its first; or
# - if three readings lie that far apart, each from the one before. If at most one clock is wrong, two of the three
#   are right, and the time has really passed between those two.
#
# A clock needs no name for that. On one machine, the time of day and the monotonic clock differ by the same amount
# until the time of day is set. That difference, in whole seconds, stands for the clock; after it is set, it is another
# clock.

Readings = Mapping[str, tuple[datetime, datetime]]
"""The first and the last reading of each clock."""

_ENOUGH: Final = 3


@attrs.frozen
class Reading:
    """A reading of one clock.

    Args:
        clock: Which clock.
        at: The time of day that it showed.
    """

    clock: str
    at: datetime


def read_clock() -> Flow[Reading]:
    """Read the clock of this machine."""
    now = yield from Now()
    monotonic = yield from Monotonic()
    return Reading(str(round(now.timestamp() - monotonic)), now)


def add_reading(reading: Reading, readings: Readings, /) -> Readings:
    """Return *readings* with one more. Any order and any repetition end in the same readings."""
    first, last = readings.get(reading.clock, (reading.at, reading.at))
    return {**readings, reading.clock: (min(first, reading.at), max(last, reading.at))}


def has_passed(span: timedelta, readings: Readings, /) -> bool:
    """Tell whether *span* has passed since the first of *readings*, even if one of the two clocks is wrong."""
    if any(last - first >= span for first, last in readings.values()):
        return True
    apart: list[datetime] = []
    for at in sorted(at for both in readings.values() for at in both):
        if not apart or at - apart[-1] >= span:
            apart.append(at)
    return len(apart) >= _ENOUGH
