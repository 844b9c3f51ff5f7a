"""The workers of the shop. A killed worker is replaced at once."""

from collections import Counter
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Final, Self, TypeAlias

from tests.chaos.points import Point
from tests.chaos.process import OnEvent, Worker, WorkerFailed

__all__ = ["Inbox", "NoProgress", "WorkerPool", "kills"]

Inbox: TypeAlias = SimpleQueue[tuple[Worker | None, str, str]]
"""The events: the worker that reports it, if any, its first word, and the rest."""

_TIMEOUT: Final = 60
"""Seconds until the next event, also on the slowest machine."""


class NoProgress(Exception):  # noqa: N818 - it describes a state
    """No event came for a minute, although some are expected."""


class WorkerPool:
    """A fixed number of workers for the time of a ``with`` block. Afterwards they end in good order.

    Args:
        start_worker: Starts a worker with a callback for its events.
        places: The number of workers at the same time.
        inbox: The queue of all events.
    """

    def __init__(self, start_worker: Callable[[OnEvent], Worker], places: int, inbox: Inbox) -> None:
        self._start_worker: Final = start_worker
        self._inbox: Final = inbox
        self.killed: Final = Counter(dict.fromkeys(Point, 0))
        """The number of kills at each point."""
        self.workers: Final = [self._new() for _ in range(places)]

    def next_event(self) -> tuple[Worker | None, str, str]:
        """Return the next event. A killed worker is ``gone`` and has a replacement.

        Raises:
            NoProgress: If no event comes.
            WorkerFailed: If a worker ended by itself or failed.
        """
        try:
            worker, word, what = self._inbox.get(timeout=_TIMEOUT)
        except Empty:
            raise NoProgress from None
        if worker is not None and word == "crashed":
            raise WorkerFailed(what, worker.error_output())
        if worker is not None and word == "dying":
            self.killed[Point[what]] += 1
            worker.kill_point = None
        if worker is not None and word == "gone" and worker.was_killed():
            self._replace(worker)
        return worker, word, what

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End all workers; after an exception, kill them.

        Raises:
            WorkerFailed: If a worker does not end in good order.
        """
        for worker in self.workers:
            if error is None:
                worker.end()
            else:
                worker.kill(Point.ANYWHERE)
        for worker in self.workers:
            worker.was_killed()

    def _replace(self, worker: Worker) -> None:
        worker.replacement = replacement = self._new()
        self.workers[self.workers.index(worker)] = replacement
        if worker.kill_point is Point.ANYWHERE:
            self.killed[worker.kill_point] += 1
        elif worker.kill_point is not None:
            replacement.kill(worker.kill_point)

    def _new(self) -> Worker:
        return self._start_worker(lambda worker, word, what: self._inbox.put((worker, word, what)))


def kills(*pools: WorkerPool) -> dict[str, int]:
    """Return how often workers were killed at each point."""
    return {f"killed {point}": sum(pool.killed[point] for pool in pools) for point in Point}
