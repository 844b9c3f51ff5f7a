"""A clock that moves only when a test says so."""

from datetime import UTC, datetime, timedelta
from typing import Final

_START: Final = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


class ManualClock:
    """A ``daraja.system.machine.Clock`` for tests: sleeping moves it forward at once.

    >>> clock = ManualClock()
    >>> clock.sleep(1.5)
    >>> clock.slept, clock.monotonic()
    ([1.5], 1.5)

    Args:
        now: What it shows at first, as a datetime that knows its zone; noon of 15 January 2026 in Nairobi if left out.

    Raises:
        ValueError: If *now* does not know its zone.
    """

    def __init__(self, now: datetime = _START) -> None:
        if now.tzinfo is None:
            raise ValueError("the time has no zone; write datetime(2026, 1, 15, 12, tzinfo=EAT), for example")
        self.slept: Final[list[float]] = []
        """The arguments of all calls of ``sleep``, in seconds, first to last."""
        self._start = now.astimezone(UTC)
        self._passed = 0.0

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """Return the seconds since the clock was made."""
        return self._passed

    def sleep(self, seconds: float, /) -> None:
        """Move the clock forward and note it in ``slept``; nobody waits.

        Raises:
            ValueError: If *seconds* is negative.
        """
        self.advance(seconds)
        self.slept.append(seconds)

    def advance(self, seconds: float, /) -> None:
        """Let time pass.

        Raises:
            ValueError: If *seconds* is negative.
        """
        if seconds < 0:
            raise ValueError(f"a clock does not run backwards; {seconds} is negative")
        self._passed += seconds
