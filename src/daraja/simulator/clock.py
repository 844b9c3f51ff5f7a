"""The time of a local Daraja: a clock that a test can advance, and the actions that are scheduled."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Final, Protocol

import attrs

_LONGEST: Final = 86_400


class AdvanceableClock(Protocol):
    """A clock that can be advanced; ``daraja.testing.ManualClock`` is one."""

    def now(self) -> datetime:
        """Return the time, as a datetime with a time zone."""
        ...

    def advance(self, seconds: float, /) -> None:
        """Move the time forward by *seconds*."""
        ...


class WallClock:
    """The time of day, plus the time by which it was advanced."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float, /) -> None:
        """Move the time forward by *seconds*."""
        self._ahead += timedelta(seconds=seconds)


def check_seconds(name: str, seconds: float) -> None:
    """Check a waiting time.

    Raises:
        ValueError: If it is not from 0 to 86,400 seconds.
    """
    if not 0 <= seconds <= _LONGEST:
        raise ValueError(f"{name} is {seconds!r}; give seconds, from 0 to {_LONGEST:,}")


def seconds_validator(_: object, attribute: "attrs.Attribute[float]", seconds: float) -> None:
    """Check an attrs field that is a waiting time, as ``check_seconds`` does."""
    check_seconds(attribute.name, seconds)


@attrs.define(eq=False)
class Timer:
    """A scheduled action.

    Args:
        action: What is called, with the time for which it was scheduled.
        cancelled: Whether it is not called any more.
    """

    action: Callable[[datetime], None]
    cancelled: bool = False

    def cancel(self) -> None:
        """Do not call the action; nothing happens if it was called already."""
        self.cancelled = True


class Schedule:
    """Actions at future times. Nothing here reads a clock: ``run`` is given the time."""

    def __init__(self) -> None:
        self._numbers = count()
        self._timers: list[tuple[datetime, int, Timer]] = []
        """A heap; a cancelled timer stays in it until it comes to the top."""

    def at(self, when: datetime, action: Callable[[datetime], None]) -> Timer:
        """Call *action* when ``run`` is given that time or a later one."""
        timer = Timer(action)
        heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def run(self, now: datetime) -> None:
        """Call every action whose time has come, in the order of their times, each once.

        An action may schedule others. If one raises an exception, the next ``run`` goes on after it.
        """
        while (when := self.next_due()) is not None and when <= now:
            timer = heappop(self._timers)[2]
            timer.action(when)

    def next_due(self) -> datetime | None:
        """Return the time of the next action, or None."""
        while self._timers and self._timers[0][2].cancelled:
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None
