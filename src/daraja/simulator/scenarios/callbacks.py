"""Small behaviours of callbacks: changes to what one says, each of which goes with every result and every other."""

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from daraja.simulator.notices import Notice, notice
from daraja.simulator.pushes import Decision, Push
from daraja.simulator.results import Result
from daraja.simulator.scenarios.base import Body

__all__ = [
    "Change",
    "altered",
    "as_text",
    "saying",
    "shuffled",
    "with_another_amount",
    "with_masked_phone",
    "without_metadata",
]

Change = Callable[[Notice], Notice]
"""Makes another notice of the usual one."""

_SHUFFLED: Final = ("PhoneNumber", "Balance", "TransactionDate", "Amount", "MpesaReceiptNumber")


def altered(*changes: Change) -> Body:
    """Give the body of a callback with *changes* made to the usual one, first to last."""

    def body(push: Push, decision: Decision) -> Mapping[str, object]:
        said = notice(push, decision)
        for change in changes:
            said = change(said)
        return said.body()

    return body


def saying(result: Result) -> Change:
    """Claim another result; what was not paid has no metadata."""

    def claim(said: Notice) -> Notice:
        claimed = attrs.evolve(said, code=result.code, description=result.description)
        return claimed if result.paid else without_metadata(claimed)

    return claim


def with_another_amount(said: Notice) -> Notice:
    """Name one shilling more than was asked for."""
    return _with(said, "Amount", lambda amount: int(str(amount)) + 1)


def with_masked_phone(said: Notice) -> Notice:
    """Hide the middle of the phone number, in the form ``254708***430``."""
    return _with(said, "PhoneNumber", lambda number: f"{str(number)[:6]}***{str(number)[-3:]}")


def without_metadata(said: Notice) -> Notice:
    """Leave out the metadata, also of a success."""
    return attrs.evolve(said, items={})


def shuffled(said: Notice) -> Notice:
    """Put the metadata into another order, with a Balance that has no value."""
    if not said.items:
        return said
    return attrs.evolve(said, items={name: said.items.get(name) for name in _SHUFFLED})


def as_text(said: Notice) -> Notice:
    """Write every number as text, the result code as well."""
    items = {name: None if value is None else str(value) for name, value in said.items.items()}
    return attrs.evolve(said, code=str(said.code), items=items)


def _with(said: Notice, name: str, change: Callable[[object], object]) -> Notice:
    if name not in said.items:
        return said
    return attrs.evolve(said, items={**said.items, name: change(said.items[name])})
