"""Payments as the shop's own people see them."""

from payments.admin.callbacks import CallbackAdmin
from payments.admin.payments import PaymentAdmin

__all__ = ["CallbackAdmin", "PaymentAdmin"]
