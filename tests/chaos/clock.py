"""A clock that runs fast, and can be moved ahead by hours."""

import time
from datetime import datetime, timedelta
from typing import Final

__all__ = ["PACE", "FastClock"]

PACE: Final = 5
"""Seconds of the shop's that pass in one of ours: a first check is due after six real seconds, and the sixteen that
``Checkout.start`` has are three, which a slow machine still has."""


class FastClock:
    """Tells the same time in every process that is given the same beginning.

    Args:
        day: The time at the beginning.
        began: What ``time.monotonic`` said then; it is one for all processes of a machine.
    """

    def __init__(self, day: datetime, began: float) -> None:
        self._day: Final = day
        self._began: Final = began
        self.ahead = 0.0
        """Seconds by which it was moved."""

    def now(self) -> datetime:
        return self._day + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * PACE + self.ahead

    def sleep(self, seconds: float, /) -> None:
        time.sleep(seconds / PACE)
