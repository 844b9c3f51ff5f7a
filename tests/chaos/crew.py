"""The workers of the shop: whoever is killed is replaced at once."""

from collections import Counter
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Final, Self, TypeAlias

from tests.chaos.points import Point
from tests.chaos.process import Hear, Worker, WorkerFailed

__all__ = ["Crew", "Inbox", "NothingHappens"]

Inbox: TypeAlias = SimpleQueue[tuple[Worker | None, str, str]]
"""What happens: who says it, if it is a worker, the first word, and the others."""

_PATIENCE: Final = 60
"""Seconds in which something has to happen, on the slowest machine."""


class NothingHappens(Exception):  # noqa: N818 - it says what is so
    """Nobody has said anything for a minute, though something is still to come."""


class Crew:
    """Keeps its places filled as long as a ``with`` block lasts, and then lets everybody end in good order.

    Args:
        hire: Starts a worker, given what hears it.
        places: How many there are at the same time.
        inbox: Where everything arrives.
    """

    def __init__(self, hire: Callable[[Hear], Worker], places: int, inbox: Inbox) -> None:
        self._hire: Final = hire
        self._inbox: Final = inbox
        self.killed: Final = Counter(dict.fromkeys(Point, 0))
        """How often a worker was killed at each point."""
        self.workers: Final = [self._new() for _ in range(places)]

    def hear(self) -> tuple[Worker | None, str, str]:
        """Wait for what happens next. A worker that was killed is ``gone``, and has a successor.

        Raises:
            NothingHappens: If nothing does.
            WorkerFailed: If a worker ended of itself, or did what it should not.
        """
        try:
            worker, word, what = self._inbox.get(timeout=_PATIENCE)
        except Empty:
            raise NothingHappens from None
        if worker is not None and word == "crashed":
            raise WorkerFailed(what, worker.complaints())
        if worker is not None and word == "dying":
            self.killed[Point[what]] += 1
            worker.doom = None
        if worker is not None and word == "gone" and worker.was_killed():
            self._replace(worker)
        return worker, word, what

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let everybody end; after an exception at once.

        Raises:
            WorkerFailed: If somebody does not end in good order.
        """
        for worker in self.workers:
            if error is None:
                worker.end()
            else:
                worker.die(Point.ANYWHERE)
        for worker in self.workers:
            worker.was_killed()

    def _replace(self, worker: Worker) -> None:
        worker.successor = successor = self._new()
        self.workers[self.workers.index(worker)] = successor
        if worker.doom is Point.ANYWHERE:
            self.killed[worker.doom] += 1
        elif worker.doom is not None:
            successor.die(worker.doom)

    def _new(self) -> Worker:
        return self._hire(lambda worker, word, what: self._inbox.put((worker, word, what)))
