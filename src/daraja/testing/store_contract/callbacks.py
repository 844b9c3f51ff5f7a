"""The promises about callbacks: each is kept as it came, listed until it is processed, and purged by age."""

from datetime import timedelta, timezone

import attrs
import pytest

from daraja.errors import Conflict
from daraja.lifecycle.ports import ReceivedCallback, RecordStore
from daraja.lifecycle.record import Account, Resolution
from daraja.testing.store_contract.base import ANOTHER_ACCOUNT, NOON, R, RecordCase

_LATER = NOON + timedelta(days=1)


class CallbackPromises(RecordCase[R]):
    """``record``, ``unprocessed``, ``processed`` and ``purge``."""

    @pytest.mark.parametrize("body", [b"", bytes(range(256)), b'{"Body": "\\u0000"}', b"x" * 65_537], ids=len)
    def test_a_body_is_kept_to_the_byte(self, store: RecordStore[R], body: bytes) -> None:
        callback = self.recorded(store, body=body)
        assert store.unprocessed(9) == [callback], "a callback is given as it was recorded, with its id"

    @pytest.mark.parametrize("key", [None, "0" * 32])
    def test_a_callback_is_kept_whether_or_not_it_has_a_record(self, store: RecordStore[R], key: str | None) -> None:
        callback = self.recorded(store, key=key, remote_ip="")
        assert store.unprocessed(9) == [callback], "a callback is given as it was recorded, with its id"

    def test_the_time_of_a_callback_is_kept_in_any_zone(self, store: RecordStore[R]) -> None:
        self.recorded(store, received_at=NOON.astimezone(timezone(timedelta(hours=3))))
        (kept,) = store.unprocessed(1)
        assert isinstance(kept, ReceivedCallback), "a callback that was recorded can be read"
        found = kept.received_at
        assert found == NOON, "the time of a callback is the time that was recorded"
        assert found.tzinfo is not None, "a time that is read knows its zone"

    def test_callbacks_are_listed_in_the_order_they_came(self, store: RecordStore[R]) -> None:
        callbacks = [self.recorded(store, received_at=NOON - timedelta(seconds=number)) for number in range(12)]
        assert len({callback.id for callback in callbacks}) == 12, "each has an id of its own"
        assert list(store.unprocessed(99)) == callbacks, "what was recorded first comes first"
        assert list(store.unprocessed(5)) == callbacks[:5], "a limit leaves the others out"

    def test_a_list_goes_on_after_an_id(self, store: RecordStore[R]) -> None:
        callbacks = [self.recorded(store) for _ in range(12)]
        assert list(store.unprocessed(3, None, callbacks[8].id)) == callbacks[9:], "the list goes on after that id"
        assert list(store.unprocessed(2, None, callbacks[0].id)) == callbacks[1:3], "a limit leaves the others out"
        assert list(store.unprocessed(9, None, callbacks[-1].id)) == [], "after the last there is none"
        store.processed(callbacks[4].id, "nothing new")
        assert list(store.unprocessed(1, None, callbacks[4].id)) == [callbacks[5]], "a processed one marks a place too"

    def test_each_account_has_its_own_callbacks(self, store: RecordStore[R]) -> None:
        mine, theirs = self.recorded(store), self.recorded(store, account=ANOTHER_ACCOUNT)
        elsewhere = self.recorded(store, account=Account("sandbox", mine.account.shortcode))
        assert list(store.unprocessed(9, mine.account)) == [mine], "an account sees its own callbacks only"
        assert list(store.unprocessed(9, theirs.account)) == [theirs], "an account sees its own callbacks only"
        assert list(store.unprocessed(9, elsewhere.account)) == [elsewhere], "so does another environment of it"
        assert list(store.unprocessed(9, mine.account, mine.id)) == [], "also if a list goes on"
        assert list(store.unprocessed(9)) == [mine, theirs, elsewhere], "without an account everybody's are given"

    def test_what_is_processed_is_listed_no_more(self, store: RecordStore[R]) -> None:
        first, second = self.recorded(store), self.recorded(store)
        store.processed(first.id, "malformed")
        assert list(store.unprocessed(9)) == [second], "a processed callback is not listed"
        store.processed(first.id, "nothing new")
        assert list(store.unprocessed(9)) == [second], "processing it twice does no harm"
        store.processed(second.id, "")
        assert list(store.unprocessed(9)) == [], "an empty note is a note"

    def test_no_more_are_kept_than_the_limit_of_an_account_and_key(self, store: RecordStore[R]) -> None:
        first = self.recorded(store, limit=2)
        store.processed(first.id, "what is processed counts as well")
        second = self.recorded(store, key=first.key, limit=2)
        with pytest.raises(Conflict):
            store.record(self.make_callback(key=first.key, limit=2))
        assert list(store.unprocessed(9)) == [second], "a callback beyond the limit is not kept"
        others = [
            self.recorded(store, limit=2),
            self.recorded(store, limit=2, key=None),
            self.recorded(store, limit=2, key=first.key, account=ANOTHER_ACCOUNT),
            self.recorded(store, limit=2, key=first.key, account=Account("sandbox", first.account.shortcode)),
            self.recorded(store, limit=3, key=first.key),
        ]
        assert list(store.unprocessed(9)) == [second, *others], "another key, account or limit has room"

    def test_callbacks_without_a_key_have_one_limit_together(self, store: RecordStore[R]) -> None:
        kept = [self.recorded(store, limit=2, key=None), self.recorded(store, limit=2, key=None)]
        with pytest.raises(Conflict):
            store.record(self.make_callback(limit=2, key=None))
        kept += [self.recorded(store, limit=2, key=None, account=ANOTHER_ACCOUNT)]
        assert list(store.unprocessed(9)) == kept, "a callback beyond the limit is not kept"

    def test_only_processed_callbacks_from_before_are_purged(self, store: RecordStore[R]) -> None:
        waiting = self.recorded(store)
        at_the_moment = self.recorded(store, received_at=_LATER, limit=2)
        old = [self.recorded(store, key=at_the_moment.key, limit=2), self.recorded(store, key=None)]
        for callback in (at_the_moment, *old):
            store.processed(callback.id, "nothing new")
        assert store.purge(_LATER, 9) == 2, "purge gives how many it deleted"
        assert store.purge(_LATER, 9) == 0, "which are gone then"
        assert list(store.unprocessed(9)) == [waiting], "what is not processed stays"
        self.recorded(store, key=at_the_moment.key, limit=2)
        with pytest.raises(Conflict):  # so the one that came at that moment has stayed, and the old one gone
            store.record(self.make_callback(key=at_the_moment.key, limit=2))

    def test_only_callbacks_without_a_key_are_purged_as_unsigned(self, store: RecordStore[R]) -> None:
        waiting, signed = self.recorded(store, key=None), self.recorded(store)
        mine, theirs = self.recorded(store, key=None), self.recorded(store, key=None, account=ANOTHER_ACCOUNT)
        late = self.recorded(store, key=None, received_at=_LATER)
        for callback in (signed, mine, theirs, late):
            store.processed(callback.id, "malformed")
        assert store.purge_unsigned(_LATER, 9, mine.account) == 1, "purge_unsigned gives how many it deleted"
        assert store.purge_unsigned(_LATER, 0) == 0, "a limit leaves the others for another time"
        assert store.purge_unsigned(_LATER, 9) == 1, "without an account everybody's are purged"
        assert store.purge(_LATER, 9) == 1, "a callback with a key stays for purge"
        assert list(store.unprocessed(9)) == [waiting], "what is not processed stays"

    def test_processed_callbacks_are_listed_in_pages(self, store: RecordStore[R]) -> None:
        waiting, first, theirs, second = (
            self.recorded(store),
            self.recorded(store),
            self.recorded(store, key=None, account=ANOTHER_ACCOUNT),
            self.recorded(store, key=None),
        )
        for callback in (second, theirs, first):
            store.processed(callback.id, "nothing new")
        assert list(store.processed_callbacks(9)) == [first, theirs, second], "the one that came first comes first"
        assert list(store.processed_callbacks(9, first.account)) == [first, second], "an account has its own only"
        assert list(store.processed_callbacks(1, None, first.id)) == [theirs], "the next page begins after the last one"
        assert list(store.unprocessed(9)) == [waiting], "what is not processed is no part of it"

    def test_of_some_callbacks_only_the_processed_ones_are_deleted(self, store: RecordStore[R]) -> None:
        waiting, done, kept = self.recorded(store), self.recorded(store), self.recorded(store, key=None)
        for callback in (done, kept):
            store.processed(callback.id, "nothing new")
        assert store.delete_callbacks([waiting.id, done.id, done.id]) == 1, "it gives how many it deleted, each once"
        assert store.delete_callbacks([done.id]) == 0, "which are gone then"
        assert store.delete_callbacks([]) == 0, "none is none"
        assert (list(store.unprocessed(9)), list(store.processed_callbacks(9))) == ([waiting], [kept])

    def test_no_more_are_purged_than_asked_for(self, store: RecordStore[R]) -> None:
        for _ in range(5):
            store.processed(self.recorded(store).id, "nothing new")
        assert [store.purge(_LATER, 2) for _ in range(4)] == [2, 2, 1, 0], "a limit leaves the others for another time"

    def test_each_account_purges_its_own(self, store: RecordStore[R]) -> None:
        mine, theirs = self.recorded(store), self.recorded(store, account=ANOTHER_ACCOUNT)
        for callback in (mine, theirs):
            store.processed(callback.id, "nothing new")
        assert store.purge(_LATER, 9, Account("sandbox", mine.account.shortcode)) == 0, "that account has none"
        assert store.purge(_LATER, 9, mine.account) == 1, "an account purges its own only"
        assert store.purge(_LATER, 9) == 1, "without an account everybody's are purged"

    def test_the_callbacks_of_a_record_that_needs_attention_stay(self, store: RecordStore[R]) -> None:
        record = self.inserted(store, status=self.unclear)
        store.processed(self.recorded(store, key=record.key).id, "nothing new")
        store.processed(self.recorded(store).id, "nothing new")
        assert store.purge(_LATER, 9) == 1, "the callback of a record that a person has to look at stays"
        decision = Resolution(paid=False, note="a test of ours", by="Wanjiku", at=NOON, status=self.unclear.value)
        self.swapped(store, record, resolution=decision)
        assert store.purge(_LATER, 9) == 1, "and goes once they have looked"

    def test_an_id_never_comes_back(self, store: RecordStore[R]) -> None:
        purged = self.recorded(store)
        store.processed(purged.id, "nothing new")
        store.purge(_LATER, 9)
        assert self.recorded(store).id != purged.id, "a new callback gets a new id"
        store.processed(purged.id, "a note on what is gone does no harm")
        assert len(store.unprocessed(9)) == 1, "and reaches no other callback"

    def test_a_callback_that_is_recorded_again_is_another_one(self, store: RecordStore[R]) -> None:
        first = self.recorded(store)
        second = attrs.evolve(first, id=store.record(first))
        assert list(store.unprocessed(9)) == [first, second], "the id of what is recorded is the store's to give"
