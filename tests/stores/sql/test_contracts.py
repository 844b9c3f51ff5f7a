"""Each kind of database keeps the contract of stores, opened by an address or with an engine of the caller."""

from collections.abc import Generator
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import create_engine

from daraja.payments.model import Payment
from daraja.stores.sql import SqlPayoutStore, SqlReceiptStore, SqlStore
from daraja.testing import FulfilmentContract, PayoutStoreContract, ReceiptStoreContract, StoreContract
from daraja.testing.store_contract.base import NOON, PaymentCase
from daraja.testing.store_contract.fulfilment import Fulfil, StoreWith
from daraja.testing.store_contract.races import RacePromises


class TestSqlStore(StoreContract):
    @pytest.fixture
    def store(self, url: str) -> Generator[SqlStore]:
        with closing(SqlStore(url)) as store:
            store.create_schema()
            yield store

    @pytest.fixture
    def another_store(self, url: str) -> Generator[SqlStore]:
        with closing(SqlStore(url)) as another:
            yield another


class TestSqlReceiptStore(ReceiptStoreContract):
    @pytest.fixture
    def store(self, url: str) -> Generator[SqlReceiptStore]:
        with closing(SqlReceiptStore(url)) as store:
            store.create_schema()
            yield store

    @pytest.fixture
    def another_store(self, url: str) -> Generator[SqlReceiptStore]:
        with closing(SqlReceiptStore(SqlStore(url))) as another:
            yield another

    def test_what_is_written_with_a_match_is_written_once(self, url: str) -> None:
        told: list[str] = []
        with closing(SqlReceiptStore(url, on_received=lambda _, receipt: told.append(receipt.number))) as store:
            store.create_schema()
            first = self.inserted(store)
            for expectation in ("1", "2"):
                new = self.next_of(first, expectation=expectation, succeeded_at=NOON)
                store.swap(first, new, self.entry_of(first, new, became_success=True))
        assert told == [first.number]


class TestFulfilment(FulfilmentContract):
    @pytest.fixture
    def store_with(self, url: str) -> Generator[StoreWith[Payment]]:
        with ExitStack() as stack:

            def make(fulfil: Fulfil[Payment]) -> SqlStore:
                store = stack.enter_context(closing(SqlStore(url, on_success=lambda _, payment: fulfil(payment))))
                store.create_schema()
                return store

            yield make


class TestSqlStoreOnABorrowedEngine(PaymentCase, RacePromises[Payment]):
    @pytest.fixture
    def store(self, url: str) -> Generator[SqlStore]:
        engine = create_engine(url)
        store = SqlStore(engine)
        store.create_schema()
        yield store
        engine.dispose()


class TestFulfilmentOnABorrowedEngine(FulfilmentContract):
    @pytest.fixture
    def store_with(self, url: str) -> Generator[StoreWith[Payment]]:
        engine = create_engine(url)

        def make(fulfil: Fulfil[Payment]) -> SqlStore:
            store = SqlStore(engine, on_success=lambda _, payment: fulfil(payment))
            store.create_schema()
            return store

        yield make
        engine.dispose()


class TestSqlPayoutStore(PayoutStoreContract):
    @pytest.fixture
    def store(self, url: str) -> Generator[SqlPayoutStore]:
        with closing(SqlStore(url)) as payments:
            payments.create_schema()
            yield SqlPayoutStore(payments)

    @pytest.fixture
    def another_store(self, url: str) -> Generator[SqlPayoutStore]:
        with closing(SqlPayoutStore(url)) as another:
            yield another
