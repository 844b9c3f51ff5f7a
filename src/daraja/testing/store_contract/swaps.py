"""The promises about changes: one writer wins, and its change, its history and its callback are one write."""

from datetime import timedelta

import attrs
import pytest

from daraja.errors import Conflict
from daraja.lifecycle.ports import RecordStore
from daraja.testing.store_contract.base import NOON, R, RecordCase


class SwapPromises(RecordCase[R]):
    """``swap`` and ``history``."""

    def test_a_swap_puts_the_new_record_in_the_place_of_the_old_one(self, store: RecordStore[R]) -> None:
        old = self.inserted(store)
        new = self.next_of(old, status=self.moved, **self.named("ws_CO_1"), checks=1)
        assert store.swap(old, new, self.entry_of(old, new)), "a swap of the version there is True"
        assert store.load(old.key) == new, "load gives the new record"
        assert self.found(store, "ws_CO_1") == new, "find gives the new record"

    def test_a_swap_leaves_other_records_alone(self, store: RecordStore[R]) -> None:
        other = self.inserted(store)
        self.swapped(store, self.inserted(store), status=self.failed)
        assert store.load(other.key) == other, "another record stays as it was"

    def test_a_swap_of_an_older_version_is_lost_and_writes_nothing(self, store: RecordStore[R]) -> None:
        old = self.inserted(store)
        there = self.swapped(store, old, status=self.moved)
        callback = self.recorded(store, key=old.key)
        late = self.next_of(old, status=self.failed, **self.named("ws_CO_9"))
        entry = self.entry_of(old, late, event="callback failed", callback_id=callback.id)
        assert not store.swap(old, late, entry), "a swap of a version that is there no more is False"
        assert store.load(old.key) == there, "the record stays as the winner left it"
        assert self.found(store, "ws_CO_9") is None, "the id of the loser is not taken"
        assert [entry.event for entry in store.history(old.key)] == ["check"], "the history holds only the winner"
        assert store.unprocessed(9) == [callback], "the callback of the loser stays unprocessed"

    def test_the_version_counts_and_not_the_rest_of_the_old_record(self, store: RecordStore[R]) -> None:
        old = self.inserted(store)
        back_again = self.swapped(store, self.swapped(store, old, status=self.moved), status=old.status)
        new = self.next_of(old)
        assert not store.swap(old, new, self.entry_of(old, new)), "a record that looks as before has moved on"
        assert store.load(old.key) == back_again, "and stays as it is"

    def test_a_swap_of_a_record_that_is_not_there_is_lost(self, store: RecordStore[R]) -> None:
        old = self.make_record()
        new = self.next_of(old)
        assert not store.swap(old, new, self.entry_of(old, new)), "nothing can be put in the place of nothing"
        assert store.load(old.key) is None, "nothing was written"
        assert list(store.history(old.key)) == [], "nothing was written into the history"

    def test_the_history_lists_every_entry_the_oldest_first(self, store: RecordStore[R]) -> None:
        record = self.inserted(store)
        assert list(store.history(record.key)) == [], "a record that was inserted has no history yet"
        told: list[object] = []
        for number in range(12):  # ten and two: the tenth comes after the second
            new = self.next_of(record, status=self.moved)
            entry = self.entry_of(record, new, event=f"event {number}", by="Wanjiku", note="\u2013 Sawa, 'sawa'")
            store.swap(record, new, entry)
            told.append(entry)
            record = new
        self.swapped(store, self.inserted(store))
        assert list(store.history(record.key)) == told, "the history gives every entry as it was, the oldest first"

    def test_the_order_of_the_history_is_that_of_the_swaps(self, store: RecordStore[R]) -> None:
        record = self.inserted(store)
        times = [NOON + timedelta(hours=1), NOON, NOON + timedelta(hours=2)]  # clocks of two machines may differ
        for at in times:
            new = self.next_of(record)
            store.swap(record, new, self.entry_of(record, new, at=at))
            record = new
        assert [entry.at for entry in store.history(record.key)] == times, "what was written first is the oldest"

    def test_the_history_of_an_unknown_record_is_empty(self, store: RecordStore[R]) -> None:
        assert list(store.history(self.make_record().key)) == [], "an unknown record has no history"

    def test_every_part_of_an_entry_is_kept(self, store: RecordStore[R]) -> None:
        old = self.inserted(store)
        callback = self.recorded(store, key=old.key)
        new = self.next_of(old, status=self.kind.success, succeeded_at=NOON)
        entry = self.entry_of(old, new, event="callback paid", became_success=True, callback_id=callback.id)
        assert store.swap(old, new, entry), "a swap of the version there is True"
        assert list(store.history(old.key)) == [entry], "the history gives the entry as it was written"

    def test_a_swap_marks_the_callback_that_it_names(self, store: RecordStore[R]) -> None:
        old = self.inserted(store)
        callback, other = self.recorded(store, key=old.key), self.recorded(store, key=old.key)
        new = self.next_of(old)
        store.swap(old, new, self.entry_of(old, new, callback_id=callback.id))
        assert store.unprocessed(9) == [other], "the callback that the entry names is processed, and no other"

    def test_a_swap_may_name_a_callback_that_was_processed_before(self, store: RecordStore[R]) -> None:
        old = self.inserted(store)
        callback = self.recorded(store, key=old.key)
        store.processed(callback.id, "nothing new")
        new = self.next_of(old)
        entry = self.entry_of(old, new, callback_id=callback.id)
        assert store.swap(old, new, entry), "a callback that is processed already holds no swap up"

    def test_an_id_of_another_record_is_a_conflict(self, store: RecordStore[R]) -> None:
        other = self.inserted(store, **self.named("ws_CO_150120261200007712345678"), shortcode="600222")
        old = self.inserted(store)
        callback = self.recorded(store, key=old.key)
        new = self.next_of(old, **self.named("ws_CO_150120261200007712345678"))
        with pytest.raises(Conflict, match=other.key) as caught:
            store.swap(old, new, self.entry_of(old, new, callback_id=callback.id))
        assert "712345678" not in str(caught.value), "a conflict shows no customer's number"
        assert store.load(old.key) == old, "the record stays as it was"
        assert list(store.history(old.key)) == [], "nothing was written into the history"
        assert store.unprocessed(9) == [callback], "the callback stays unprocessed"
        assert self.found(store, "ws_CO_150120261200007712345678") == other, "the other record keeps its id"

    def test_a_race_that_is_lost_is_no_conflict(self, store: RecordStore[R]) -> None:
        self.inserted(store, **self.named("ws_CO_1"))
        old = self.inserted(store)
        self.swapped(store, old)
        late = self.next_of(old, **self.named("ws_CO_1"))
        assert not store.swap(old, late, self.entry_of(old, late)), (
            "a caller who lost the race may read again: that is no conflict"
        )

    def test_an_id_that_is_given_up_is_free(self, store: RecordStore[R]) -> None:
        record = self.inserted(store, **self.named("ws_CO_2"))
        moved = self.swapped(store, record, **self.named("ws_CO_1"))
        assert self.found(store, "ws_CO_1") == moved, "find gives the record by its new id"
        assert self.found(store, "ws_CO_2") is None, "and by the old one no more"
        other = self.inserted(store, **self.named("ws_CO_2"))
        assert self.found(store, "ws_CO_2") == other, "another record may have it"

    def test_a_swap_keeps_its_own_id(self, store: RecordStore[R]) -> None:
        record = self.inserted(store, **self.named("ws_CO_1"))
        new = self.swapped(store, record, status=self.kind.success)
        assert self.found(store, "ws_CO_1") == new, "a record may keep its id"

    def test_a_record_of_many_versions_is_the_last_of_them(self, store: RecordStore[R]) -> None:
        record = self.inserted(store)
        for _ in range(20):
            record = self.swapped(store, record, conflicts=record.conflicts | {f"amount={record.version}"})
        assert store.load(record.key) == attrs.evolve(record, version=20), "load gives the last version"
