"""The promises about personal data: the callbacks of a payment are found, and erased data is gone."""

import attrs

from daraja.lifecycle.filter import Filter
from daraja.payments.model import Payment, Status
from daraja.stores import PaymentStore
from daraja.testing.store_contract.base import NOON, PaymentCase


class ErasingPromises(PaymentCase):
    """``callbacks`` and ``erase``."""

    def test_the_callbacks_of_a_payment_are_found_processed_or_not(self, store: PaymentStore) -> None:
        payment = self.inserted(store)
        first, second = (self.recorded(store, key=payment.key) for _ in range(2))
        self.recorded(store)
        self.recorded(store, key=None)
        store.processed(first.id, "callback paid")
        assert list(store.callbacks(payment.key)) == [first, second], "the one that came first comes first"
        assert list(store.callbacks("0" * 32)) == [], "another key has none"

    def test_what_is_erased_is_replaced_with_its_history(self, store: PaymentStore) -> None:
        payment = self._settled(store)
        erased = self._without_phone(payment)
        history = [attrs.evolve(entry, note="") for entry in store.history(payment.key)]
        history.append(self.entry_of(payment, erased, event="erased"))
        assert store.erase(payment, erased, history), "an erasure of the version there is True"
        assert store.load(payment.key) == erased, "the payment is the one that was given"
        assert list(store.history(payment.key)) == history, "and so is its history"
        assert list(store.list(Filter(phone=payment.phone), 9)) == [], "it is no longer found by the number"
        assert list(store.list(Filter(receipt=payment.receipt), 9)) == [erased], "it is still found by its receipt"
        assert store.find("checkout_request_id", "ws_CO_1", payment.environment) is None, (
            "a fact that went is not found"
        )
        assert store.insert(self.make_payment(idempotency_key="0712345678")).key != payment.key, "its key is free"

    def test_the_processed_callbacks_of_what_is_erased_are_deleted(self, store: PaymentStore) -> None:
        payment = self._settled(store)
        done, open_one, of_another = (self.recorded(store, key=key) for key in (payment.key, payment.key, "0" * 32))
        for callback in (done, of_another):
            store.processed(callback.id, "callback paid")
        assert store.erase(payment, self._without_phone(payment), ())
        assert list(store.callbacks(payment.key)) == [open_one], "one that nobody has read stays"
        assert list(store.callbacks("0" * 32)) == [of_another], "and so do those of others"

    def test_an_erasure_of_an_older_version_is_lost_and_erases_nothing(self, store: PaymentStore) -> None:
        old = self._settled(store)
        store.processed(self.recorded(store, key=old.key).id, "callback paid")
        now = self.swapped(store, old, result_code="0")
        history = list(store.history(old.key))
        assert not store.erase(old, self._without_phone(old), ()), "an erasure of an older version is False"
        assert store.load(old.key) == now, "the payment stays"
        assert list(store.history(old.key)) == history, "and so does its history"
        assert len(store.callbacks(old.key)) == 1, "and its callbacks"

    def _settled(self, store: PaymentStore) -> Payment:
        facts = {"checkout_request_id": "ws_CO_1", "receipt": "UAF1AAAAAA"}
        payment = self.inserted(store, idempotency_key="0712345678", **facts)
        return self.swapped(store, payment, status=Status.SUCCESS, succeeded_at=NOON)

    def _without_phone(self, payment: Payment) -> Payment:
        changes = {"phone": "", "reference": "erased", "idempotency_key": "erased", "checkout_request_id": None}
        return self.next_of(payment, **changes, metadata={})
