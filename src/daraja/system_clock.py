"""The machine's own clock."""

import time
from datetime import UTC, datetime

__all__ = ["SystemClock"]


class SystemClock:
    """Tells the machine's time, and really waits."""

    def now(self) -> datetime:
        """Give the time of day in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds that never jump back."""
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        """Wait so many seconds."""
        time.sleep(seconds)
