"""The promises about pages of records, by the fields of a filter."""

# ruff: noqa: ANN401 - a filter has fields of any type

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from daraja.lifecycle.filter import Filter
from daraja.lifecycle.kind import Kind
from daraja.lifecycle.ports import RecordStore
from daraja.testing.store_contract.base import ANOTHER_ACCOUNT, NOON, R, RecordCase

_SECOND = timedelta(seconds=1)


def _those(**which: Any) -> Callable[[Kind], Filter]:
    return lambda _: Filter(**which)


def _paid(**which: Any) -> Callable[[Kind], Filter]:
    return lambda kind: Filter(status=kind.success, **which)


class ListingPromises(RecordCase[R]):
    """``list`` and ``count_due``."""

    def test_a_list_shows_the_newest_first(self, store: RecordStore[R]) -> None:
        times = [NOON + number * _SECOND for number in (3, 11, 2, 5)]
        records = {at: self.inserted(store, created_at=at) for at in times}
        newest_first = [records[at] for at in sorted(times, reverse=True)]
        assert list(store.list(Filter(), 9)) == newest_first, "the newest come first"
        assert list(store.list(Filter(), 2)) == newest_first[:2], "a limit leaves the others out"

    def test_pages_follow_each_other_without_a_gap_and_without_repetition(self, store: RecordStore[R]) -> None:
        records = [self.inserted(store, created_at=NOON + number // 3 * _SECOND) for number in range(8)]
        in_order = sorted(records, key=lambda record: (record.created_at, record.key), reverse=True)
        listed = list(store.list(Filter(), 3))
        while page := store.list(Filter(), 3, listed[-1].key):
            listed += page
            self.inserted(store, created_at=NOON + timedelta(days=1))  # a new one on the first page moves no other page
        assert list(store.list(Filter(), 3, "0" * 32)) == [], "after an unknown key there is nothing"
        assert listed == in_order, "of records of the same time, the one with the highest key comes first"

    @pytest.mark.parametrize(
        ("which", "shown"),
        [
            (_paid(), {"paid"}),
            (_those(status="failed"), set[str]()),
            (_those(since=NOON + _SECOND), {"paid", "elsewhere"}),
            (_those(until=NOON + _SECOND), {"open"}),
            (_those(since=NOON, until=NOON + 2 * _SECOND), {"open", "paid"}),
            (_those(phone="0722 000 000"), {"paid"}),
            (_those(receipt=" uaf1aaaaaa "), {"paid"}),
            (_those(idempotency_key="rider 17"), {"paid"}),
            (_those(account=ANOTHER_ACCOUNT), {"elsewhere"}),
            (_paid(account=ANOTHER_ACCOUNT), set[str]()),
            (_those(status="pending", phone="0712345678"), {"open", "elsewhere"}),
            (_those(check_after=NOON), {"elsewhere"}),
        ],
        ids=[
            "status",
            "a status that none has",
            "since",
            "until",
            "since and until",
            "phone",
            "receipt",
            "idempotency key",
            "account",
            "account and status",
            "status and phone",
            "check_after",
        ],
    )
    def test_a_filter_limits_the_list(
        self, store: RecordStore[R], which: Callable[[Kind], Filter], shown: set[str]
    ) -> None:
        later, latest = NOON + _SECOND, NOON + 2 * _SECOND
        named = {**self.to_phone("254722000000"), **self.receipted("UAF1AAAAAA")}
        paid = {"status": self.kind.success, "created_at": later, "idempotency_key": "rider 17", **named}
        there = {
            self.inserted(store, next_check_at=NOON).key: "open",
            self.inserted(store, **paid).key: "paid",
            self.inserted(
                store, created_at=latest, next_check_at=later, shortcode=ANOTHER_ACCOUNT.shortcode
            ).key: "elsewhere",
        }
        assert {there[one.key] for one in store.list(which(self.kind), 9)} == shown, (
            "a list shows what the filter names"
        )
        assert [one.key for one in store.list(which(self.kind), 9, next(iter(there)))] == [], "the oldest is the last"

    def test_a_list_shows_a_record_as_it_is_now(self, store: RecordStore[R]) -> None:
        record = self.inserted(store)
        after = self.swapped(store, record, status=self.kind.success, **self.receipted("UAF1AAAAAA"))
        assert list(store.list(Filter(status="pending"), 9)) == [], "its status has changed"
        assert list(store.list(Filter(status=self.kind.success, receipt="UAF1AAAAAA"), 9)) == [after], (
            "and so has its receipt"
        )

    def test_the_records_that_are_due_are_counted(self, store: RecordStore[R]) -> None:
        for number in range(3):
            self.inserted(store, next_check_at=NOON + number * _SECOND)
        mine = self.inserted(store, next_check_at=NOON, shortcode=ANOTHER_ACCOUNT.shortcode)
        self.inserted(store, next_check_at=None)
        assert store.count_due(NOON - _SECOND) == 0, "none is due yet"
        assert store.count_due(NOON + _SECOND) == 3, "without an account everybody's are counted"
        assert store.count_due(NOON + _SECOND, mine.account) == 1, "an account counts its own only"
