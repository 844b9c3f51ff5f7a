"""Each kind of database keeps the contract of stores, opened by an address or with an engine of the caller."""

from collections.abc import Generator
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import create_engine

from daraja.payments.model import Payment
from daraja.stores.sql import SqlPayoutStore, SqlStore
from daraja.testing import FulfilmentContract, PayoutStoreContract, StoreContract
from daraja.testing.store_contract.base import PaymentCase
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
