"""The time that a local Daraja goes by: the time of day, which may be moved forward."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

__all__ = ["Hours", "TimeOfDay"]


class Hours(Protocol):
    """A time that may be moved forward; ``daraja.testing.ManualClock`` is one."""

    def now(self) -> datetime:
        """Give the time, as a datetime that knows its zone."""
        ...

    def advance(self, seconds: float, /) -> None:
        """Move forward by so many seconds."""
        ...


class TimeOfDay:
    """The time of day, and what it was moved forward by."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Give the time, in UTC."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float, /) -> None:
        """Move forward by so many seconds."""
        self._ahead += timedelta(seconds=seconds)
