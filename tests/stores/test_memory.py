"""A store in memory keeps every promise but the one to last."""

from daraja.stores import MemoryStore
from daraja.testing import StoreContract


class TestMemoryStore(StoreContract):
    def make_store(self) -> MemoryStore:
        return MemoryStore()
