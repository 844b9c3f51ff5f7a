"""Where payments and payouts are stored; ``daraja.stores.sql`` needs the extra ``sql``."""

from daraja.disbursements.model import PayoutStore
from daraja.payments import PaymentStore
from daraja.stores.memory import MemoryPayoutStore, MemoryStore

__all__ = ["MemoryPayoutStore", "MemoryStore", "PaymentStore", "PayoutStore"]
