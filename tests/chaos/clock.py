"""A clock that runs fast and can be moved ahead by hours."""

import time
from datetime import datetime, timedelta
from typing import Final

__all__ = ["PACE", "FastClock"]

PACE: Final = 5
"""Seconds of the shop's time in one real second. A first check is due after six real seconds, and ``Checkout.start``
has three real seconds instead of sixteen, which is enough on a slow machine."""


class FastClock:
    """A clock that shows the same time in all processes with the same start.

    Args:
        day: The time at the start.
        began: The value of ``time.monotonic`` at the start. It is the same for all processes of a machine.
        pace: Seconds of the shop's time in one real second.
    """

    def __init__(self, day: datetime, began: float, pace: float = PACE) -> None:
        self._day: Final = day
        self._began: Final = began
        self._pace: Final = pace
        self.ahead = 0.0
        """The seconds by which it was moved ahead."""

    def now(self) -> datetime:
        return self._day + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self._pace + self.ahead

    def sleep(self, seconds: float, /) -> None:
        time.sleep(seconds / self._pace)
