"""The promises about new records: each is kept whole, and is the only one with its key and its ids."""

from datetime import timedelta, timezone

import pytest

from daraja.errors import Conflict
from daraja.lifecycle.evidence import Source
from daraja.lifecycle.ports import RecordStore
from daraja.lifecycle.record import Resolution
from daraja.testing.store_contract.base import NOON, R, RecordCase


class InsertPromises(RecordCase[R]):
    """``insert``, ``load`` and ``find``."""

    def test_a_record_that_was_inserted_is_loaded_as_it_was(self, store: RecordStore[R]) -> None:
        record = self.make_record()
        assert store.insert(record) == record, "insert gives the record that it has written"
        assert store.load(record.key) == record, "load gives the record that was inserted"

    def test_no_fact_of_a_record_is_lost(self, store: RecordStore[R]) -> None:
        decision = Resolution(
            paid=True, note="seen on the statement", by="Wanjiku", at=NOON, conflicts=frozenset({"amount=499"})
        )
        record = self.make_record(
            idempotency_key="attempt 1",
            metadata={"order_id": "ORD-2026-001", "lines": [{"price": 1.5, "gift": None}], "total": 10**20},
            status=self.kind.success,
            conflicts=frozenset({"amount=499", "receipt=UAF2BBBBBB"}),
            resolution=decision,
            facts={"merchant_request_id": "7d1f-4c02-1", "amount": "500"},
            **{**self.named("ws_CO_150120261200007712345678"), **self.receipted("UAF1AAAAAA")},
            result_code="0",
            result_description="Paid. \u2013 Asante! \U0001f389 'quoted' \"twice\"",
            decided_by=Source.CALLBACK,
            denials=frozenset({"query=1032"}),
            denied_at={"1767000000": (NOON, NOON + timedelta(microseconds=1))},
            readings={"1767000000": (NOON, NOON + timedelta(minutes=1))},
            hurried_at=NOON,
            unanswered=2,
            refusal=("ApiError", 400, "400.002.02", "Bad Request", None),
            next_check_at=NOON + timedelta(days=1),
            checks=7,
            succeeded_at=NOON,
            notified_at=NOON,
            version=3,
        )
        store.insert(record)
        assert store.load(record.key) == record, "load gives every fact of a record as it was inserted"

    def test_metadata_is_kept_whatever_json_holds(self, store: RecordStore[R]) -> None:
        metadata: dict[str, object] = {
            "": "",
            "NUL \0": "half \ud800",
            "\U0001f9fa": [True, None, -1, 0.1, "\u2028"],
            "deep": {"er": {"": 0}},
        }
        record = self.inserted(store, metadata=metadata)
        found = self.loaded(store, record)
        # A factory of a subclass may have added to it what its store needs.
        assert {name: found.metadata.get(name) for name in metadata} == metadata, "metadata comes back as given"

    def test_what_the_caller_does_with_metadata_afterwards_changes_nothing(self, store: RecordStore[R]) -> None:
        metadata = {"items": ["shirt"]}
        record = self.inserted(store, metadata=metadata)
        metadata["items"].append("sheet")
        found = self.loaded(store, record)
        assert found.metadata["items"] == ["shirt"], "a store keeps what it was given, and not a link to it"

    def test_a_key_that_nobody_has_is_none(self, store: RecordStore[R]) -> None:
        record = self.inserted(store)
        assert store.load(self.make_record().key) is None, "load of an unknown key gives None"
        assert store.load(record.key.upper() + "A") is None, "load of an unknown key gives None"
        assert store.load("") is None, "load of an empty key gives None"

    def test_a_record_is_found_by_its_id(self, store: RecordStore[R]) -> None:
        record = self.inserted(store, **self.named("ws_CO_1"))
        self.inserted(store, **self.named("ws_CO_2"))
        self.inserted(store)
        assert self.found(store, "ws_CO_1") == record, "find gives the record of that id"
        assert self.found(store, "ws_CO_3") is None, "find of an unknown id gives None"
        assert self.found(store, "ws_co_1") is None, "find tells small letters from large ones"
        assert self.found(store, "") is None, "find of an empty id gives None"

    def test_an_idempotency_key_gives_the_record_that_is_there_and_writes_nothing(self, store: RecordStore[R]) -> None:
        first = self.inserted(store, idempotency_key="attempt 1")
        second = self.make_record(idempotency_key="attempt 1", checks=7)
        assert store.insert(second) == first, "insert gives the record of the same account and idempotency key"
        assert store.load(second.key) is None, "insert writes nothing if the idempotency key is there"
        assert store.insert(first) == first, "insert of the same record once more gives it"

    def test_an_idempotency_key_gives_the_record_as_it_has_become(self, store: RecordStore[R]) -> None:
        first = self.swapped(store, self.inserted(store, idempotency_key="attempt 1"), status=self.failed)
        again = store.insert(self.make_record(idempotency_key="attempt 1"))
        assert again == first, "insert gives the record of the same idempotency key as it is now"

    @pytest.mark.parametrize(
        "changes", [{"shortcode": "600222"}, {"environment": "sandbox"}, {"tenant": "another shop"}]
    )
    def test_an_idempotency_key_is_that_of_one_account(self, store: RecordStore[R], changes: dict[str, str]) -> None:
        first = self.inserted(store, idempotency_key="attempt 1")
        second = self.make_record(idempotency_key="attempt 1", **changes)
        assert store.insert(second) == second, "another account may use the same idempotency key"
        assert store.load(first.key) == first, "and leaves the first record as it is"

    @pytest.mark.parametrize("another", ["Attempt 1", "attempt 1 ", "attempt-1"])
    def test_idempotency_keys_are_compared_to_the_letter(self, store: RecordStore[R], another: str) -> None:
        self.inserted(store, idempotency_key="attempt 1")
        second = self.make_record(idempotency_key=another)
        assert store.insert(second) == second, "another idempotency key is another record, if it differs by one letter"

    def test_records_without_an_idempotency_key_are_never_the_same(self, store: RecordStore[R]) -> None:
        first, second = self.inserted(store), self.inserted(store)
        assert [store.load(one.key) for one in (first, second)] == [first, second], "both records are written"

    def test_a_second_record_of_one_key_is_a_conflict(self, store: RecordStore[R]) -> None:
        first = self.inserted(store, idempotency_key="attempt 1")
        with pytest.raises(Conflict, match=first.key):
            store.insert(self.make_record(key=first.key, idempotency_key="attempt 2"))
        assert store.load(first.key) == first, "the record that was there stays as it was"

    def test_a_fact_is_unique_in_one_environment_and_may_be_there_in_another(self, store: RecordStore[R]) -> None:
        for fact in self.kind.unique:
            ours = self.inserted(store, **{fact: "UAF1AAAAAA"})
            theirs = self.inserted(store, **{fact: "UAF1AAAAAA"}, environment="sandbox")
            assert store.find(fact, "UAF1AAAAAA", "simulator") == ours, "find gives the record of that environment"
            assert store.find(fact, "UAF1AAAAAA", "sandbox") == theirs, "find gives the record of that environment"
            assert store.find(fact, "UAF1AAAAAA", "production") is None, "find of another environment gives None"

    @pytest.mark.parametrize("changes", [{}, {"shortcode": "600222"}, {"tenant": "another shop"}])
    def test_a_second_record_of_one_receipt_is_a_conflict(self, store: RecordStore[R], changes: dict[str, str]) -> None:
        first = self.inserted(store, **self.receipted("UAF1AAAAAA"))
        second = self.make_record(**self.receipted("UAF1AAAAAA"), **changes)
        with pytest.raises(Conflict, match=first.key):
            store.insert(second)
        assert store.load(second.key) is None, "nothing was written"
        other = self.inserted(store, **changes)
        with pytest.raises(Conflict, match=first.key):
            self.swapped(store, other, **self.receipted("UAF1AAAAAA"))
        assert store.load(other.key) == other, "nothing was written"
        assert store.find(self.kind.unique[-1], "UAF1AAAAAA", "simulator") == first, (
            "the first record keeps its receipt"
        )

    @pytest.mark.parametrize("changes", [{}, {"shortcode": "600222"}, {"tenant": "another shop"}])
    def test_a_second_record_of_one_id_is_a_conflict(self, store: RecordStore[R], changes: dict[str, str]) -> None:
        first = self.inserted(store, **self.named("ws_CO_150120261200007712345678"))
        second = self.make_record(**self.named("ws_CO_150120261200007712345678"), **changes)
        with pytest.raises(Conflict, match=first.key) as caught:
            store.insert(second)
        assert "712345678" not in str(caught.value), "a conflict shows no customer's number"
        assert store.load(second.key) is None, "nothing was written"
        assert self.found(store, "ws_CO_150120261200007712345678") == first, "the first record keeps its id"

    def test_a_time_is_the_same_in_any_zone(self, store: RecordStore[R]) -> None:
        nairobi = timezone(timedelta(hours=3))
        record = self.inserted(store, created_at=NOON.astimezone(nairobi), next_check_at=NOON.astimezone(nairobi))
        found = self.loaded(store, record)
        assert found.created_at == NOON, "a time that is written in another zone is the same time"
        assert found.created_at.tzinfo, "a time that is read knows its zone"
        assert store.due(NOON, 1) == [record], "and the record is due then"
