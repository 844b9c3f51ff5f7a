"""The arguments of each attempt. They follow from its number, so every process knows them."""

from typing import Final, TypedDict

__all__ = ["Attempt", "attempt", "number_of", "phone_of"]

_FIRST_PHONE: Final = 254_711_000_000
_LARGEST: Final = 70_000


class Attempt(TypedDict):
    """The arguments of ``Checkout.start``."""

    phone: str
    amount: int
    reference: str
    idempotency_key: str
    metadata: dict[str, int]


def attempt(number: int) -> Attempt:
    """Return the arguments of an attempt. Each attempt has its own phone number."""
    return Attempt(
        phone=phone_of(number),
        amount=1 + 7919 * number % _LARGEST,
        reference=f"ORD-{number}",
        idempotency_key=f"attempt-{number}",
        metadata={"number": number},
    )


def phone_of(number: int) -> str:
    return str(_FIRST_PHONE + number)


def number_of(phone: str) -> int:
    return int(phone) - _FIRST_PHONE
