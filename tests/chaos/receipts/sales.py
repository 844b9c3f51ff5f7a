"""What each customer owes and how each pays. It follows from the number of the sale, so every process knows it."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

import attrs

from daraja.values.account_number import account_number
from tests.chaos.attempts import phone_of

__all__ = ["Sale", "Way"]

_FIRST_ACCOUNT: Final = 1_000_000
_LEAST: Final = 20
_LARGEST: Final = 70_000
_TIP: Final = 7


class Way(Enum):
    """How a customer pays."""

    PROMPT = auto()
    HAND = auto()
    BOTH = auto()
    """At the prompt, and then by hand as well."""
    TWICE = auto()
    HALVES = auto()
    TOO_LITTLE = auto()
    TOO_MUCH = auto()
    MISTYPED = auto()
    """With a wrong check digit, and with the right one if that was refused."""
    EARLY = auto()
    """Before the shop expects it."""
    HALF_EARLY = auto()
    """Half of it before the shop expects it. The shop then asks for the rest that it knows of."""


_WAYS: Final[Sequence[Way]] = (Way.PROMPT, Way.PROMPT, Way.HAND, *Way)


@attrs.frozen
class Sale:
    """One order and its customer.

    Args:
        number: Its number.
    """

    number: int

    @property
    def order(self) -> str:
        """The shop's own id of the order."""
        return f"ORD-{self.number}"

    @property
    def phone(self) -> str:
        """The customer's phone. Each order has its own."""
        return phone_of(self.number)

    @property
    def amount(self) -> int:
        """Whole KES."""
        return _LEAST + 7919 * self.number % _LARGEST

    @property
    def account(self) -> str:
        """The account number that the customer has to type."""
        return account_number(_FIRST_ACCOUNT + self.number)

    @property
    def way(self) -> Way:
        """How the customer pays."""
        return _WAYS[self.number % len(_WAYS)]

    @property
    def has_prompt(self) -> bool:
        """Whether the shop asks the phone."""
        return self.way in {Way.PROMPT, Way.BOTH, Way.HALF_EARLY}

    @property
    def by_hand_before(self) -> Sequence[int]:
        """What the customer pays before the shop expects it."""
        return {Way.EARLY: [self.amount], Way.HALF_EARLY: [self._half]}.get(self.way, [])

    @property
    def by_hand(self) -> Sequence[int]:
        """What the customer pays after that."""
        whole = self.amount
        return {
            Way.HAND: [whole],
            Way.BOTH: [whole],
            Way.TWICE: [whole, whole],
            Way.HALVES: [self._half, whole - self._half],
            Way.TOO_LITTLE: [self._half],
            Way.TOO_MUCH: [whole + _TIP],
            Way.MISTYPED: [whole],
        }.get(self.way, [])

    @property
    def typed(self) -> str:
        """The account number that the customer types first."""
        if self.way is not Way.MISTYPED:
            return self.account
        return f"{self.account[:-1]}{(int(self.account[-1]) + 1) % 10}"

    @property
    def _half(self) -> int:
        return self.amount // 2
