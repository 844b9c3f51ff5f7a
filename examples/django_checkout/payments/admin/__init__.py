"""Payments in the admin, for the staff of the shop."""

from payments.admin.callbacks import CallbackAdmin
from payments.admin.payments import PaymentAdmin

__all__ = ["CallbackAdmin", "PaymentAdmin"]
