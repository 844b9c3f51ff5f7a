"""The promises about the lists: of records that are due, and of those that need a person."""

# ruff: noqa: ANN401 - changes are fields of any type

from datetime import UTC, timedelta, timezone
from typing import Any

import pytest

from daraja.lifecycle.ports import RecordStore
from daraja.lifecycle.record import Resolution
from daraja.testing.store_contract.base import ANOTHER_ACCOUNT, NOON, R, RecordCase

_SECOND = timedelta(seconds=1)
_INSTANT = timedelta(microseconds=1)


class ListPromises(RecordCase[R]):
    """``due`` and ``need_attention``."""

    def test_a_record_is_due_at_its_moment_and_after_and_not_before(self, store: RecordStore[R]) -> None:
        record = self.inserted(store, next_check_at=NOON)
        assert list(store.due(NOON - _INSTANT, 9)) == [], "nothing is due a microsecond before its moment"
        assert list(store.due(NOON, 9)) == [record], "a record is due at its moment"
        assert list(store.due(NOON + _SECOND, 9)) == [record], "a record stays due after its moment"
        east = (NOON - _INSTANT).astimezone(timezone(timedelta(hours=3)))
        assert list(store.due(east, 9)) == [], "the zone in which it is asked makes no difference"

    def test_a_record_without_a_next_check_is_never_due(self, store: RecordStore[R]) -> None:
        self.inserted(store, next_check_at=None)
        assert list(store.due(NOON.replace(year=9998).astimezone(UTC), 9)) == [], "no moment is never due"

    def test_a_record_is_due_no_more_once_it_was_moved(self, store: RecordStore[R]) -> None:
        leased, settled = self.inserted(store, next_check_at=NOON), self.inserted(store, next_check_at=NOON)
        self.swapped(store, leased, next_check_at=NOON + _SECOND)
        self.swapped(store, settled, next_check_at=None)
        assert list(store.due(NOON, 9)) == [], "what was put off or settled is not due"

    def test_the_longest_due_come_first_and_not_more_than_asked_for(self, store: RecordStore[R]) -> None:
        times = [NOON - number * _SECOND for number in (3, 11, 2, 5)]
        records = {at: self.inserted(store, next_check_at=at) for at in times}
        in_order = [records[at] for at in sorted(times)]
        assert list(store.due(NOON, 9)) == in_order, "the longest due come first"
        assert list(store.due(NOON, 2)) == in_order[:2], "a limit leaves the others out"

    def test_each_account_has_its_own_due_records(self, store: RecordStore[R]) -> None:
        mine, theirs, elsewhere = self._of_three_accounts(store, next_check_at=NOON)
        assert list(store.due(NOON, 9, mine.account)) == [mine], "an account sees its own records only"
        assert list(store.due(NOON, 9, theirs.account)) == [theirs], "an account sees its own records only"
        assert list(store.due(NOON, 9, elsewhere.account)) == [elsewhere], "so does another environment of it"
        keys = {record.key for record in store.due(NOON, 9)}
        assert keys == {mine.key, theirs.key, elsewhere.key}, "without an account everybody's are given"
        assert len(store.due(NOON, 2, mine.account)) == 1, "the records of others fill no place"

    @pytest.mark.parametrize("conflicts", [frozenset({"amount=499"}), frozenset[str]()], ids=["conflict", "stopped"])
    def test_what_a_person_has_to_look_at_is_listed_until_they_have(
        self,
        store: RecordStore[R],
        conflicts: frozenset[str],
    ) -> None:
        record = self.inserted(store)
        assert list(store.need_attention(9)) == [], "a record in good order is not listed"
        record = self.swapped(store, record, **({"conflicts": conflicts} if conflicts else {"status": self.unclear}))
        assert list(store.need_attention(9)) == [record], "a record that needs attention is listed"
        decision = Resolution(
            paid=False, note="", by="Otieno", at=NOON, status=record.status.value, conflicts=record.conflicts
        )
        self.swapped(store, record, resolution=decision)
        assert list(store.need_attention(9)) == [], "a record that was looked at is not listed"

    def test_the_oldest_that_need_attention_come_first(self, store: RecordStore[R]) -> None:
        times = [NOON - number * _SECOND for number in (3, 11, 2, 5)]
        records = {at: self.inserted(store, created_at=at, status=self.unclear) for at in times}
        in_order = [records[at] for at in sorted(times)]
        assert list(store.need_attention(9)) == in_order, "the oldest come first"
        assert list(store.need_attention(2)) == in_order[:2], "a limit leaves the others out"

    def test_each_account_has_its_own_that_need_attention(self, store: RecordStore[R]) -> None:
        mine, theirs, elsewhere = self._of_three_accounts(store, status=self.unclear)
        assert list(store.need_attention(9, mine.account)) == [mine], "an account sees its own records only"
        assert list(store.need_attention(9, theirs.account)) == [theirs], "an account sees its own records only"
        assert list(store.need_attention(9, elsewhere.account)) == [elsewhere], "so does another environment of it"
        keys = {record.key for record in store.need_attention(9)}
        assert keys == {mine.key, theirs.key, elsewhere.key}, "without an account everybody's are given"

    def _of_three_accounts(self, store: RecordStore[R], **changes: Any) -> list[R]:
        shortcode = ANOTHER_ACCOUNT.shortcode
        others = [{}, {"shortcode": shortcode}, {"environment": "sandbox"}]
        return [self.inserted(store, **changes, **other) for other in others]
