"""A database keeps a kind that the library does not know, with its caps."""

from collections.abc import Generator
from contextlib import closing
from typing import Final

import attrs
import pytest
from sqlalchemy import BigInteger, Column, Engine, MetaData, String, delete

from daraja.stores.sql import SqlStore, metadata
from daraja.stores.sql.records import SqlRecords
from daraja.stores.sql.tables import make_tables
from daraja.testing.store_contract import RecordContract
from daraja.testing.store_contract.charges import ChargePromises
from tests.stores.parcels import Parcel, ParcelCase
from tests.support.payments import a_payment

PARCELS: Final = make_tables(
    Parcel,
    "parcels",
    MetaData(naming_convention=metadata.naming_convention),
    fixed=(Column("receiver", String, nullable=False), Column("amount", BigInteger, nullable=False)),
    has_caps=True,
)


@pytest.fixture(scope="module")
def payments(shared_url: str, shared_engine: Engine) -> Generator[SqlStore]:
    PARCELS.records.metadata.create_all(shared_engine)
    with closing(SqlStore(shared_url)) as store:
        yield store


@pytest.fixture(scope="module")
def parcels(shared_url: str) -> Generator[SqlRecords[Parcel]]:
    with closing(SqlRecords(shared_url, PARCELS)) as store:
        yield store


@pytest.mark.usefixtures("emptied")
class TestSql(ParcelCase, RecordContract[Parcel], ChargePromises[Parcel]):
    @pytest.fixture
    def store(self, payments: SqlStore, shared_engine: Engine) -> SqlRecords[Parcel]:
        with shared_engine.begin() as connection:
            for table in PARCELS.records.metadata.sorted_tables:
                connection.execute(delete(table))
        return SqlRecords(payments, PARCELS)

    @pytest.fixture
    def another_store(self, parcels: SqlRecords[Parcel]) -> SqlRecords[Parcel]:
        return parcels

    def test_two_kinds_share_a_database_and_never_see_each_other(
        self, payments: SqlStore, store: SqlRecords[Parcel]
    ) -> None:
        payment, parcel = payments.insert(a_payment()), self.inserted(store, key=a_payment().key)
        callback = self.make_callback(key=payment.key)
        callback = attrs.evolve(callback, id=payments.record(callback))
        self.recorded(store, key=parcel.key)

        assert (payments.load(payment.key), store.load(parcel.key)) == (payment, parcel)
        assert payments.unprocessed(9) == [callback]
        assert store.location == payments.location
