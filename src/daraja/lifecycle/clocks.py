"""How much time has passed, by clocks of which one may be wrong.

Several machines share a store, and the clock of one of them may be a minute or a day ahead, for example on a virtual
machine that has just started. So a time that one machine wrote down and the time of day on another prove nothing
together. A record therefore keeps the first and the last reading of each clock, and a span counts as passed only

- if one clock has measured it, so that its last reading is that much later than its first; or
- if three readings lie that far apart, each from the one before. Where at most one clock is wrong, two of the three are
  right, and the time has really passed between those two.

A clock needs no name for that. On one machine, the time of day and the monotonic clock differ by the same amount until
the time of day is set. That difference, in whole seconds, stands for the clock; after it is set, it is another clock.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from daraja.http.flow import Flow, Monotonic, Now

__all__ = ["Reading", "Readings", "add", "has_passed", "read_clock"]

Readings = Mapping[str, tuple[datetime, datetime]]
"""The first and the last reading of each clock."""

_ENOUGH: Final = 3


@attrs.frozen
class Reading:
    """What a clock showed.

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


def add(reading: Reading, readings: Readings, /) -> Readings:
    """Return *readings* with one more. Any order and any repetition end in the same readings."""
    first, last = readings.get(reading.clock, (reading.at, reading.at))
    return {**readings, reading.clock: (min(first, reading.at), max(last, reading.at))}


def has_passed(span: timedelta, readings: Readings, /) -> bool:
    """Tell whether *span* has passed since the first of *readings*, whichever clock is wrong."""
    if any(last - first >= span for first, last in readings.values()):
        return True
    apart: list[datetime] = []
    for at in sorted(at for both in readings.values() for at in both):
        if not apart or at - apart[-1] >= span:
            apart.append(at)
    return len(apart) >= _ENOUGH
