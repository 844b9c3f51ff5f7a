"""Where a worker can be killed, and what kills it there."""

import os
import signal
from collections.abc import Callable
from enum import StrEnum

__all__ = ["Fuse", "Point"]


class Point(StrEnum):
    """A place in the way of a payment; every one is reached again and again."""

    BEFORE_INSERT = "before the payment is written down"
    AFTER_INSERT = "after the payment was written down"
    BEFORE_PUSH = "before the push leaves"
    AFTER_PUSH = "after the push was answered"
    BEFORE_SWAP = "before a change is written"
    FULFILLING = "inside the transaction that fulfils"
    AFTER_SWAP = "after a change was written"
    BEFORE_TELLING = "before the shop is told of a success"
    AFTER_TELLING = "after the shop was told of a success"
    BEFORE_RECORD = "before a callback is kept"
    AFTER_RECORD = "after a callback was kept"
    BEFORE_REPLY = "before a callback is answered"
    BEFORE_QUERY = "before a query leaves"
    AFTER_QUERY = "after a query was answered"
    ANYWHERE = "from outside, wherever it was"


class Fuse:
    """Kills this process with SIGKILL at the point that it was set to.

    Args:
        last_words: Called with the point just before.
    """

    def __init__(self, last_words: Callable[[Point], None]) -> None:
        self._last_words = last_words
        self.point: Point | None = None

    def reach(self, point: Point) -> None:
        """Say that a point is reached."""
        if self.point is point:
            self._last_words(point)
            os.kill(os.getpid(), signal.SIGKILL)
