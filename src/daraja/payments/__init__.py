"""Money that is asked for by STK push: one attempt, its statuses, and when the customer may be asked again."""

from daraja.payments.model import Account, Payment, PaymentStore, Resolution, Status

__all__ = ["Account", "Payment", "PaymentStore", "Resolution", "Status"]
