"""Where payments are stored; ``daraja.stores.sql`` needs the extra ``sql``."""

from daraja.payments import PaymentStore
from daraja.stores.memory import MemoryStore

__all__ = ["MemoryStore", "PaymentStore"]
