"""The admin of payments: find, show, query, decide and refund."""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

import daraja
from daraja import Checkout, normalise_phone
from daraja.django import checkout
from daraja.django.admin.drafting import refund_page
from daraja.django.admin.records import RecordAdmin
from daraja.django.admin.resolving import ResolveForm, resolve_page
from daraja.django.admin.rights import may_pay_out
from daraja.django.apps import this_app
from daraja.django.conf import outside_transactions
from daraja.django.models import AbstractPayment, Callback, HistoryEntry, Payment, Payout
from daraja.ledger import Ledger
from daraja.values.secret import mask_numbers


# The store's transactions are its own.
@method_decorator(outside_transactions, name="changelist_view")
class PaymentAdmin(RecordAdmin):
    """Finds payments, shows all that is known of them, and lets staff query, decide and refund.

    For a model of your own: ``@admin.register(Payment) class MyPaymentAdmin(PaymentAdmin)``.
    """

    history_model, callback_model = HistoryEntry, Callback
    resolve_form, resolve_template = ResolveForm, "resolve"
    # Any, in this class: a subclass may add to it
    pages: ClassVar[Any] = {"resolve": resolve_page, "refund": refund_page}
    list_display = ("for_order", "kes", "status", "to_do", "receipt", "seen_phone", "created_at")
    list_filter = ("needs_attention", "refund_due", "status", "created_at", "environment")
    search_fields = ("order",)
    search_help_text = (
        "A part of an order; or the whole of a phone number, an M-Pesa receipt, a MerchantRequestID or our key."
    )
    actions = ("query", "resolve")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("to_do", "key", "for_order", "attempt", "kes", "seen_phone", "status", "receipt")}),
        ("Given back", {"fields": ("refunds",)}),
        ("What M-Pesa said", {"fields": ("request_ids", "result", "conflicts", "resolution")}),
        ("When", {"fields": ("created_at", "updated_at", "succeeded_at", "next_check_at")}),
        ("Account", {"fields": ("environment", "shortcode", "tenant", "reference")}),
        ("History", {"fields": ("history",)}),
        ("Callbacks, with long numbers masked", {"fields": ("callbacks",)}),
    )
    readonly_fields: ClassVar[Any] = (
        *("to_do", "for_order", "kes", "seen_phone", "request_ids", "result", "conflicts", "resolution", "history"),
        *("callbacks", "refunds"),
    )

    def face(self) -> Checkout:
        """Return the checkout."""
        return checkout()

    def ledger(self) -> Ledger[daraja.Payment]:
        """Return the payments of every account."""
        return Ledger(checkout().store, receipts=this_app().receipts.store)

    def buttons(self, request: HttpRequest, row: AbstractPayment) -> Iterable[str]:
        """Return the pages that this person may open: a payment that was paid can be given back."""
        yield from super().buttons(request, row)
        went_in = row.receipt and row.record.is_success and not row.record.denied_by_a_person
        if went_in and may_pay_out(request, "add") and this_app().pays_out:
            yield "refund"

    def work_left(self, row: AbstractPayment) -> Iterable[str]:
        """Return what a person has to do, in words."""
        return ["refund due"] if row.refund_due else super().work_left(row)

    @admin.display(description="payouts")
    def refunds(self, row: AbstractPayment) -> SafeString | str:
        """Return the payouts that give it back."""
        made = Payout.objects.filter(refunds=row.receipt or "")
        lines = [(reverse("admin:daraja_payout_change", args=[one.key]), one, one.status) for one in made]
        return format_html_join(", ", '<a href="{}">{}: {}</a>', lines) or "-"

    @admin.display(description="order", ordering="order")
    def for_order(self, payment: AbstractPayment) -> str:
        """Return the order, or the reference of a payment without one."""
        return payment.order_name or payment.reference

    @admin.display(description="phone")
    def seen_phone(self, payment: AbstractPayment) -> str:
        """Return the number with its middle masked; the whole number on the page of one payment, with a permission."""
        return payment.phone if getattr(payment, "phone_is_shown", False) else payment.masked_phone

    @admin.display(description="MerchantRequestID, CheckoutRequestID")
    def request_ids(self, payment: AbstractPayment) -> str:
        """Return Daraja's ids, to quote to Safaricom; the second ends in the customer's number, which is masked."""
        record = payment.record
        return f"{record.merchant_request_id or '-'}, {mask_numbers(record.checkout_request_id or '-')}"

    def matching(self, term: str) -> Q:
        """Search by a part of an order, or by the whole of another field."""
        merchant_request = f'"merchant_request_id": {json.dumps(term)}'
        found = Q(key=term) | Q(receipt=term.upper()) | Q(facts__contains=merchant_request)
        with suppress(ValueError):
            return found | Q(phone=normalise_phone(term))
        return found | Q(**{f"{self._order_column()}__icontains": term})

    def _order_column(self) -> str:
        """Return the field to search orders by: the text, or the primary key of the order."""
        field = self.model._meta.get_field("order")
        return f"order__{field.target_field.name}" if field.is_relation else "order"


if not Payment._meta.swapped:  # pragma: no branch - the example shop has a model of its own
    admin.site.register(Payment, PaymentAdmin)
