"""The day: attempts are handed out to workers, who are killed while they make them."""

from collections import Counter, defaultdict, deque
from random import Random
from typing import Final

from daraja.simulator import LocalDaraja
from tests.chaos.crew import Crew
from tests.chaos.points import Point
from tests.chaos.process import Worker
from tests.chaos.witness import Witness
from tests.chaos.worker import SELLERS

__all__ = ["Sale"]

_AT_HAND: Final = 2 * SELLERS
"""Attempts that a worker has before it, so that it never waits for the next."""
_SHARE_OF_DOUBLES: Final = 0.1
_APART: Final = 30
"""So many attempts may lie between one and its repetition; with few it is made twice at the same time."""
_PER_TROUBLE: Final = 100
_LEAST: Final = 20
"""Of each kind of trouble that we make, so that each point is met at least once."""
_FROM_OUTSIDE: Final = 6
"""For each kill at a point of its own."""
_NOT_KNOWN: Final = "StoreFailed"
"""What ``start`` raises where the database was too slow, so that the attempt may have been written down or not."""


class Sale:
    """Sells until every attempt has ended and every callback has arrived, or was lost.

    Args:
        crew: Who does it.
        local: The local Daraja, whose tokens are revoked now and then.
        witness: Knows which callbacks are under way.
        payments: How many there are.
        rng: Draws who is killed where and when.
    """

    def __init__(self, crew: Crew, local: LocalDaraja, witness: Witness, payments: int, rng: Random) -> None:
        self._crew: Final = crew
        self._local: Final = local
        self._witness: Final = witness
        self._rng: Final = rng
        self._to_do: Final = deque(_in_order(payments, rng))
        self._kills: Final = deque(_when(payments, rng))
        self._revoking: Final = deque(_when(payments, rng))
        self._points: Final = deque(_deck(rng, len(self._kills)))
        self._ended = 0
        self.repeated = 0
        """How often an attempt was made that had been made before."""
        self.revocations = 0
        """How often all tokens were revoked."""
        self.told: Final[dict[int, set[str]]] = defaultdict(set)
        """What ``start`` gave or raised, by attempt."""
        self.interrupted: Final = set[int]()
        """The attempts at which a worker was killed, or for which it was killed too early."""
        self.stumbles: Final = Counter[str]()
        """What failed in a worker of itself, and how often."""

    def hold(self) -> None:
        """Sell everything."""
        self._hand_out()
        while self._to_do or any(worker.attempts for worker in self._crew.workers) or self._witness.under_way:
            worker, word, what = self._crew.hear()
            if worker is not None:
                self._note(worker, word, what)
            self._hand_out()

    def _note(self, worker: Worker, word: str, what: str) -> None:
        if word == "gone":
            self.interrupted.update(worker.attempts)
            self._to_do.extendleft(worker.attempts)
        elif word == "ended":
            number, _, how = what.partition(" ")
            self._end(worker, int(number), how)
            self._make_trouble()
        elif word == "stumbled":
            self.stumbles[what] += 1

    def _end(self, worker: Worker, number: int, how: str) -> None:
        worker.attempts.remove(number)
        if how == _NOT_KNOWN and how not in self.told[number]:
            self.interrupted.add(number)
            self._to_do.append(number)
        self.repeated += bool(self.told[number])
        self.told[number].add(how)
        self._ended += 1

    def _hand_out(self) -> None:
        for worker in self._crew.workers:
            while self._to_do and len(worker.attempts) < _AT_HAND:
                worker.start(self._to_do.popleft())

    def _make_trouble(self) -> None:
        if self._revoking and self._revoking[0] <= self._ended:
            self._revoking.popleft()
            self._local.revoke_tokens()
            self.revocations += 1
        unharmed = [worker for worker in self._crew.workers if worker.doom is None]
        if unharmed and self._kills and self._kills[0] <= self._ended:
            self._kills.popleft()
            self._rng.choice(unharmed).die(self._points.popleft())


def _in_order(payments: int, rng: Random) -> list[int]:
    """Give every number, and some twice."""
    doubles = rng.sample(range(payments), int(payments * _SHARE_OF_DOUBLES))
    places = [(float(number), number) for number in range(payments)]
    places += [(number + rng.uniform(0, _APART), number) for number in doubles]
    return [number for _, number in sorted(places)]


def _when(payments: int, rng: Random) -> list[int]:
    """Draw after how many attempts trouble is made, not in the last quarter."""
    moments = range(payments * 3 // 4)
    return sorted(rng.sample(moments, min(max(_LEAST, payments // _PER_TROUBLE), len(moments))))


def _deck(rng: Random, size: int) -> list[Point]:
    """Deal points like cards, so that each comes up as often as the others."""
    dealt: list[Point] = []
    while len(dealt) < size:
        cards = [*Point, *[Point.ANYWHERE] * (_FROM_OUTSIDE - 1)]
        rng.shuffle(cards)
        dealt += cards
    return dealt[:size]
