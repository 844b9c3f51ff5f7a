"""The scenario driver: it gives attempts to workers and kills workers in the middle of them."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from random import Random
from typing import Final

from daraja.simulator import LocalDaraja
from tests.chaos.points import Point
from tests.chaos.process import Worker
from tests.chaos.shop import SELLERS
from tests.chaos.workers import WorkerPool

__all__ = ["Driver"]

_QUEUED: Final = 2 * SELLERS
"""Attempts that wait in each worker, so it never waits for the next one."""
_SHARE_OF_REPEATS: Final = 0.1
_APART: Final = 30
"""The maximum number of attempts between an attempt and its repetition. With few between, both run at the same time."""
_PER_TROUBLE: Final = 100
_LEAST: Final = 20
"""The minimum number of each injected fault, so each kill point is used at least once."""
_FROM_OUTSIDE: Final = 6
"""The number of kills at any moment for each kill at a chosen point."""
_NOT_KNOWN: Final = "StoreFailed"
"""The error of an attempt if the database was too slow. The attempt may be stored or not."""


class Driver:
    """Makes attempts until every attempt has ended and every callback has arrived or is lost.

    Args:
        pool: The workers.
        local: The local Daraja. Its tokens are revoked from time to time.
        is_under_way: Tells whether a callback is still to come.
        attempts: The number of attempts.
        rng: Chooses the worker, the point and the time of each kill.
        on_end: Called with the number of each attempt that has ended.
    """

    def __init__(
        self,
        pool: WorkerPool,
        local: LocalDaraja,
        is_under_way: Callable[[], bool],
        attempts: int,
        rng: Random,
        *,
        on_end: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._pool: Final = pool
        self._local: Final = local
        self._is_under_way: Final = is_under_way
        self._rng: Final = rng
        self._on_end: Final = on_end
        self._waiting: Final = deque(_in_order(attempts, rng))
        self._kills: Final = deque(_when(attempts, rng))
        self._revoking: Final = deque(_when(attempts, rng))
        self._points: Final = deque(_shuffled_points(rng, len(self._kills)))
        self._ended = 0
        self.repeated = 0
        """The number of repeated attempts."""
        self.revocations = 0
        """The number of times all tokens were revoked."""
        self.notified: Final[dict[int, set[str]]] = defaultdict(set)
        """The statuses and errors that attempts ended with, by attempt."""
        self.interrupted: Final = set[int]()
        """The attempts during or before which a worker was killed."""
        self.errors: Final = Counter[str]()
        """The errors in workers without a kill, counted by type."""

    def run(self) -> None:
        """Make all attempts."""
        self._distribute()
        while self._waiting or any(worker.attempts for worker in self._pool.workers) or self._is_under_way():
            worker, word, what = self._pool.next_event()
            if worker is not None:
                self._note(worker, word, what)
            self._distribute()

    def _note(self, worker: Worker, word: str, what: str) -> None:
        if word == "gone":
            self.interrupted.update(worker.attempts)
            self._waiting.extendleft(worker.attempts)
        elif word == "ended":
            number, _, how = what.partition(" ")
            self._finish(worker, int(number), how)
            self._inject_faults()
        elif word == "stumbled":
            self.errors[what] += 1

    def _finish(self, worker: Worker, number: int, how: str) -> None:
        worker.attempts.remove(number)
        if how == _NOT_KNOWN and how not in self.notified[number]:
            self.interrupted.add(number)
            self._waiting.append(number)
        self.repeated += bool(self.notified[number])
        self.notified[number].add(how)
        self._ended += 1
        self._on_end(number)

    def _distribute(self) -> None:
        for worker in self._pool.workers:
            while self._waiting and len(worker.attempts) < _QUEUED:
                worker.start(self._waiting.popleft())

    def _inject_faults(self) -> None:
        if self._revoking and self._revoking[0] <= self._ended:
            self._revoking.popleft()
            self._local.revoke_tokens()
            self.revocations += 1
        unharmed = [worker for worker in self._pool.workers if worker.kill_point is None]
        if unharmed and self._kills and self._kills[0] <= self._ended:
            self._kills.popleft()
            self._rng.choice(unharmed).kill(self._points.popleft())


def _in_order(payments: int, rng: Random) -> list[int]:
    """Return every number, and some of them twice."""
    doubles = rng.sample(range(payments), int(payments * _SHARE_OF_REPEATS))
    places = [(float(number), number) for number in range(payments)]
    places += [(number + rng.uniform(0, _APART), number) for number in doubles]
    return [number for _, number in sorted(places)]


def _when(payments: int, rng: Random) -> list[int]:
    """Choose the attempts after which a fault is injected, none of them in the last quarter."""
    moments = range(payments * 3 // 4)
    return sorted(rng.sample(moments, min(max(_LEAST, payments // _PER_TROUBLE), len(moments))))


def _shuffled_points(rng: Random, size: int) -> list[Point]:
    """Return points in random order, each as often as the others."""
    dealt: list[Point] = []
    while len(dealt) < size:
        cards = [*Point, *[Point.ANYWHERE] * (_FROM_OUTSIDE - 1)]
        rng.shuffle(cards)
        dealt += cards
    return dealt[:size]
