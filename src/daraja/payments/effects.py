"""What a flow asks of the place where payments are kept, and of those who want to hear of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import attrs

from daraja.http.flow import Effect
from daraja.payments.model import Account, Payment
from daraja.payments.records import HistoryEntry, ReceivedCallback, Report

__all__ = [
    "Due",
    "Find",
    "Insert",
    "Load",
    "NeedAttention",
    "NewKey",
    "Notify",
    "PaymentEffect",
    "Processed",
    "Progress",
    "Purge",
    "Record",
    "Swap",
    "Tell",
    "Unprocessed",
]

Answer_co = TypeVar("Answer_co", covariant=True)


class PaymentEffect(Effect[Answer_co]):
    """Something that a flow asks of the store or the shop; ``PaymentStore`` says what each question to it means."""

    __slots__ = ()


@attrs.frozen
class NewKey(PaymentEffect[str]):
    """Draw the key of a new payment: 128 random bits in hex."""


@attrs.frozen
class Insert(PaymentEffect[Payment]):
    """Write a new payment down."""

    payment: Payment


@attrs.frozen
class Load(PaymentEffect["Payment | None"]):
    """Look a payment up by its key."""

    key: str


@attrs.frozen
class Find(PaymentEffect["Payment | None"]):
    """Look a payment up by Daraja's id."""

    checkout_request_id: str = attrs.field(repr=False)


@attrs.frozen
class Swap(PaymentEffect[bool]):
    """Put a payment in the place of its former self, unless another caller was faster."""

    old: Payment
    new: Payment
    entry: HistoryEntry


@attrs.frozen
class Due(PaymentEffect[Sequence[Payment]]):
    """List the payments whose next check is due."""

    now: datetime
    limit: int
    account: Account


@attrs.frozen
class NeedAttention(PaymentEffect[Sequence[Payment]]):
    """List the payments that a person has to look at."""

    limit: int
    account: Account


@attrs.frozen
class Record(PaymentEffect[str]):
    """Keep the body of a callback; its id."""

    callback: ReceivedCallback


@attrs.frozen
class Unprocessed(PaymentEffect[Sequence[ReceivedCallback]]):
    """List callbacks that nothing was made of yet, in the order they came, from the one after *after* on."""

    limit: int
    account: Account
    after: str | None = None


@attrs.frozen
class Processed(PaymentEffect[None]):
    """Mark a callback as done with, and say what became of it."""

    callback_id: str
    note: str


@attrs.frozen
class Purge(PaymentEffect[int]):
    """Delete callbacks that are done with and came before *before*; how many they were."""

    before: datetime
    limit: int
    account: Account


@attrs.frozen
class Notify(PaymentEffect[None]):
    """Tell the shop that a payment was paid."""

    payment: Payment


@attrs.frozen
class Progress(PaymentEffect[None]):
    """Show how far a run has come."""

    report: Report


@attrs.frozen
class Tell(PaymentEffect[None]):
    """Write a line into the log.

    Args:
        event: A stable name, such as ``payment.moved``.
        facts: What it is about; no personal data.
        grave: Whether somebody should look.
    """

    event: str
    facts: Mapping[str, object]
    grave: bool = False
