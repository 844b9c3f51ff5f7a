"""Each kind of database keeps the contract of stores, opened by an address or with an engine of the caller."""

from collections.abc import Generator
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import Engine, create_engine

from daraja.payments.model import Payment
from daraja.stores.sql import SqlPayoutStore, SqlReceiptStore, SqlStore
from daraja.testing import FulfilmentContract, PayoutStoreContract, ReceiptStoreContract, StoreContract
from daraja.testing.store_contract.base import NOON, PaymentCase
from daraja.testing.store_contract.fulfilment import StoreWith
from daraja.testing.store_contract.races import RacePromises


@pytest.fixture(scope="module")
def payments(shared_url: str) -> Generator[SqlStore]:
    with closing(SqlStore(shared_url)) as store:
        yield store


@pytest.fixture(scope="module")
def other_payments(shared_url: str) -> Generator[SqlStore]:
    with closing(SqlStore(shared_url)) as store:
        yield store


@pytest.mark.usefixtures("emptied")
class TestSqlStore(StoreContract):
    @pytest.fixture
    def store(self, payments: SqlStore) -> SqlStore:
        return payments

    @pytest.fixture
    def another_store(self, other_payments: SqlStore) -> SqlStore:
        return other_payments


@pytest.fixture(scope="module")
def receipts(shared_url: str) -> Generator[SqlReceiptStore]:
    with closing(SqlReceiptStore(shared_url)) as store:
        yield store


@pytest.mark.usefixtures("emptied")
class TestSqlReceiptStore(ReceiptStoreContract):
    @pytest.fixture
    def store(self, receipts: SqlReceiptStore) -> SqlReceiptStore:
        return receipts

    @pytest.fixture
    def another_store(self, other_payments: SqlStore) -> SqlReceiptStore:
        return SqlReceiptStore(other_payments)

    def test_what_is_written_with_a_match_is_written_once(self, emptied: str) -> None:
        told: list[str] = []
        with closing(SqlReceiptStore(emptied, on_received=lambda _, receipt: told.append(receipt.number))) as store:
            first = self.inserted(store)
            for expectation in ("1", "2"):
                new = self.next_of(first, expectation=expectation, succeeded_at=NOON)
                store.swap(first, new, self.entry_of(first, new, became_success=True))
        assert told == [first.number]


class TestFulfilment(FulfilmentContract):
    @pytest.fixture
    def store_with(self, emptied: str) -> Generator[StoreWith[Payment]]:
        with ExitStack() as stack:
            yield lambda fulfil: stack.enter_context(
                closing(SqlStore(emptied, on_success=lambda _, payment: fulfil(payment)))
            )


@pytest.fixture(scope="module")
def borrowed(shared_url: str) -> Generator[Engine]:
    engine = create_engine(shared_url)
    yield engine
    engine.dispose()


@pytest.mark.usefixtures("emptied")
class TestSqlStoreOnABorrowedEngine(PaymentCase, RacePromises[Payment]):
    @pytest.fixture
    def store(self, borrowed: Engine) -> SqlStore:
        return SqlStore(borrowed)


@pytest.mark.usefixtures("emptied")
class TestFulfilmentOnABorrowedEngine(FulfilmentContract):
    @pytest.fixture
    def store_with(self, borrowed: Engine) -> StoreWith[Payment]:
        return lambda fulfil: SqlStore(borrowed, on_success=lambda _, payment: fulfil(payment))


@pytest.fixture(scope="module")
def payouts(shared_url: str) -> Generator[SqlPayoutStore]:
    with closing(SqlPayoutStore(shared_url)) as store:
        yield store


@pytest.mark.usefixtures("emptied")
class TestSqlPayoutStore(PayoutStoreContract):
    @pytest.fixture
    def store(self, payments: SqlStore) -> SqlPayoutStore:
        return SqlPayoutStore(payments)

    @pytest.fixture
    def another_store(self, payouts: SqlPayoutStore) -> SqlPayoutStore:
        return payouts
