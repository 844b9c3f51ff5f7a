"""The admin of payments: find, show, query and decide."""

import json
from contextlib import suppress
from functools import partial

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from daraja import normalise_phone
from daraja.errors import DarajaError, RateLimited
from daraja.values.phone import mask_numbers
from payments.admin.columns import Columns
from payments.admin.resolving import resolve_page
from payments.admin.rights import LookAndDecide
from payments.models import HistoryRecord, Payment
from payments.mpesa import checkout

__all__ = ["HistoryInline", "PaymentAdmin"]


class HistoryInline(LookAndDecide, admin.TabularInline):
    """The history of a payment."""

    model = HistoryRecord
    fields = ("at", "event", "before", "after", "by", "words", "callback_id")
    readonly_fields = ("words",)
    verbose_name_plural = "history"
    extra = 0

    @admin.display(description="note")
    def words(self, entry: HistoryRecord) -> str:
        """Return a person's note; phone numbers in it are masked."""
        return mask_numbers(entry.note)


@admin.register(Payment)
class PaymentAdmin(LookAndDecide, Columns, admin.ModelAdmin):
    """Finds payments, shows all their evidence, and lets staff query and decide."""

    list_display = ("kes", "status", "to_do", "provider_reference", "phone", "created_at", "order")
    list_filter = ("needs_attention", "refund_due", "status", "created_at", "environment")
    list_select_related = ("order",)
    search_fields = ("order_id",)
    search_help_text = (
        "A part of an order's id; or the whole of a phone number, an M-Pesa receipt, a MerchantRequestID or our key."
    )
    actions = ("ask_daraja_now", "resolve", "given_back")
    inlines = (HistoryInline,)
    fieldsets = (
        (None, {"fields": ("to_do", "key", "order", "user", "kes", "phone", "status", "provider_reference")}),
        (
            "What was said",
            {"fields": ("merchant_request_id", "checkout_id", "result", "conflicts", "resolution")},
        ),
        ("When", {"fields": ("created_at", "updated_at", "next_check_at", "emailed_at", "texted_at")}),
        ("Whose", {"fields": ("environment", "shortcode")}),
        ("Raw callbacks, as they came but for long numbers", {"fields": ("callbacks",)}),
    )
    readonly_fields = (
        *("to_do", "kes", "phone", "merchant_request_id", "checkout_id"),
        *("result", "conflicts", "resolution", "callbacks"),
    )

    class Media:
        """Highlights the payments that need a person."""

        css = {"all": ["payments/admin.css"]}

    def get_search_results(
        self, _: HttpRequest, queryset: "QuerySet[Payment]", search_term: str
    ) -> "tuple[QuerySet[Payment], bool]":
        """Search by a part of an order's id, or by the whole of another field."""
        term = search_term.strip()
        if not term:
            return queryset, False
        merchant_request = f'"merchant_request_id": {json.dumps(term)}'
        found = Q(key=term) | Q(provider_reference__iexact=term) | Q(facts__contains=merchant_request)
        with suppress(ValueError):
            return queryset.filter(found | Q(phone_number=normalise_phone(term))), False
        return queryset.filter(found | Q(order__order_id__icontains=term)), False

    @admin.action(description="Ask Daraja now", permissions=["view"])
    def ask_daraja_now(self, request: HttpRequest, queryset: "QuerySet[Payment]") -> None:
        """Query the selected payments until Daraja's rate limit is reached."""
        for payment in queryset:
            try:
                transition = checkout().refresh(payment.key)
            except DarajaError as error:
                self.message_user(request, f"{payment}: {error}", messages.WARNING)
                if isinstance(error, RateLimited):
                    break
            else:
                how = "is still" if transition.before.status is transition.after.status else "is now"
                self.message_user(request, f"{payment} {how} {transition.after.status}.", messages.INFO)

    @admin.action(description="Resolve: decide after looking at the statement", permissions=["resolve"])
    def resolve(self, request: HttpRequest, queryset: "QuerySet[Payment]") -> HttpResponse | None:
        """Open the page on which one payment is decided."""
        if queryset.count() == 1:
            return redirect("admin:payments_payment_resolve", queryset.get().key)
        self.message_user(request, "Resolve one payment at a time.", messages.WARNING)
        return None

    @admin.action(description="Refund due: the money was given back", permissions=["resolve"])
    def given_back(self, request: HttpRequest, queryset: "QuerySet[Payment]") -> None:
        """Mark refunds as done, and store who did it."""
        for payment in queryset:
            with transaction.atomic():
                if not Payment.objects.filter(key=payment.key, refund_due=True).update(refund_due=False):
                    continue
                HistoryRecord.objects.create(
                    payment=payment,
                    at=timezone.now(),
                    event="person given_back",
                    by=request.user.get_username(),
                    before=payment.status,
                    after=payment.status,
                    became_success=False,
                )
            self.message_user(request, f"{payment} is given back.", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        """Add the page on which a payment is decided."""
        page = self.admin_site.admin_view(transaction.non_atomic_requests(partial(resolve_page, self)))
        return [path("<slug:key>/resolve/", page, name="payments_payment_resolve"), *super().get_urls()]

    @transaction.non_atomic_requests  # the store's transactions are its own
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Show the list, and run actions."""
        return super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show a payment, with a link to the decision for staff with the permission."""
        context = {**(extra_context or {}), "may_resolve": self.has_resolve_permission(request)}
        return super().change_view(request, object_id, form_url, context)
