"""The points at which a worker can be killed, and the switch that kills it."""

import os
import signal
from collections.abc import Callable
from enum import StrEnum

__all__ = ["KillSwitch", "Point"]


class Point(StrEnum):
    """A point on the path of a record. Every run reaches each of them many times."""

    BEFORE_INSERT = "before the record is stored"
    AFTER_INSERT = "after the record was stored"
    BEFORE_SEND = "before the request is sent"
    AFTER_SEND = "after the request was answered"
    BEFORE_SWAP = "before a change is written"
    FULFILLING = "inside the transaction that fulfils"
    AFTER_SWAP = "after a change was written"
    BEFORE_NOTIFY = "before on_success is called"
    AFTER_NOTIFY = "after on_success was called"
    BEFORE_RECORD = "before a callback is stored"
    AFTER_RECORD = "after a callback was stored"
    BEFORE_REPLY = "before a callback is answered"
    BEFORE_QUERY = "before a query is sent"
    AFTER_QUERY = "after a query was answered"
    ANYWHERE = "from outside, at any moment"


class KillSwitch:
    """Kills this process with SIGKILL at the chosen point.

    Args:
        before_kill: Called with the point just before.
    """

    def __init__(self, before_kill: Callable[[Point], None]) -> None:
        self._before_kill = before_kill
        self.point: Point | None = None

    def reach(self, point: Point) -> None:
        """Kill the process if this is the chosen point."""
        if self.point is point:
            self._before_kill(point)
            os.kill(os.getpid(), signal.SIGKILL)
