"""Payouts: the caps on money that leaves, and the products of Daraja that move it."""

from daraja.disbursements.caps import Caps
from daraja.disbursements.kind import PayoutStatus
from daraja.disbursements.model import Approval, Payout, PayoutStore
from daraja.disbursements.products import Product

__all__ = ["Approval", "Caps", "Payout", "PayoutStatus", "PayoutStore", "Product"]
