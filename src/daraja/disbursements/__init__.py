"""Money that is paid out: what may leave, and how each product of Daraja that moves it is asked."""

from daraja.disbursements.caps import Caps
from daraja.disbursements.kind import PayoutStatus
from daraja.disbursements.model import Approval, Payout, PayoutStore
from daraja.disbursements.products import Product

__all__ = ["Approval", "Caps", "Payout", "PayoutStatus", "PayoutStore", "Product"]
