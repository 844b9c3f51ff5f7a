"""The further promises of a store of receipts: expectations, and the receipts that count for each."""

# ruff: noqa: ANN401 - changes are fields of a value, which may be of any type

import secrets
from datetime import timedelta
from functools import partial
from typing import Any

import attrs
import pytest

from daraja.errors import Conflict
from daraja.inbound.announcement import receipt_key
from daraja.inbound.expectation import Expectation, ReceiptStore
from daraja.inbound.model import Receipt, ReceiptStatus
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.record import Account
from daraja.testing.store_contract.base import ANOTHER_ACCOUNT, NOON, RecordCase, with_facts
from daraja.testing.store_contract.races import Race, turns

_MANY = 50
_OURS = Account("simulator", "600111")


class ReceiptCase(RecordCase[Receipt]):
    """The receipts and expectations of a contract."""

    kind = Receipt.kind

    def make_store(self) -> ReceiptStore:
        """Make an empty store: override this, or the fixture ``store``."""
        raise NotImplementedError

    @property
    def unclear(self) -> ReceiptStatus:
        """Money that came in and is not matched."""
        return ReceiptStatus.RECEIVED

    def make_receipt(self, number: str, **changes: Any) -> Receipt:
        """Make a receipt that is not in the store yet, by its receipt number, and *changes* to its fields."""
        receipt = Receipt(
            key=receipt_key(_OURS, number),
            account=_OURS,
            facts={"transaction_id": number},
            created_at=NOON,
            updated_at=NOON,
        )
        return with_facts(receipt, **changes)

    def make_record(self, **changes: Any) -> Receipt:
        """Make a receipt of a number of its own."""
        return self.make_receipt(f"UAF{secrets.token_hex(4).upper()}", **changes)

    def make_expectation(self, **changes: Any) -> Expectation:
        """Make an expectation that is not in the store yet, with *changes* to its fields."""
        expectation = Expectation(
            key=secrets.token_hex(16), account=_OURS, reference="inv 174", amount=500, created_at=NOON
        )
        return attrs.evolve(expectation, **changes)


