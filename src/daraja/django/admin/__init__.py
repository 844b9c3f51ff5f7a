"""Payments, payouts and receipts in the admin, for the staff of the shop."""

from daraja.django.admin.callbacks import CallbackAdmin
from daraja.django.admin.payments import PaymentAdmin
from daraja.django.admin.payouts import PayoutAdmin
from daraja.django.admin.receipts import ReceiptAdmin

__all__ = ["CallbackAdmin", "PaymentAdmin", "PayoutAdmin", "ReceiptAdmin"]
