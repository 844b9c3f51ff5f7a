"""The store of receipts in a database of Django's, so that orders and receipts change in one transaction."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Final

from django.db import IntegrityError
from django.db.models import Q

import daraja
from daraja.django import rows
from daraja.django.models import Expectation, Receipt, ReceiptCallback, ReceiptHistoryEntry
from daraja.django.records import DjangoRecords
from daraja.django.signals import receipt_changed, receipt_received
from daraja.errors import Conflict
from daraja.inbound.expectation import columns_of, expectation_of, expectation_or_unreadable
from daraja.lifecycle.ports import HistoryEntry, Unreadable
from daraja.lifecycle.record import Account

RECEIPTS: Final = rows.Tables(
    record=daraja.Receipt, records=Receipt, history=ReceiptHistoryEntry, callbacks=ReceiptCallback
)
"""The models of receipts."""


class DjangoReceiptStore(DjangoRecords[daraja.Receipt]):
    """Stores receipts and expectations with Django's models, in tables of their own.

    ``daraja.testing.ReceiptStoreContract`` proves it.

    Args:
        on_received: Called with each receipt that counts, inside the transaction that matches it: exactly once. Of
            receipts for one expectation one is passed after the other, so that the function sees all that came before.
            If it raises, nothing is written, and the confirmation is tried again later.
    """

    def __init__(self, *, on_received: Callable[[daraja.Receipt], object] | None = None) -> None:
        super().__init__(RECEIPTS, on_success=None if on_received is None else self._one_by_one(on_received))
        self._expectations: Final = Expectation.objects.using(self._using)

    def expect(self, expectation: daraja.Expectation, /) -> daraja.Expectation:
        """See ``ReceiptStore.expect``."""
        account = expectation.account
        values = columns_of(expectation) | {"created_at": rows.kept_time(expectation.created_at)}
        try:
            self._write(lambda: self._expectations.create(**values))
        except IntegrityError as error:
            found = self.expected(expectation.compared, account)
            if found is None and expectation.order is not None:
                found = self.expected_for_order(expectation.order, account)
            if found is None:
                message = f"expectation {expectation.key} is refused for another one that cannot be found"
                raise Conflict(message) from error
            return found
        return expectation

    def expected(self, compared: str, account: Account, /) -> daraja.Expectation | None:
        """See ``ReceiptStore.expected``."""
        return next(self._expected(account, compared=str(compared)), None)

    def expected_for_order(self, order: str, account: Account, /) -> daraja.Expectation | None:
        """See ``ReceiptStore.expected_for_order``."""
        return next(self._expected(account, order=str(order)), None)

    def expectations(self, limit: int, account: Account, /) -> Sequence[daraja.Expectation | Unreadable]:
        """See ``ReceiptStore.expectations``."""
        found = rows.of_account(self._expectations.all(), account).order_by("-created_at", "-compared")
        return [_expectation_or_unreadable(row) for row in found[:limit]]

    def every_expectation(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[daraja.Expectation | Unreadable]:
        """See ``ReceiptStore.every_expectation``."""
        found = rows.of_account(self._expectations.filter(key__gt=after or ""), account)
        return [_expectation_or_unreadable(row) for row in found.order_by("key")[:limit]]

    def erase_metadata(self, key: str, /) -> None:
        """See ``ReceiptStore.erase_metadata``."""
        self._write(lambda: self._expectations.filter(key=str(key)).update(metadata="{}"))

    def counted(self, compared: str, account: Account, /) -> Sequence[daraja.Receipt]:
        """See ``ReceiptStore.counted``."""
        found = rows.of_account(self._rows.filter(expectation=str(compared)), account)
        return [self._record_of(row) for row in found.order_by("created_at", "key")]

    def _expected(self, account: Account, **is_it: str) -> "map[daraja.Expectation]":
        return map(_expectation_of, rows.of_account(self._expectations.filter(**is_it), account))

    def _one_by_one(self, on_received: Callable[[daraja.Receipt], object]) -> Callable[[daraja.Receipt], object]:
        @wraps(on_received)
        def receive(receipt: daraja.Receipt) -> object:
            if receipt.expectation is not None:
                same = self._expectations.filter(compared=str(receipt.expectation))
                list(rows.of_account(same, receipt.account).select_for_update())
            return on_received(receipt)

        return receive

    def _is_of_order(self, order: str) -> Q:
        return Q(order=str(order))

    def _signal(self, old: daraja.Receipt, new: daraja.Receipt, entry: HistoryEntry) -> None:
        receipt_changed.send_robust(self._model, receipt=new, before=old)
        if entry.became_success:
            receipt_received.send_robust(self._model, receipt=new, before=old)


def _expectation_of(row: Expectation) -> daraja.Expectation:
    return expectation_of(row, rows.read_time(row.created_at))


def _expectation_or_unreadable(row: Expectation) -> daraja.Expectation | Unreadable:
    return expectation_or_unreadable(row, rows.read_time(row.created_at))
