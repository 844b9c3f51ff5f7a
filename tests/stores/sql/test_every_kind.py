"""A database keeps a kind that the library does not know, with its caps."""

from collections.abc import Generator
from contextlib import closing
from typing import Final

import attrs
import pytest
from sqlalchemy import BigInteger, Column, MetaData, String, create_engine

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


@pytest.fixture
def payments(url: str) -> Generator[SqlStore]:
    engine = create_engine(url)
    PARCELS.records.metadata.create_all(engine)
    engine.dispose()
    with closing(SqlStore(url)) as store:
        store.create_schema()
        yield store


class TestSql(ParcelCase, RecordContract[Parcel], ChargePromises[Parcel]):
    @pytest.fixture
    def store(self, payments: SqlStore) -> SqlRecords[Parcel]:
        return SqlRecords(payments, PARCELS)

    @pytest.fixture
    def another_store(self, url: str, store: SqlRecords[Parcel]) -> Generator[SqlRecords[Parcel]]:
        assert store.location
        with closing(SqlRecords(url, PARCELS)) as another:
            yield another

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
