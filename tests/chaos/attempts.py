"""The arguments of each charge. They follow from its number, so every process knows them."""

from typing import Final, TypedDict

__all__ = ["Attempt", "attempt", "phone_of"]

_FIRST_PHONE: Final = 254_711_000_000
_LARGEST: Final = 70_000


class Attempt(TypedDict):
    """The arguments of ``Checkout.charge``."""

    order: str
    phone: str
    amount: int
    metadata: dict[str, int]


def attempt(number: int) -> Attempt:
    """Return the arguments of a charge. Each order has its own phone number."""
    return Attempt(
        order=f"ORD-{number}",
        phone=phone_of(number),
        amount=1 + 7919 * number % _LARGEST,
        metadata={"number": number},
    )


def phone_of(number: int) -> str:
    return str(_FIRST_PHONE + number)
