"""The faults of each sale, chosen by a seed. Every fault can meet every other."""

from enum import Enum, auto
from random import Random
from typing import Final

import attrs

from tests.chaos import plan
from tests.chaos.plan import one_of

__all__ = ["Confirmations", "Plan", "draw"]


class Confirmations(Enum):
    """The faults of the confirmations of all that a customer pays.

    An altered receipt number comes only to an address that nobody signed, in ``FORGED``. At a signed address no rule
    could tell it from a true one before the statement comes.
    """

    USUAL = auto()
    LOST = auto()
    THRICE = auto()
    LATE = auto()
    EARLY = auto()
    AT_VALIDATION = auto()
    UNSIGNED = auto()
    FORGED = auto()
    ANOTHER_AMOUNT = auto()
    ANOTHER_ACCOUNT = auto()
    HASHED = auto()
    PLAIN = auto()


_CONFIRMATIONS: Final = {
    Confirmations.USUAL: 20,
    Confirmations.LOST: 15,
    Confirmations.THRICE: 10,
    Confirmations.LATE: 8,
    Confirmations.EARLY: 10,
    Confirmations.AT_VALIDATION: 5,
    Confirmations.UNSIGNED: 6,
    Confirmations.FORGED: 6,
    Confirmations.ANOTHER_AMOUNT: 5,
    Confirmations.ANOTHER_ACCOUNT: 5,
    Confirmations.HASHED: 5,
    Confirmations.PLAIN: 5,
}


@attrs.frozen(kw_only=True)
class Plan:
    """The plan of one sale.

    Args:
        push: The plan of its prompt, if it has one.
        confirmations: The faults of its confirmations.
        pause: A number from 0 to 1, for the delays of its confirmations.
    """

    push: plan.Plan
    confirmations: Confirmations
    pause: float

    @property
    def contradicts(self) -> bool:
        """Whether a confirmation says something else than happened."""
        return self.confirmations in {Confirmations.ANOTHER_AMOUNT, Confirmations.ANOTHER_ACCOUNT}


def draw(rng: Random) -> Plan:
    """Choose the plan of one sale."""
    return Plan(push=plan.draw(rng), confirmations=one_of(_CONFIRMATIONS, rng), pause=rng.random())
