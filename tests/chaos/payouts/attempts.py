"""The arguments of each payout. They follow from its number, so every process knows them."""

from typing import Final, TypedDict

from daraja import Caps
from tests.chaos.attempts import phone_of

__all__ = ["BULK", "Attempt", "amount_of", "caps", "payout"]

BULK: Final = "600992"
"""The shortcode that pays."""
_LARGEST: Final = 70_000
_SHARE: Final = 28_000
"""What the day has room for, for each attempt. It is less than they want on average."""


class Attempt(TypedDict):
    """The arguments of ``Payouts.pay``."""

    phone: str
    amount: int
    idempotency_key: str
    metadata: dict[str, int]


def payout(number: int) -> Attempt:
    """Return the arguments of a payout. Each goes to a phone of its own."""
    return Attempt(
        phone=phone_of(number),
        amount=amount_of(number),
        idempotency_key=f"attempt-{number}",
        metadata={"number": number},
    )


def caps(attempts: int) -> Caps:
    """Return caps that are reached by the last of so many attempts, so that workers race for the last shillings."""
    return Caps(per_payout=_LARGEST, per_day=_SHARE * attempts, per_recipient_day=_LARGEST)


def amount_of(number: int) -> int:
    return 10 + 7919 * number % (_LARGEST - 10)
