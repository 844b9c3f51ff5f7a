"""The store in memory keeps the contract of stores."""

from daraja.stores import MemoryPayoutStore, MemoryReceiptStore, MemoryStore
from daraja.stores.memory import MemoryRecords
from daraja.testing import PayoutStoreContract, ReceiptStoreContract, StoreContract
from daraja.testing.store_contract import RecordContract
from daraja.testing.store_contract.charges import ChargePromises
from tests.stores.parcels import Parcel, ParcelCase


class TestMemoryStore(StoreContract):
    def make_store(self) -> MemoryStore:
        return MemoryStore()


class TestMemoryReceiptStore(ReceiptStoreContract):
    def make_store(self) -> MemoryReceiptStore:
        return MemoryReceiptStore()


class TestMemoryRecordsOfAnotherKind(ParcelCase, RecordContract[Parcel], ChargePromises[Parcel]):
    def make_store(self) -> MemoryRecords[Parcel]:
        return MemoryRecords()


class TestMemoryPayoutStore(PayoutStoreContract):
    def make_store(self) -> MemoryPayoutStore:
        return MemoryPayoutStore()
