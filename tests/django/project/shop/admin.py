"""The admin of the shop's own payments."""

from django.contrib import admin

from daraja.django.admin import PaymentAdmin
from tests.django.project.shop.models import ShopPayment

__all__ = ["ShopPaymentAdmin"]


@admin.register(ShopPayment)
class ShopPaymentAdmin(PaymentAdmin):
    """That of daraja, for the shop's own model."""
