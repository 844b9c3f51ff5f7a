"""The faults of each payout, chosen by a seed. Every fault can meet every other."""

from enum import Enum, auto
from random import Random
from typing import Final

import attrs

from daraja.simulator import Result, result
from daraja.simulator.results import PAID
from tests.chaos.plan import one_of

__all__ = ["Answer", "Plan", "Refusals", "Results", "draw"]


class Refusals(Enum):
    """What the gateway does before Daraja sees the request."""

    OPEN = auto()
    TOKEN_REFUSED = auto()
    SPIKE_ARRESTED = auto()
    SPIKE_ARRESTED_FOR_GOOD = auto()
    UNAVAILABLE = auto()
    """Status 503, and nothing was accepted."""
    UNAVAILABLE_ONCE = auto()
    """Status 503 for the first request only, so that the same id once more is accepted."""
    MAINTENANCE = auto()


class Answer(Enum):
    """The answer to an accepted request."""

    ARRIVES = auto()
    LOST = auto()
    UNAVAILABLE = auto()
    """Status 503, although the request was accepted."""
    DOUBTFUL = auto()


class Results(Enum):
    """The result and the notices."""

    USUAL = auto()
    LOST = auto()
    THRICE = auto()
    LATE = auto()
    EARLY = auto()
    NOTICE_THEN_RESULT = auto()
    NOTICE_ONLY = auto()
    NEVER_DONE = auto()
    """It waits too long in the queue and is never done; only a notice comes."""
    FAILED_THEN_RESULT = auto()
    SEEN_BEFORE_THEN_RESULT = auto()
    PROGRESS_FIRST = auto()
    ANOTHER_AMOUNT = auto()
    ANOTHER_ID = auto()
    MASKED = auto()


_ENDS: Final = {PAID: 80, result(1): 5, result(2040): 5, result(8): 5, result(17): 5}
_REFUSALS: Final = {
    Refusals.OPEN: 80,
    Refusals.TOKEN_REFUSED: 3,
    Refusals.SPIKE_ARRESTED: 4,
    Refusals.SPIKE_ARRESTED_FOR_GOOD: 3,
    Refusals.UNAVAILABLE: 3,
    Refusals.UNAVAILABLE_ONCE: 4,
    Refusals.MAINTENANCE: 3,
}
_ANSWERS: Final = {Answer.ARRIVES: 76, Answer.LOST: 9, Answer.UNAVAILABLE: 9, Answer.DOUBTFUL: 6}
_RESULTS: Final = {
    Results.USUAL: 22,
    Results.LOST: 10,
    Results.THRICE: 8,
    Results.LATE: 8,
    Results.EARLY: 8,
    Results.NOTICE_THEN_RESULT: 6,
    Results.NOTICE_ONLY: 5,
    Results.NEVER_DONE: 5,
    Results.FAILED_THEN_RESULT: 6,
    Results.SEEN_BEFORE_THEN_RESULT: 6,
    Results.PROGRESS_FIRST: 4,
    Results.ANOTHER_AMOUNT: 4,
    Results.ANOTHER_ID: 5,
    Results.MASKED: 3,
}


@attrs.frozen(kw_only=True)
class Plan:
    """The plan of one payout.

    Args:
        end: How it ends at M-Pesa, if it is done at all.
        seconds: The time until then.
        refusals: What the gateway does before.
        answer: Whether the answer arrives.
        results: The faults of its result.
        pause: A number from 0 to 1, for the delays of its notices.
    """

    end: Result
    seconds: float
    refusals: Refusals
    answer: Answer
    results: Results
    pause: float


def draw(rng: Random) -> Plan:
    """Choose the plan of one payout."""
    return Plan(
        end=one_of(_ENDS, rng),
        seconds=rng.random(),
        refusals=one_of(_REFUSALS, rng),
        answer=one_of(_ANSWERS, rng),
        results=one_of(_RESULTS, rng),
        pause=rng.random(),
    )
