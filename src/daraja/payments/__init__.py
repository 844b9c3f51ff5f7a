"""Money that is asked for by STK push: an order, its attempts, and when a customer may be asked again."""

from daraja.lifecycle.record import Account, Resolution
from daraja.payments.model import Payment, PaymentStore, Status
from daraja.payments.order import Order

__all__ = ["Account", "Order", "Payment", "PaymentStore", "Resolution", "Status"]
