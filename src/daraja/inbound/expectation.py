"""An expectation: the money that is expected under one reference, and how much of it has come in."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Protocol, cast

import attrs

from daraja.errors import RecordUnreadable
from daraja.inbound.model import Receipt
from daraja.lifecycle.ports import RecordStore, Unreadable
from daraja.lifecycle.record import Account, JsonText, json_text, masked
from daraja.payments.order import excess_of
from daraja.values.account_number import normalise_reference
from daraja.values.secret import MaskedText


class ExpectationStatus(StrEnum):
    """How much of an expectation has come in."""

    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"
    OVERPAID = "overpaid"


@attrs.frozen(kw_only=True)
class Expectation:
    """Money that is expected under one reference, and the money that has come in.

    Args:
        key: Our own name for it: 128 random bits in hex.
        account: Who is paid.
        reference: What the customer types as account.
        amount: Whole KES.
        order: The order that it pays; None for none.
        metadata: The caller's notes: stored and never sent.
        created_at: When it was made, in UTC.
        receipts: What counts for it, the oldest first. They are not stored with it.
    """

    key: str
    account: Account
    reference: str = attrs.field(repr=masked)
    amount: int
    order: str | None = attrs.field(default=None, repr=masked)
    _metadata: JsonText = attrs.field(default=JsonText("{}"), converter=json_text, alias="metadata", repr=False)
    created_at: datetime
    receipts: Sequence[Receipt] = ()

    @property
    def metadata(self) -> dict[str, Any]:  # Any: whatever JSON can hold
        """The caller's notes. Each call makes a copy, so that changing it changes no expectation."""
        notes: dict[str, Any] = json.loads(self._metadata)
        return notes

    @property
    def compared(self) -> str:
        """The reference as references are compared. It is unique in one account."""
        return normalise_reference(self.reference)

    @property
    def received(self) -> Decimal:
        """KES that came in."""
        return sum((receipt.amount or Decimal(0) for receipt in self._counting), Decimal(0))

    @property
    def due(self) -> Decimal:
        """KES that are missing."""
        return max(Decimal(0), self.amount - self.received)

    @property
    def excess(self) -> Decimal:
        """KES that came in above the amount."""
        return max(Decimal(0), self.received - self.amount)

    @property
    def refunds_due(self) -> Sequence[Receipt]:
        """The receipts that came in when all was paid already. Refund each of them whole."""
        return excess_of(self._counting, Decimal(0), Decimal(self.amount))

    @property
    def status(self) -> ExpectationStatus:
        """How much has come in."""
        if self.excess:
            return ExpectationStatus.OVERPAID
        if not self.due:
            return ExpectationStatus.PAID
        return ExpectationStatus.PART_PAID if self.received else ExpectationStatus.OPEN

    @property
    def is_paid(self) -> bool:
        """Whether all of it came in."""
        return not self.due

    @property
    def needs_review(self) -> bool:
        """Whether something contradicts one of its receipts, and a person has to look."""
        return any(receipt.needs_review for receipt in self.receipts)

    def to_dict(self, *, view: Literal["customer", "staff"]) -> dict[str, Any]:  # Any: what JSON can hold
        """Return the fields to send as JSON. The sum received is text, since M-Pesa counts cents.

        Args:
            view: For whom. A customer sees neither who paid nor data of the shop's.
        """
        seen: dict[str, Any] = {
            "reference": str(self.reference),
            "order": None if self.order is None else str(self.order),
            "status": self.status.value,
            "paid": self.is_paid and not self.needs_review,
            "amount": self.amount,
            "currency": "KES",
            "received": f"{self.received:f}",
            "due": f"{self.due:f}",
            "excess": f"{self.excess:f}",
            "receipts": [receipt.to_dict(view=view) for receipt in self.receipts],
        }
        if view == "customer":
            return seen
        notes = {"metadata": self.metadata, "needs_review": self.needs_review}
        return {"key": self.key, **seen, **notes, "created_at": self.created_at.isoformat()}

    @property
    def _counting(self) -> Sequence[Receipt]:
        return oldest_first(receipt for receipt in self.receipts if receipt.counts or receipt.refund_due)


