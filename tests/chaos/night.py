"""The night after: hours pass, and fresh workers look after what is open until nothing is due any more."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from tests.chaos.crew import Crew
from tests.chaos.points import Point

__all__ = ["pass_the_night"]

_STEP: Final = timedelta(hours=3)
_LONG: Final = timedelta(hours=26)
"""Longer than the day for which a payment is waited for."""
_TOO_LONG: Final = timedelta(hours=36)
"""After which the books say that some are still looked after."""
_KILLS: Final = (Point.BEFORE_QUERY, Point.AFTER_QUERY, Point.BEFORE_SWAP, Point.AFTER_SWAP)
"""Where workers die in the first hours."""
_MOST_RUNS: Final = 10_000
"""Far more than there are spikes to arrest."""

Facts = dict[str, Any]  # Any: the fields of a ``Report`` as JSON


def pass_the_night(crew: Crew, still_open: Callable[[], int]) -> list[Facts]:
    """Let time pass, and give what each worker's last ``reconcile`` reported."""
    ahead, points, reports = timedelta(0), list(_KILLS), list[Facts]()
    while ahead < _LONG or (still_open() and ahead < _TOO_LONG):
        ahead += _STEP
        if points:
            crew.workers[0].die(points.pop())
        reports = _reconcile(crew, ahead)
    return reports


def _reconcile(crew: Crew, ahead: timedelta) -> list[Facts]:
    """Have everybody look after what is due, at the same time; whoever is killed has a successor who does."""
    waiting, reports, runs = list(crew.workers), list[Facts](), 0
    for one in waiting:
        one.reconcile(ahead.total_seconds())
    while waiting:
        worker, word, what = crew.hear()
        if worker is None or word not in {"gone", "report"}:
            continue
        assert (runs := runs + 1) < _MOST_RUNS, "reconcile never comes to an end"
        if worker.successor is not None:
            waiting = [*(one for one in waiting if one is not worker), worker.successor]
            worker.successor.reconcile(ahead.total_seconds())
        elif (report := json.loads(what))["stopped"]:  # by a spike arrest: the next run goes on
            worker.reconcile(ahead.total_seconds())
        else:
            waiting.remove(worker)
            reports.append(report)
    return reports
