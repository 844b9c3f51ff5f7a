"""A clock, as the library takes one, and the machine's own."""

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """Where the library takes its time from. In tests, give a clock of your own to ``Daraja``."""

    def now(self) -> datetime:
        """Return the time of day, as a datetime with a time zone."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never jump back, to measure how old a token is."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait.

        Args:
            seconds: How long; 0 or more.
        """
        ...


class SystemClock:
    """The machine's time. Its ``sleep`` really waits."""

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never jump back."""
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        """Wait.

        Args:
            seconds: How long; 0 or more.
        """
        time.sleep(seconds)
