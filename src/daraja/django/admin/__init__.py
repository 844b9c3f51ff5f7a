"""Payments in the admin, for the staff of the shop."""

from daraja.django.admin.callbacks import CallbackAdmin
from daraja.django.admin.payments import PaymentAdmin

__all__ = ["CallbackAdmin", "PaymentAdmin"]
