"""The admin of payments: find, show, query and decide."""

import json
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from daraja import normalise_phone
from daraja.django import checkout
from daraja.django.admin.callbacks import callbacks_of
from daraja.django.admin.resolving import resolve_page
from daraja.django.admin.rights import LookAndDecide, may
from daraja.django.conf import outside_transactions
from daraja.django.models import AbstractPayment, HistoryEntry, Payment
from daraja.errors import DarajaError, RateLimited
from daraja.values.secret import mask_numbers

__all__ = ["PaymentAdmin"]


# The store's transactions are its own.
@method_decorator(outside_transactions, name="changelist_view")
class PaymentAdmin(LookAndDecide, admin.ModelAdmin):
    """Finds payments, shows all that is known of them, and lets staff query and decide.

    For a model of your own: ``@admin.register(Payment) class MyPaymentAdmin(PaymentAdmin)``.
    """

    list_display = ("for_order", "kes", "status", "to_do", "receipt", "seen_phone", "created_at")
    list_filter = ("needs_attention", "refund_due", "status", "created_at", "environment")
    search_fields = ("order",)
    search_help_text = (
        "A part of an order; or the whole of a phone number, an M-Pesa receipt, a MerchantRequestID or our key."
    )
    actions = ("query", "resolve")
    fieldsets: ClassVar[Any] = (  # Any, in this class: a subclass may add to it
        (None, {"fields": ("to_do", "key", "for_order", "attempt", "kes", "seen_phone", "status", "receipt")}),
        ("What was said", {"fields": ("request_ids", "result", "conflicts", "resolution")}),
        ("When", {"fields": ("created_at", "updated_at", "succeeded_at", "next_check_at")}),
        ("Whose", {"fields": ("environment", "shortcode", "tenant", "reference")}),
        ("History", {"fields": ("history",)}),
        ("Callbacks, with long numbers masked", {"fields": ("callbacks",)}),
    )
    readonly_fields: ClassVar[Any] = (
        *("to_do", "for_order", "kes", "seen_phone", "request_ids", "result", "conflicts", "resolution", "history"),
        "callbacks",
    )
    change_form_template = "admin/daraja/change_form.html"

    class Media:
        """Highlights the payments that need a person."""

        css = {"all": ["daraja/admin.css"]}

    @admin.display(description="order", ordering="order")
    def for_order(self, payment: AbstractPayment) -> str:
        """Return the order, or the reference of a payment without one."""
        return payment.order_name or payment.reference

    @admin.display(description="amount", ordering="amount")
    def kes(self, payment: AbstractPayment) -> str:
        """Return the amount."""
        return f"KES {payment.amount:,}"

    @admin.display(description="phone")
    def seen_phone(self, payment: AbstractPayment) -> str:
        """Return the number with its middle masked; the whole number on the page of one payment, with a permission."""
        return payment.phone if getattr(payment, "phone_is_shown", False) else payment.masked_phone

    @admin.display(description="to do")
    def to_do(self, payment: AbstractPayment) -> SafeString | str:
        """Return what a person has to do."""
        left = {"refund due": payment.refund_due, "decide": payment.needs_attention and not payment.refund_due}
        marks = [(what,) for what, wanted in left.items() if wanted]
        return format_html_join(" ", '<span class="daraja-todo">{}</span>', marks) or "-"

    @admin.display(description="MerchantRequestID, CheckoutRequestID")
    def request_ids(self, payment: AbstractPayment) -> str:
        """Return Daraja's ids, to quote to Safaricom; the second ends in the customer's number, which is masked."""
        record = payment.record
        return f"{record.merchant_request_id or '-'}, {mask_numbers(record.checkout_request_id or '-')}"

    @admin.display(description="result")
    def result(self, payment: AbstractPayment) -> str:
        """Return Safaricom's code and words, and where they come from."""
        record = payment.record
        said = f"{record.result_code or 'none yet'} {record.result_description}".rstrip()
        return mask_numbers(f"{said} (from: {record.decided_by})" if record.decided_by else said)

    @admin.display(description="contradictions")
    def conflicts(self, payment: AbstractPayment) -> str:
        """Return what contradicts what is known."""
        return mask_numbers(", ".join(sorted(payment.record.conflicts))) or "-"

    @admin.display(description="decided by a person")
    def resolution(self, payment: AbstractPayment) -> str:
        """Return the decision, who made it and why."""
        decision = payment.record.resolution
        if decision is None:
            return "-"
        return mask_numbers(f"{'paid' if decision.paid else 'not paid'}, says {decision.by}: {decision.note}")

    @admin.display(description="history")
    def history(self, payment: AbstractPayment) -> SafeString | str:
        """Return every change, the oldest first."""
        entries = HistoryEntry.objects.filter(key=payment.key)
        lines = [
            (entry.at.strftime("%d %B %Y, %H:%M:%S"), entry.event, entry.before, entry.after, mask_numbers(entry.by),
             mask_numbers(entry.note))
            for entry in entries
        ]  # fmt: skip
        head = "<tr><th>when</th><th>what</th><th>before</th><th>after</th><th>who</th><th>note</th></tr>"
        shown = format_html_join(
            "", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", lines
        )
        return format_html("<table>{}{}</table>", SafeString(head), shown) if lines else "-"

    @admin.display(description="callbacks")
    def callbacks(self, payment: AbstractPayment) -> SafeString | str:
        """Return every callback body of the payment."""
        return callbacks_of(payment)

    def get_search_results(
        self, _: HttpRequest, queryset: "QuerySet[AbstractPayment]", search_term: str
    ) -> "tuple[QuerySet[AbstractPayment], bool]":
        """Search by a part of an order, or by the whole of another field."""
        term = search_term.strip().replace("\0", "")
        if not term:
            return queryset, False
        merchant_request = f'"merchant_request_id": {json.dumps(term)}'
        found = Q(key=term) | Q(receipt=term.upper()) | Q(facts__contains=merchant_request)
        with suppress(ValueError):
            return queryset.filter(found | Q(phone=normalise_phone(term))), False
        return queryset.filter(found | Q(**{f"{self._order_column()}__icontains": term})), False

    def _order_column(self) -> str:
        """Return the field to search orders by: the text, or the primary key of the order."""
        field = self.model._meta.get_field("order")
        return f"order__{field.target_field.name}" if field.is_relation else "order"

    @admin.action(description="Ask Daraja now", permissions=["view"])
    def query(self, request: HttpRequest, queryset: "QuerySet[AbstractPayment]") -> None:
        """Query the selected payments until Daraja's rate limit is reached."""
        for payment in queryset:
            try:
                transition = checkout().refresh(payment.key)
            except RateLimited as error:
                self.message_user(request, f"{payment}: {error}", messages.WARNING)
                break
            except DarajaError as error:
                self.message_user(request, f"{payment}: {error}", messages.WARNING)
            else:
                how = "is still" if transition.before.status is transition.after.status else "is now"
                self.message_user(request, f"{payment} {how} {transition.after.status}.", messages.INFO)

    @admin.action(description="Resolve: decide after looking at the statement", permissions=["resolve"])
    def resolve(self, request: HttpRequest, queryset: "QuerySet[AbstractPayment]") -> HttpResponse | None:
        """Open the page on which one payment is decided."""
        if queryset.count() == 1:
            return redirect(self._resolve_url(queryset.get().key))
        self.message_user(request, "Resolve one payment at a time.", messages.WARNING)
        return None

    def get_urls(self) -> list[URLPattern]:
        """Add the page on which a payment is decided."""
        page = self.admin_site.admin_view(outside_transactions(partial(resolve_page, self)))
        name = f"{self.opts.app_label}_{self.opts.model_name}_resolve"
        return [path("<slug:key>/resolve/", page, name=name), *super().get_urls()]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> AbstractPayment | None:
        """Return a payment, with its whole phone number for staff with the permission."""
        payment: AbstractPayment | None = super().get_object(request, object_id, from_field)
        if payment is not None:
            payment.phone_is_shown = may(request, "see_phone")  # type: ignore[attr-defined] # for this page alone
        return payment

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show a payment, with a link to the decision for staff with the permission."""
        url = self._resolve_url(object_id) if self.has_resolve_permission(request) else ""
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "resolve_url": url})

    def _resolve_url(self, key: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_resolve", args=[key])


if not Payment._meta.swapped:  # pragma: no branch - the example shop has a model of its own
    admin.site.register(Payment, PaymentAdmin)
