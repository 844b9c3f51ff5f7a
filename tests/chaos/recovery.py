"""The recovery: hours pass, and new workers reconcile until no payment is open."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import chain, repeat
from typing import Any, Final

from tests.chaos.points import Point
from tests.chaos.workers import WorkerPool

__all__ = ["recover"]

_MINUTES: Final = (timedelta(minutes=3), timedelta(minutes=6))
"""First come the minutes in which payouts are probed."""
_STEP: Final = timedelta(hours=3)
_LONG: Final = timedelta(hours=26)
"""Longer than the day after which a payment without a result becomes unconfirmed."""
_TOO_LONG: Final = timedelta(hours=36)
"""After this time the invariants report payments that are still open."""
_KILLS: Final = (
    Point.BEFORE_SWAP,
    Point.AFTER_SEND,
    Point.AFTER_SWAP,
    Point.AFTER_QUERY,
    Point.BEFORE_QUERY,
)
"""The points at which workers are killed, one after each of the first steps. Only a probe sends anything by then."""
_MOST_RUNS: Final = 10_000
"""Far more runs than spike arrests."""

Facts = dict[str, Any]  # Any: the fields of a ``Report`` as JSON


def recover(
    pool: WorkerPool,
    still_open: Callable[[], int],
    is_under_way: Callable[[], bool] = lambda: False,
    advance: Callable[[timedelta], object] = lambda _: None,
) -> list[Facts]:
    """Move the time forward, and return the last report of each worker's ``reconcile``.

    Args:
        pool: The workers.
        still_open: Counts the records with a next check.
        is_under_way: Tells whether an answer is still to come by a callback.
        advance: Moves other clocks ahead by as much.
    """
    ahead, points, reports = timedelta(0), list(_KILLS), list[Facts]()
    steps = chain(_MINUTES, repeat(_STEP))
    while ahead < _LONG or (still_open() and ahead < _TOO_LONG):
        step = next(steps)
        ahead += step
        advance(step)
        if points:
            pool.workers[0].kill(points.pop(0))
        reports = _reconcile(pool, ahead)
        while is_under_way():
            pool.next_event()
    return reports


def _reconcile(pool: WorkerPool, ahead: timedelta) -> list[Facts]:
    """Run ``reconcile`` in all workers at the same time. The replacement of a killed worker runs it, too."""
    waiting, reports, runs = list(pool.workers), list[Facts](), 0
    for one in waiting:
        one.reconcile(ahead.total_seconds())
    while waiting:
        worker, word, what = pool.next_event()
        if worker is None or word not in {"gone", "report"}:
            continue
        assert (runs := runs + 1) < _MOST_RUNS, "reconcile does not end"
        if worker.replacement is not None:
            waiting = [*(one for one in waiting if one is not worker), worker.replacement]
            worker.replacement.reconcile(ahead.total_seconds())
        elif (report := json.loads(what))["stopped"]:  # by a spike arrest: the next run continues
            worker.reconcile(ahead.total_seconds())
        else:
            waiting.remove(worker)
            reports.append(report)
    return reports
