"""Payments and payouts in the admin, for the staff of the shop."""

from daraja.django.admin.callbacks import CallbackAdmin
from daraja.django.admin.payments import PaymentAdmin
from daraja.django.admin.payouts import PayoutAdmin

__all__ = ["CallbackAdmin", "PaymentAdmin", "PayoutAdmin"]
