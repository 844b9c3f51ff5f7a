"""What goes wrong with each attempt: drawn from a seed, and every trouble goes with every other."""

from collections.abc import Mapping
from enum import Enum, auto
from random import Random
from typing import Final, TypeVar

import attrs

from daraja.simulator import Result
from daraja.simulator.results import CANCELLED, PAID, UNANSWERED, result

__all__ = ["Answer", "Callbacks", "Gate", "Queries", "Recipe", "draw"]

Kind = TypeVar("Kind")


class Gate(Enum):
    """What a push meets before it is accepted."""

    OPEN = auto()
    TOKEN_REFUSED = auto()
    SPIKE_ARRESTED = auto()
    BOTH = auto()
    SPIKE_ARRESTED_FOR_GOOD = auto()


class Answer(Enum):
    """What becomes of the answer to a push that was accepted."""

    ARRIVES = auto()
    LOST = auto()


class Callbacks(Enum):
    """What becomes of its callbacks."""

    USUAL = auto()
    DROPPED = auto()
    DOUBLED = auto()
    DELAYED = auto()
    EARLY = auto()
    RECEIPT_LAST = auto()
    RECEIPT_FIRST = auto()


class Queries(Enum):
    """What the first queries hear."""

    HONEST = auto()
    UNDECIDED = auto()
    SPIKE_ARRESTED = auto()


_RESULTS: Final = {PAID: 70, CANCELLED: 10, UNANSWERED: 10, result(1): 10}
_GATES: Final = {
    Gate.OPEN: 88,
    Gate.TOKEN_REFUSED: 2,
    Gate.SPIKE_ARRESTED: 6,
    Gate.BOTH: 2,
    Gate.SPIKE_ARRESTED_FOR_GOOD: 2,
}
_ANSWERS: Final = {Answer.ARRIVES: 90, Answer.LOST: 10}
_CALLBACKS: Final = {
    Callbacks.USUAL: 40,
    Callbacks.DROPPED: 15,
    Callbacks.DOUBLED: 15,
    Callbacks.DELAYED: 12,
    Callbacks.EARLY: 10,
    Callbacks.RECEIPT_LAST: 4,
    Callbacks.RECEIPT_FIRST: 4,
}
_QUERIES: Final = {Queries.HONEST: 60, Queries.UNDECIDED: 25, Queries.SPIKE_ARRESTED: 15}

_MOST_PUT_OFF: Final = 4


@attrs.frozen(kw_only=True)
class Recipe:
    """What becomes of one attempt, if it gets so far.

    Args:
        result: What it comes to.
        seconds: How long that takes.
        gate: What the push meets first.
        answer: What becomes of the answer to it.
        callbacks: What becomes of its callbacks.
        pauses: Two numbers from 0 to 1, for how long these take.
        queries: What the first queries hear.
        put_off: How many of them.
    """

    result: Result
    seconds: float
    gate: Gate
    answer: Answer
    callbacks: Callbacks
    pauses: tuple[float, float]
    queries: Queries
    put_off: int

    @property
    def loses_both(self) -> bool:
        """Whether neither answer nor callback arrives."""
        return self.answer is Answer.LOST and self.callbacks is Callbacks.DROPPED


def draw(rng: Random) -> Recipe:
    """Draw the recipe of one attempt."""
    return Recipe(
        result=_one_of(_RESULTS, rng),
        seconds=rng.random(),
        gate=_one_of(_GATES, rng),
        answer=_one_of(_ANSWERS, rng),
        callbacks=_one_of(_CALLBACKS, rng),
        pauses=(rng.random(), rng.random()),
        queries=_one_of(_QUERIES, rng),
        put_off=rng.randint(1, _MOST_PUT_OFF),
    )


def _one_of(weights: Mapping[Kind, int], rng: Random) -> Kind:
    return rng.choices(list(weights), list(weights.values()))[0]
