"""Where payments, payouts and receipts are stored; ``daraja.stores.sql`` needs the extra ``sql``."""

from daraja.disbursements.model import PayoutStore
from daraja.inbound.expectation import ReceiptStore
from daraja.payments import PaymentStore
from daraja.stores.memory import MemoryPayoutStore, MemoryStore
from daraja.stores.memory_receipts import MemoryReceiptStore

__all__ = ["MemoryPayoutStore", "MemoryReceiptStore", "MemoryStore", "PaymentStore", "PayoutStore", "ReceiptStore"]
