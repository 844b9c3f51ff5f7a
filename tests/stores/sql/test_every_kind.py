"""A database keeps a kind that the library does not know, with its caps."""

from typing import Final

import attrs
import pytest
from sqlalchemy import BigInteger, Column, MetaData, String, delete

from daraja.stores.sql import metadata
from daraja.stores.sql.records import SqlRecords
from daraja.stores.sql.tables import make_tables
from daraja.testing.store_contract import RecordContract
from daraja.testing.store_contract.charges import ChargePromises
from tests.stores.parcels import Parcel, ParcelCase
from tests.stores.sql.conftest import Shared
from tests.support.payments import a_payment

PARCELS: Final = make_tables(
    Parcel,
    "parcels",
    MetaData(naming_convention=metadata.naming_convention),
    fixed=(Column("receiver", String, nullable=False), Column("amount", BigInteger, nullable=False)),
    has_caps=True,
)


class TestSql(ParcelCase, RecordContract[Parcel], ChargePromises[Parcel]):
    @pytest.fixture
    def store(self, shared: Shared) -> SqlRecords[Parcel]:
        parcels = PARCELS.records.metadata
        parcels.create_all(shared.engine)
        with shared.engine.begin() as connection:
            for table in parcels.sorted_tables:
                connection.execute(delete(table))
        return SqlRecords(shared.payments, PARCELS)

    @pytest.fixture
    def another_store(self, shared: Shared) -> SqlRecords[Parcel]:
        return SqlRecords(shared.others, PARCELS)

    def test_two_kinds_share_a_database_and_never_see_each_other(
        self, shared: Shared, store: SqlRecords[Parcel]
    ) -> None:
        payments = shared.payments
        payment, parcel = payments.insert(a_payment()), self.inserted(store, key=a_payment().key)
        callback = self.make_callback(key=payment.key)
        callback = attrs.evolve(callback, id=payments.record(callback))
        self.recorded(store, key=parcel.key)

        assert (payments.load(payment.key), store.load(parcel.key)) == (payment, parcel)
        assert payments.unprocessed(9) == [callback]
        assert store.location == payments.location