def oldest_first(receipts: Iterable[Receipt], /) -> list[Receipt]:
    """Sort receipts by the time at which they were paid. Those that have to go back come last."""

    def age(receipt: Receipt) -> tuple[bool, datetime, str]:
        return receipt.is_second, receipt.paid_at or receipt.created_at, receipt.number

    return sorted(receipts, key=age)


def columns_of(expectation: Expectation, /) -> dict[str, Any]:  # Any: whatever columns hold
    """Return an expectation as the columns of a database: texts are plain, and the notes are JSON."""
    return {
        "key": expectation.key,
        "compared": expectation.compared,
        "reference": str(expectation.reference),
        "amount": expectation.amount,
        "order": None if expectation.order is None else str(expectation.order),
        "metadata": json.dumps(expectation.metadata, allow_nan=False),
        "created_at": expectation.created_at,
        **attrs.asdict(expectation.account),
    }


class Row(Protocol):
    """A row with the columns of an expectation."""

    key: str
    environment: str
    shortcode: str
    tenant: str
    reference: str
    amount: Any  # a person may have edited it
    order: str | None
    metadata: str


def expectation_of(row: Row, created_at: datetime, /) -> Expectation:
    """Return the expectation of a row with these columns, whose time each database reads in its own way.

    Raises:
        RecordUnreadable: If another release wrote it, or a person edited it.
    """
    try:
        notes = json.loads(row.metadata)
    except (TypeError, ValueError):
        notes = None
    if not isinstance(notes, dict):
        raise RecordUnreadable(row.key, "its metadata is no JSON object")
    if not isinstance(row.amount, int):
        raise RecordUnreadable(row.key, "its amount is no whole number")
    return Expectation(
        key=row.key,
        account=Account(row.environment, row.shortcode, row.tenant),
        reference=MaskedText(row.reference),
        amount=row.amount,
        order=None if row.order is None else MaskedText(row.order),
        metadata=cast("dict[str, Any]", notes),
        created_at=created_at,
    )


def expectation_or_unreadable(row: Row, created_at: datetime, /) -> Expectation | Unreadable:
    """Return the expectation of a row, or why it cannot be read."""
    try:
        return expectation_of(row, created_at)
    except RecordUnreadable as error:
        return Unreadable(error.key, error.reason)


class ReceiptStore(RecordStore[Receipt], Protocol):
    """Stores receipts and expectations. ``RecordStore`` describes the methods for records."""

    def expect(self, expectation: Expectation, /) -> Expectation:
        """Store an expectation and return it, without its receipts.

        If its account expects something under the same reference or for the same order, nothing is written, and that
        expectation is returned. Of several callers at the same time one writes.

        Args:
            expectation: What is expected. ``compared`` is its name in the account.
        """
        ...

    def expected(self, compared: str, account: Account, /) -> Expectation | None:
        """Return what an account expects under a reference, without its receipts.

        Args:
            compared: The reference, as references are compared.
            account: Who is paid.
        """
        ...

    def expected_for_order(self, order: str, account: Account, /) -> Expectation | None:
        """Return the expectation of an account for an order, without its receipts.

        Args:
            order: The shop's own id of the order.
            account: Who is paid.
        """
        ...

    def expectations(self, limit: int, account: Account, /) -> Sequence[Expectation | Unreadable]:
        """Return at most *limit* expectations of *account*, the newest first, without their receipts."""
        ...

    def every_expectation(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[Expectation | Unreadable]:
        """Return at most *limit* expectations by their keys, the lowest first, without their receipts.

        Args:
            limit: The largest number of expectations.
            account: Whose expectations; None for all accounts.
            after: The key of the last expectation of the page before; None for the first page.
        """
        ...

    def erase_metadata(self, key: str, /) -> None:
        """Delete the metadata of an expectation, for a customer who wants to be forgotten.

        Args:
            key: The expectation's key.
        """
        ...

    def counted(self, compared: str, account: Account, /) -> Sequence[Receipt]:
        """Return the receipts of *account* whose ``expectation`` is *compared*, the oldest first."""
        ...
