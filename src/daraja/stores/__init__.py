"""Where payments are kept; ``daraja.stores.sql`` needs the extra ``sql``."""

from daraja.stores.base import PaymentStore
from daraja.stores.memory import MemoryStore

__all__ = ["MemoryStore", "PaymentStore"]
