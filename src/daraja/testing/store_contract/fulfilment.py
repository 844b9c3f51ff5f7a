"""The promises of a store that fulfils inside the transaction that makes a record a success."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

import pytest

from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback, RecordStore
from daraja.payments.model import Payment
from daraja.testing.store_contract.base import NOON, PaymentCase, R
from daraja.testing.store_contract.races import Race

Fulfil: TypeAlias = Callable[[R], object]
StoreWith: TypeAlias = Callable[[Callable[[R], object]], RecordStore[R]]

_MANY: Final = 50


class FulfilmentPromises(Race[R]):
    """``swap`` to a success."""

    def make_store_with(self, fulfil: Fulfil[R], /) -> RecordStore[R]:
        """Make an empty store that calls *fulfil* inside its winning transaction: override this, or the fixture."""
        raise NotImplementedError

    @pytest.fixture
    def store_with(self) -> StoreWith[R]:
        """A function that makes an empty store, which calls its argument inside its winning transaction."""
        return self.make_store_with

    def test_a_success_is_fulfilled_once_and_nothing_else_is(self, store_with: StoreWith[R]) -> None:
        fulfilled: list[R] = []
        store = store_with(fulfilled.append)
        record = self.swapped(store, self.inserted(store), status=self.moved)
        assert fulfilled == [], "a change that is no success fulfils nothing"
        paid, entry = self._paid(record)
        assert store.swap(record, paid, entry), "a swap of the version there is True"
        assert fulfilled == [paid], "the success is fulfilled"
        assert not store.swap(record, paid, entry), "a swap of a version that is there no more is False"
        self.swapped(store, paid, notified_at=NOON)
        assert fulfilled == [paid], "and never again"

    def test_where_fulfilling_fails_nothing_was_written(self, store_with: StoreWith[R]) -> None:
        failures = [RuntimeError("out of shirts")]
        fulfilled: list[R] = []

        def fulfil(record: R) -> None:
            if failures:
                raise failures[0]
            fulfilled.append(record)

        store = store_with(fulfil)
        record = self.inserted(store)
        callback = self.recorded(store, key=record.key)
        paid, entry = self._paid(record, callback)
        with pytest.raises(RuntimeError) as caught:
            store.swap(record, paid, entry)
        assert caught.value is failures.pop(), "the caller gets the very exception"
        assert store.load(record.key) == record, "the record stays as it was"
        assert self.found(store, "ws_CO_1") is None, "its id is not taken"
        assert list(store.history(record.key)) == [], "nothing was written into the history"
        assert list(store.unprocessed(9)) == [callback], "the callback stays unprocessed, with its body"
        assert store.swap(record, paid, entry), "the same swap may be tried again"
        assert fulfilled == [paid], "and fulfils then"

    def test_nobody_sees_a_success_before_it_is_fulfilled_and_written(self, store_with: StoreWith[R]) -> None:
        seen: list[R | None] = []
        store = store_with(lambda paid: seen.extend(self.run([partial(reader.load, paid.key)])))
        reader = store
        record = self.inserted(store)
        paid, entry = self._paid(record)
        store.swap(record, paid, entry)
        assert seen == [record], "another thread sees the record as it was until all is written"

    def test_of_many_who_make_it_a_success_one_fulfils(self, store_with: StoreWith[R]) -> None:
        fulfilled: list[R] = []
        store = store_with(fulfilled.append)
        record = self.inserted(store)
        paid, entry = self._paid(record)
        won = self.run([partial(store.swap, record, paid, entry)] * _MANY)
        assert Counter(won) == Counter({True: 1, False: _MANY - 1}), "one caller hears True, all others False"
        assert fulfilled == [paid], "and it is fulfilled once"

    def _paid(self, record: R, callback: ReceivedCallback | None = None) -> tuple[R, HistoryEntry]:
        paid = self.next_of(record, status=self.kind.success, succeeded_at=NOON, **self.named("ws_CO_1"))
        named = None if callback is None else callback.id
        return paid, self.entry_of(record, paid, event="callback paid", became_success=True, callback_id=named)


class FulfilmentContract(PaymentCase, FulfilmentPromises[Payment]):
    """Proves that a store fulfils exactly once: subclass it as you do with ``StoreContract``.

    >>> from daraja.stores.sql import SqlStore
    >>> class TestFulfilment(FulfilmentContract):
    ...     @pytest.fixture
    ...     def store_with(self, tmp_path):
    ...         return lambda fulfil: SqlStore(
    ...             f"sqlite:///{tmp_path}/payments.db", on_success=lambda connection, payment: fulfil(payment)
    ...         )
    """
