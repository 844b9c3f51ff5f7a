"""The promises of a store that fulfils inside the transaction that makes a payment a success."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

import pytest

from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.payments.model import Payment, Status
from daraja.stores import PaymentStore
from daraja.testing.store_contract.base import NOON
from daraja.testing.store_contract.races import Race

__all__ = ["FulfilmentContract"]

Fulfil: TypeAlias = Callable[[Payment], object]
StoreWith: TypeAlias = Callable[[Fulfil], PaymentStore]

_MANY: Final = 50


class FulfilmentContract(Race):
    """Proves that a store fulfils exactly once: subclass it as you do with ``StoreContract``.

    >>> from daraja.stores.sql import SqlStore
    >>> class TestFulfilment(FulfilmentContract):
    ...     @pytest.fixture
    ...     def store_with(self, tmp_path):
    ...         return lambda fulfil: SqlStore(
    ...             f"sqlite:///{tmp_path}/payments.db", on_success=lambda connection, payment: fulfil(payment)
    ...         )
    """

    def make_store_with(self, fulfil: Fulfil, /) -> PaymentStore:
        """Make an empty store that calls *fulfil* inside its winning transaction: override this, or the fixture."""
        raise NotImplementedError

    @pytest.fixture
    def store_with(self) -> StoreWith:
        """A function that makes an empty store, which calls its argument inside its winning transaction."""
        return self.make_store_with

    def test_a_success_is_fulfilled_once_and_nothing_else_is(self, store_with: StoreWith) -> None:
        fulfilled: list[Payment] = []
        store = store_with(fulfilled.append)
        payment = self.swapped(store, self.inserted(store), status=Status.INITIATED)
        assert fulfilled == [], "a change that is no success fulfils nothing"
        paid, entry = self._paid(payment)
        assert store.swap(payment, paid, entry), "a swap of the version there is True"
        assert fulfilled == [paid], "the success is fulfilled"
        assert not store.swap(payment, paid, entry), "a swap of a version that is there no more is False"
        self.swapped(store, paid, notified_at=NOON)
        assert fulfilled == [paid], "and never again"

    def test_where_fulfilling_fails_nothing_was_written(self, store_with: StoreWith) -> None:
        failures = [RuntimeError("out of shirts")]
        fulfilled: list[Payment] = []

        def fulfil(payment: Payment) -> None:
            if failures:
                raise failures[0]
            fulfilled.append(payment)

        store = store_with(fulfil)
        payment = self.inserted(store)
        callback = self.recorded(store, key=payment.key)
        paid, entry = self._paid(payment, callback)
        with pytest.raises(RuntimeError) as caught:
            store.swap(payment, paid, entry)
        assert caught.value is failures.pop(), "the caller gets the very exception"
        assert store.load(payment.key) == payment, "the payment stays as it was"
        assert store.find("checkout_request_id", "ws_CO_1", "simulator") is None, "its CheckoutRequestID is not taken"
        assert list(store.history(payment.key)) == [], "nothing was written into the history"
        assert list(store.unprocessed(9)) == [callback], "the callback stays unprocessed, with its body"
        assert store.swap(payment, paid, entry), "the same swap may be tried again"
        assert fulfilled == [paid], "and fulfils then"

    def test_nobody_sees_a_success_before_it_is_fulfilled_and_written(self, store_with: StoreWith) -> None:
        seen: list[Payment | None] = []
        store = store_with(lambda paid: seen.extend(self.run([partial(reader.load, paid.key)])))
        reader = store
        payment = self.inserted(store)
        paid, entry = self._paid(payment)
        store.swap(payment, paid, entry)
        assert seen == [payment], "another thread sees the payment as it was until all is written"

    def test_of_many_who_make_it_a_success_one_fulfils(self, store_with: StoreWith) -> None:
        fulfilled: list[Payment] = []
        store = store_with(fulfilled.append)
        payment = self.inserted(store)
        paid, entry = self._paid(payment)
        won = self.run([partial(store.swap, payment, paid, entry)] * _MANY)
        assert Counter(won) == Counter({True: 1, False: _MANY - 1}), "one caller hears True, all others False"
        assert fulfilled == [paid], "and it is fulfilled once"

    def _paid(self, payment: Payment, callback: ReceivedCallback | None = None) -> tuple[Payment, HistoryEntry]:
        paid = self.next_of(payment, status=Status.SUCCESS, succeeded_at=NOON, checkout_request_id="ws_CO_1")
        named = None if callback is None else callback.id
        return paid, self.entry_of(payment, paid, event="callback paid", became_success=True, callback_id=named)
