"""The faults of each attempt, chosen by a seed. Every fault can meet every other."""

from collections.abc import Mapping
from enum import Enum, auto
from random import Random
from typing import Final, TypeVar

import attrs

from daraja.simulator import Result
from daraja.simulator.results import CANCELLED, PAID, UNANSWERED, result

__all__ = ["Answer", "Callbacks", "Plan", "Queries", "Refusals", "draw", "one_of"]

Kind = TypeVar("Kind")


class Refusals(Enum):
    """The refusals of a push before it is accepted."""

    OPEN = auto()
    TOKEN_REFUSED = auto()
    SPIKE_ARRESTED = auto()
    BOTH = auto()
    SPIKE_ARRESTED_FOR_GOOD = auto()


class Answer(Enum):
    """Whether the answer to an accepted push arrives."""

    ARRIVES = auto()
    LOST = auto()


class Callbacks(Enum):
    """The faults of its callbacks."""

    USUAL = auto()
    DROPPED = auto()
    DOUBLED = auto()
    DELAYED = auto()
    EARLY = auto()
    RECEIPT_LAST = auto()
    RECEIPT_FIRST = auto()


class Queries(Enum):
    """The answers to the first queries."""

    HONEST = auto()
    UNDECIDED = auto()
    SPIKE_ARRESTED = auto()


_RESULTS: Final = {PAID: 70, CANCELLED: 10, UNANSWERED: 10, result(1): 10}
_REFUSALS_OF_PUSHES: Final = {
    Refusals.OPEN: 88,
    Refusals.TOKEN_REFUSED: 2,
    Refusals.SPIKE_ARRESTED: 6,
    Refusals.BOTH: 2,
    Refusals.SPIKE_ARRESTED_FOR_GOOD: 2,
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

_MOST_WRONG_ANSWERS: Final = 4


@attrs.frozen(kw_only=True)
class Plan:
    """The plan of one attempt.

    Args:
        result: Its result.
        seconds: The time until the result.
        refusals: The refusals of the push before it is accepted.
        answer: Whether the answer to the push arrives.
        callbacks: The faults of its callbacks.
        pauses: Two numbers from 0 to 1, for the delays of the callbacks.
        queries: The answers to the first queries.
        wrong_answers: The number of these answers.
    """

    result: Result
    seconds: float
    refusals: Refusals
    answer: Answer
    callbacks: Callbacks
    pauses: tuple[float, float]
    queries: Queries
    wrong_answers: int

    @property
    def loses_both(self) -> bool:
        """Whether neither the answer nor a callback arrives."""
        return self.answer is Answer.LOST and self.callbacks is Callbacks.DROPPED


def draw(rng: Random) -> Plan:
    """Choose the plan of one attempt."""
    return Plan(
        result=one_of(_RESULTS, rng),
        seconds=rng.random(),
        refusals=one_of(_REFUSALS_OF_PUSHES, rng),
        answer=one_of(_ANSWERS, rng),
        callbacks=one_of(_CALLBACKS, rng),
        pauses=(rng.random(), rng.random()),
        queries=one_of(_QUERIES, rng),
        wrong_answers=rng.randint(1, _MOST_WRONG_ANSWERS),
    )


def one_of(weights: Mapping[Kind, int], rng: Random) -> Kind:
    """Choose one of the keys of *weights*."""
    return rng.choices(list(weights), list(weights.values()))[0]
