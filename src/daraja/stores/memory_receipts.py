"""Receipts and expectations in this process's memory."""

from collections.abc import Sequence
from typing import Final

import attrs

from daraja.inbound.expectation import Expectation
from daraja.inbound.model import Receipt
from daraja.lifecycle.record import Account
from daraja.stores.memory import MemoryRecords, age, is_of


class MemoryReceiptStore(MemoryRecords[Receipt]):
    """A ``ReceiptStore`` without a database; what it holds is lost with the process, so take no real money with it."""

    def __init__(self) -> None:
        super().__init__()
        self._expectations: Final[dict[tuple[Account, str], Expectation]] = {}

    def expect(self, expectation: Expectation, /) -> Expectation:
        """See ``ReceiptStore.expect``."""
        name = expectation.account, expectation.compared
        with self._lock:
            if name not in self._expectations and (other := self._for_order(expectation.order, expectation.account)):
                return other
            return self._expectations.setdefault(name, attrs.evolve(expectation, receipts=()))

    def expected(self, compared: str, account: Account, /) -> Expectation | None:
        """See ``ReceiptStore.expected``."""
        with self._lock:
            return self._expectations.get((account, compared))

    def expected_for_order(self, order: str, account: Account, /) -> Expectation | None:
        """See ``ReceiptStore.expected_for_order``."""
        with self._lock:
            return self._for_order(order, account)

    def expectations(self, limit: int, account: Account, /) -> Sequence[Expectation]:
        """See ``ReceiptStore.expectations``."""
        with self._lock:
            found = [one for one in self._expectations.values() if one.account == account]
        return sorted(found, key=lambda one: (one.created_at, one.compared), reverse=True)[:limit]

    def every_expectation(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[Expectation]:
        """See ``ReceiptStore.every_expectation``."""
        with self._lock:
            found = [one for one in self._expectations.values() if is_of(one.account, account)]
        return sorted((one for one in found if one.key > (after or "")), key=lambda one: one.key)[:limit]

    def erase_metadata(self, key: str, /) -> None:
        """See ``ReceiptStore.erase_metadata``."""
        with self._lock:
            for name, one in self._expectations.items():
                if one.key == key:
                    self._expectations[name] = attrs.evolve(one, metadata={})

    def counted(self, compared: str, account: Account, /) -> Sequence[Receipt]:
        """See ``ReceiptStore.counted``."""
        with self._lock:
            found = [one for one in self._records.values() if one.expectation == compared and one.account == account]
        return sorted(found, key=age)

    def _for_order(self, order: str | None, account: Account) -> Expectation | None:
        if order is None:
            return None
        found = (one for one in self._expectations.values() if (one.order, one.account) == (order, account))
        return next(found, None)
