"""The promises about new payments: each is kept whole, and is the only one with its key and its ids."""

from datetime import timedelta, timezone

import pytest

from daraja.errors import Conflict
from daraja.lifecycle.evidence import Source
from daraja.payments.model import Resolution, Status
from daraja.stores import PaymentStore
from daraja.testing.store_contract.base import NOON, StoreCase

__all__ = ["InsertPromises"]


class InsertPromises(StoreCase):
    """``insert``, ``load`` and ``find``."""

    def test_a_payment_that_was_inserted_is_loaded_as_it_was(self, store: PaymentStore) -> None:
        payment = self.make_payment()
        assert store.insert(payment) == payment, "insert gives the payment that it has written"
        assert store.load(payment.key) == payment, "load gives the payment that was inserted"

    def test_no_fact_of_a_payment_is_lost(self, store: PaymentStore) -> None:
        decision = Resolution(
            paid=True, note="seen on the statement", by="Wanjiku", at=NOON, conflicts=frozenset({"amount=499"})
        )
        payment = self.make_payment(
            idempotency_key="attempt 1",
            metadata={"order_id": "ORD-2026-001", "lines": [{"price": 1.5, "gift": None}], "total": 10**20},
            status=Status.SUCCESS,
            conflicts=frozenset({"amount=499", "receipt=UAF2BBBBBB"}),
            resolution=decision,
            merchant_request_id="7d1f-4c02-1",
            checkout_request_id="ws_CO_150120261200007712345678",
            receipt="UAF1AAAAAA",
            result_code="0",
            result_description="Paid. \u2013 Asante! \U0001f389 'quoted' \"twice\"",
            decided_by=Source.CALLBACK,
            denials=frozenset({"query=1032"}),
            denied_at={"1767000000": (NOON, NOON + timedelta(microseconds=1))},
            readings={"1767000000": (NOON, NOON + timedelta(minutes=1))},
            hurried_at=NOON,
            unanswered=2,
            till="5050505",
            refusal=("ApiError", 400, "400.002.02", "Bad Request", None),
            next_check_at=NOON + timedelta(days=1),
            checks=7,
            succeeded_at=NOON,
            notified_at=NOON,
            version=3,
        )
        store.insert(payment)
        assert store.load(payment.key) == payment, "load gives every fact of a payment as it was inserted"

    def test_metadata_is_kept_whatever_json_holds(self, store: PaymentStore) -> None:
        metadata: dict[str, object] = {
            "": "",
            "NUL \0": "half \ud800",
            "\U0001f9fa": [True, None, -1, 0.1, "\u2028"],
            "deep": {"er": {"": 0}},
        }
        payment = self.inserted(store, metadata=metadata)
        found = self.loaded(store, payment)
        # A factory of a subclass may have added to it what its store needs.
        assert {name: found.metadata.get(name) for name in metadata} == metadata, "metadata comes back as given"

    def test_what_the_caller_does_with_metadata_afterwards_changes_nothing(self, store: PaymentStore) -> None:
        metadata = {"items": ["shirt"]}
        payment = self.inserted(store, metadata=metadata)
        metadata["items"].append("sheet")
        found = self.loaded(store, payment)
        assert found.metadata["items"] == ["shirt"], "a store keeps what it was given, and not a link to it"

    def test_a_key_that_nobody_has_is_none(self, store: PaymentStore) -> None:
        payment = self.inserted(store)
        assert store.load(self.make_payment().key) is None, "load of an unknown key gives None"
        assert store.load(payment.key.upper() + "A") is None, "load of an unknown key gives None"
        assert store.load("") is None, "load of an empty key gives None"

    def test_a_payment_is_found_by_its_checkout_request_id(self, store: PaymentStore) -> None:
        payment = self.inserted(store, checkout_request_id="ws_CO_1")
        self.inserted(store, checkout_request_id="ws_CO_2")
        self.inserted(store)
        assert store.find("checkout_request_id", "ws_CO_1", "simulator") == payment, (
            "find gives the payment of that CheckoutRequestID"
        )
        assert store.find("checkout_request_id", "ws_CO_3", "simulator") is None, (
            "find of an unknown CheckoutRequestID gives None"
        )
        assert store.find("checkout_request_id", "ws_co_1", "simulator") is None, (
            "find tells small letters from large ones"
        )
        assert store.find("checkout_request_id", "", "simulator") is None, (
            "find of an empty CheckoutRequestID gives None"
        )

    def test_an_idempotency_key_gives_the_payment_that_is_there_and_writes_nothing(self, store: PaymentStore) -> None:
        first = self.inserted(store, idempotency_key="attempt 1")
        second = self.make_payment(idempotency_key="attempt 1", amount=700)
        assert store.insert(second) == first, "insert gives the payment of the same account and idempotency key"
        assert store.load(second.key) is None, "insert writes nothing where the idempotency key is there"
        assert store.insert(first) == first, "insert of the same payment once more gives it"

    def test_an_idempotency_key_gives_the_payment_as_it_has_become(self, store: PaymentStore) -> None:
        first = self.swapped(store, self.inserted(store, idempotency_key="attempt 1"), status=Status.FAILED)
        again = store.insert(self.make_payment(idempotency_key="attempt 1"))
        assert again == first, "insert gives the payment of the same idempotency key as it is now"

    @pytest.mark.parametrize(
        "changes", [{"shortcode": "600222"}, {"environment": "sandbox"}, {"tenant": "another shop"}]
    )
    def test_an_idempotency_key_is_that_of_one_account(self, store: PaymentStore, changes: dict[str, str]) -> None:
        first = self.inserted(store, idempotency_key="attempt 1")
        second = self.make_payment(idempotency_key="attempt 1", **changes)
        assert store.insert(second) == second, "another account may use the same idempotency key"
        assert store.load(first.key) == first, "and leaves the first payment as it is"

    @pytest.mark.parametrize("another", ["Attempt 1", "attempt 1 ", "attempt-1"])
    def test_idempotency_keys_are_compared_to_the_letter(self, store: PaymentStore, another: str) -> None:
        self.inserted(store, idempotency_key="attempt 1")
        second = self.make_payment(idempotency_key=another)
        assert store.insert(second) == second, "another idempotency key is another payment, if it differs by one letter"

    def test_payments_without_an_idempotency_key_are_never_the_same(self, store: PaymentStore) -> None:
        first, second = self.inserted(store), self.inserted(store)
        assert [store.load(one.key) for one in (first, second)] == [first, second], "both payments are written"

    def test_a_second_payment_of_one_key_is_a_conflict(self, store: PaymentStore) -> None:
        first = self.inserted(store, idempotency_key="attempt 1")
        with pytest.raises(Conflict, match=first.key):
            store.insert(self.make_payment(key=first.key, idempotency_key="attempt 2"))
        assert store.load(first.key) == first, "the payment that was there stays as it was"

    @pytest.mark.parametrize("fact", ["checkout_request_id", "receipt"])
    def test_a_fact_is_unique_in_one_environment_and_may_be_there_in_another(
        self, store: PaymentStore, fact: str
    ) -> None:
        ours = self.inserted(store, **{fact: "UAF1AAAAAA"})
        theirs = self.inserted(store, **{fact: "UAF1AAAAAA"}, environment="sandbox")
        assert store.find(fact, "UAF1AAAAAA", "simulator") == ours, "find gives the payment of that environment"
        assert store.find(fact, "UAF1AAAAAA", "sandbox") == theirs, "find gives the payment of that environment"
        assert store.find(fact, "UAF1AAAAAA", "production") is None, "find of another environment gives None"

    @pytest.mark.parametrize("changes", [{}, {"shortcode": "600222"}, {"tenant": "another shop"}])
    def test_a_second_payment_of_one_receipt_is_a_conflict(self, store: PaymentStore, changes: dict[str, str]) -> None:
        first = self.inserted(store, receipt="UAF1AAAAAA")
        second = self.make_payment(receipt="UAF1AAAAAA", **changes)
        with pytest.raises(Conflict, match=first.key):
            store.insert(second)
        assert store.load(second.key) is None, "nothing was written"
        other = self.inserted(store, **changes)
        with pytest.raises(Conflict, match=first.key):
            self.swapped(store, other, receipt="UAF1AAAAAA")
        assert store.load(other.key) == other, "nothing was written"
        assert store.find("receipt", "UAF1AAAAAA", "simulator") == first, "the first payment keeps its receipt"

    @pytest.mark.parametrize("changes", [{}, {"shortcode": "600222"}, {"tenant": "another shop"}])
    def test_a_second_payment_of_one_checkout_request_id_is_a_conflict(
        self, store: PaymentStore, changes: dict[str, str]
    ) -> None:
        first = self.inserted(store, checkout_request_id="ws_CO_150120261200007712345678")
        second = self.make_payment(checkout_request_id="ws_CO_150120261200007712345678", **changes)
        with pytest.raises(Conflict, match=first.key) as caught:
            store.insert(second)
        assert "712345678" not in str(caught.value), "a conflict shows no customer's number"
        assert store.load(second.key) is None, "nothing was written"
        assert store.find("checkout_request_id", "ws_CO_150120261200007712345678", "simulator") == first, (
            "the first payment keeps its CheckoutRequestID"
        )

    def test_a_time_is_the_same_in_any_zone(self, store: PaymentStore) -> None:
        nairobi = timezone(timedelta(hours=3))
        payment = self.inserted(store, created_at=NOON.astimezone(nairobi), next_check_at=NOON.astimezone(nairobi))
        found = self.loaded(store, payment)
        assert found.created_at == NOON, "a time that is written in another zone is the same time"
        assert found.created_at.tzinfo, "a time that is read knows its zone"
        assert store.due(NOON, 1) == [payment], "and the payment is due then"
