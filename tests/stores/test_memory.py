"""The store in memory keeps the contract of stores."""

from daraja.stores import MemoryStore
from daraja.testing import StoreContract


class TestMemoryStore(StoreContract):
    def make_store(self) -> MemoryStore:
        return MemoryStore()
