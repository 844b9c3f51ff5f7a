"""Payments in the admin: that of ``daraja.django``, with the customer and the receipts."""

from django.contrib import admin

from daraja.django.admin import PaymentAdmin as DarajaPaymentAdmin
from payments.models import Payment


@admin.register(Payment)
class PaymentAdmin(DarajaPaymentAdmin):
    """Finds payments, shows all that is known of them, and lets staff query and decide."""

    list_select_related = ("order",)
    fieldsets = (*DarajaPaymentAdmin.fieldsets, ("Customer", {"fields": ("user", "emailed_at", "texted_at")}))
    readonly_fields = (*DarajaPaymentAdmin.readonly_fields, "emailed_at", "texted_at")
