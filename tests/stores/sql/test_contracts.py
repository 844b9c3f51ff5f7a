"""Each kind of database keeps the contract of stores, opened by an address or with an engine of the caller."""

from collections.abc import Generator
from contextlib import ExitStack, closing

import pytest

from daraja.payments.model import Payment
from daraja.stores.sql import SqlPayoutStore, SqlReceiptStore, SqlStore
from daraja.testing import FulfilmentContract, PayoutStoreContract, ReceiptStoreContract, StoreContract
from daraja.testing.store_contract.base import NOON, PaymentCase
from daraja.testing.store_contract.fulfilment import StoreWith
from daraja.testing.store_contract.races import RacePromises
from tests.stores.sql.conftest import Shared


class TestSqlStore(StoreContract):
    @pytest.fixture
    def store(self, shared: Shared) -> SqlStore:
        return shared.payments

    @pytest.fixture
    def another_store(self, shared: Shared) -> SqlStore:
        return shared.others


class TestSqlReceiptStore(ReceiptStoreContract):
    @pytest.fixture
    def store(self, shared: Shared) -> SqlReceiptStore:
        return SqlReceiptStore(shared.payments)

    @pytest.fixture
    def another_store(self, shared: Shared) -> SqlReceiptStore:
        return SqlReceiptStore(shared.others)

    def test_what_is_written_with_a_match_is_written_once(self, shared: Shared) -> None:
        told: list[str] = []
        with closing(SqlReceiptStore(shared.url, on_received=lambda _, receipt: told.append(receipt.number))) as store:
            first = self.inserted(store)
            for expectation in ("1", "2"):
                new = self.next_of(first, expectation=expectation, succeeded_at=NOON)
                store.swap(first, new, self.entry_of(first, new, became_success=True))
        assert told == [first.number]


class TestFulfilment(FulfilmentContract):
    @pytest.fixture
    def store_with(self, shared: Shared) -> Generator[StoreWith[Payment]]:
        with ExitStack() as stack:
            yield lambda fulfil: stack.enter_context(
                closing(SqlStore(shared.url, on_success=lambda _, payment: fulfil(payment)))
            )


class TestSqlStoreOnABorrowedEngine(PaymentCase, RacePromises[Payment]):
    @pytest.fixture
    def store(self, shared: Shared) -> SqlStore:
        return SqlStore(shared.engine)


class TestFulfilmentOnABorrowedEngine(FulfilmentContract):
    @pytest.fixture
    def store_with(self, shared: Shared) -> StoreWith[Payment]:
        return lambda fulfil: SqlStore(shared.engine, on_success=lambda _, payment: fulfil(payment))


class TestSqlPayoutStore(PayoutStoreContract):
    @pytest.fixture
    def store(self, shared: Shared) -> SqlPayoutStore:
        return SqlPayoutStore(shared.payments)

    @pytest.fixture
    def another_store(self, shared: Shared) -> SqlPayoutStore:
        return SqlPayoutStore(shared.others)