class ReceiptPromises(ReceiptCase, Race[Receipt]):
    """``expect``, ``expected``, ``expected_for_order``, ``expectations`` and ``counted``."""

    def test_an_expectation_is_found_by_its_reference_as_references_are_compared(self, store: ReceiptStore) -> None:
        made = self.make_expectation(order="ORD-1", metadata={"basket": [1, "two"]})
        assert store.expect(made) == made, "expect gives what it stored"
        assert store.expected("INV174", _OURS) == made, "it is found under INV174"
        assert store.expected("inv 174", _OURS) is None, "and under no other spelling: callers compare"
        assert store.expected("INV174", ANOTHER_ACCOUNT) is None, "each account expects its own"

    def test_what_the_caller_does_with_metadata_afterwards_changes_no_expectation(self, store: ReceiptStore) -> None:
        metadata = {"items": ["shirt"]}
        made = store.expect(self.make_expectation(metadata=metadata))
        metadata["items"].append("sheet")
        made.metadata["items"].append("cap")
        found = store.expected("INV174", _OURS)
        assert found is not None, "it is stored"
        assert found.metadata == {"items": ["shirt"]}, "changes by the caller change nothing that is stored"

    def test_the_same_reference_gives_the_expectation_that_is_there(self, store: ReceiptStore) -> None:
        first = store.expect(self.make_expectation())
        assert store.expect(self.make_expectation(reference="INV-174", amount=900)) == first, "nothing is written"
        assert store.expected("INV174", _OURS) == first, "and nothing has changed"

    def test_the_same_order_gives_the_expectation_that_is_there(self, store: ReceiptStore) -> None:
        first = store.expect(self.make_expectation(order="ORD-1"))
        assert store.expect(self.make_expectation(reference="9", order="ORD-1")) == first, "nothing is written"
        assert store.expected("9", _OURS) is None, "nothing is written"

    def test_an_expectation_is_found_by_its_order(self, store: ReceiptStore) -> None:
        store.expect(self.make_expectation(reference="9"))
        made = store.expect(self.make_expectation(order="ORD-1"))
        assert store.expected_for_order("ORD-1", _OURS) == made, "it is found under its order"
        assert store.expected_for_order("ORD-2", _OURS) is None, "another order has none"
        assert store.expected_for_order("ORD-1", ANOTHER_ACCOUNT) is None, "each account expects its own"

    def test_expectations_without_an_order_and_of_other_accounts_collide_with_nothing(
        self, store: ReceiptStore
    ) -> None:
        made = [
            self.make_expectation(reference="1"),
            self.make_expectation(reference="2"),
            self.make_expectation(reference="1", account=ANOTHER_ACCOUNT, order="ORD-1"),
            self.make_expectation(reference="3", order="ORD-1"),
        ]
        assert [store.expect(one) for one in made] == made, "each of them is new"

    def test_the_newest_expectations_of_an_account_come_first(self, store: ReceiptStore) -> None:
        made = [
            store.expect(self.make_expectation(reference=f"{number}", created_at=NOON + timedelta(minutes=number)))
            for number in range(4)
        ]
        store.expect(self.make_expectation(account=ANOTHER_ACCOUNT))
        assert list(store.expectations(3, _OURS)) == made[:0:-1], "three of four, the newest first"

    def test_every_expectation_is_listed_page_by_page(self, store: ReceiptStore) -> None:
        made = [store.expect(self.make_expectation(reference=f"{number}")) for number in range(3)]
        other = store.expect(self.make_expectation(account=ANOTHER_ACCOUNT))
        by_key = sorted(made, key=lambda one: one.key)
        assert list(store.every_expectation(2, _OURS)) == by_key[:2], "the lowest keys come first"
        assert list(store.every_expectation(2, _OURS, by_key[1].key)) == by_key[2:], "then the others"
        everywhere = {one.key for one in store.every_expectation(9)}
        assert everywhere == {one.key for one in (*made, other)}, "without an account, those of all"

    def test_the_metadata_of_one_expectation_is_erased(self, store: ReceiptStore) -> None:
        first = store.expect(self.make_expectation(metadata={"phone": "254712345678"}))
        second = store.expect(self.make_expectation(reference="2", metadata={"phone": "254712345678"}))
        store.erase_metadata(first.key)
        assert store.expected("INV174", _OURS) == attrs.evolve(first, metadata={}), "the rest of it stays"
        assert store.expected("2", _OURS) == second, "the other one stays as it is"

    def test_of_many_callers_one_expectation_is_written(self, store: ReceiptStore, another_store: ReceiptStore) -> None:
        works = [
            partial(one.expect, self.make_expectation(reference=f"{number % 2}", order="ORD-1", amount=number + 1))
            for number, one in zip(range(_MANY), turns(store, another_store), strict=False)
        ]
        assert len({one.amount for one in self.run(works)}) == 1, "all of them get the same one"

    def test_what_counts_for_an_expectation_is_listed_with_the_oldest_first(self, store: ReceiptStore) -> None:
        late = self.inserted(store, created_at=NOON + timedelta(minutes=1))
        early, other = self.inserted(store), self.inserted(store)
        matched = [
            self.swapped(store, one, expectation="INV174", status=ReceiptStatus.RECEIVED) for one in (late, early)
        ]
        self.swapped(store, other, expectation="INV175")
        assert list(store.counted("INV174", _OURS)) == matched[::-1], "those of one reference, the oldest first"
        assert list(store.counted("INV174", ANOTHER_ACCOUNT)) == [], "each account has its own"

    def test_the_receipts_of_an_order_are_listed(self, store: ReceiptStore) -> None:
        one, _ = self.inserted(store), self.inserted(store)
        matched = self.swapped(store, one, order="ORD-1", status=ReceiptStatus.RECEIVED)
        assert list(store.list(Filter(order="ORD-1", account=_OURS), 9)) == [matched], "a filter finds it"

    def test_two_receipts_never_have_one_turn(self, store: ReceiptStore) -> None:
        one, other = self.inserted(store), self.inserted(store)
        self.swapped(store, one, order="ORD-1", turn=1, status=ReceiptStatus.RECEIVED)
        new = self.next_of(other, order="ORD-1", turn=1, status=ReceiptStatus.RECEIVED)
        with pytest.raises(Conflict):
            store.swap(other, new, self.entry_of(other, new))
        assert store.load(other.key) == other, "nothing is written"
        self.swapped(store, other, order="ORD-2", turn=1, status=ReceiptStatus.RECEIVED)

    def test_of_many_bookings_of_one_receipt_one_is_written(
        self, store: ReceiptStore, another_store: ReceiptStore
    ) -> None:
        first = self.inserted(store)

        def book(one: ReceiptStore, number: int) -> bool:
            new = self.next_of(first, expectation=f"{number}", status=ReceiptStatus.RECEIVED, succeeded_at=NOON)
            return one.swap(first, new, self.entry_of(first, new, became_success=True))

        works = [
            partial(book, one, number) for number, one in zip(range(_MANY), turns(store, another_store), strict=False)
        ]
        assert self.run(works).count(True) == 1, "one booking is written"
        became = [entry for entry in store.history(first.key) if entry.became_success]
        assert len(became) == 1, "and the history has it once"
