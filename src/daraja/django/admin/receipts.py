"""The admin of receipts: find money that was paid by hand, say what it is for, or dismiss it."""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator

import daraja
from daraja import normalise_phone
from daraja.django import receipts
from daraja.django.admin.callbacks import CallbackAdmin
from daraja.django.admin.records import RecordAdmin
from daraja.django.admin.rights import LookAndDecide
from daraja.django.admin.statement import statement_page
from daraja.django.conf import outside_transactions
from daraja.django.models import Expectation, Receipt, ReceiptCallback, ReceiptHistoryEntry, payment_model
from daraja.errors import DarajaError, RecordUnreadable
from daraja.ledger import Ledger
from daraja.values.account_number import normalise_reference
from daraja.values.secret import mask_numbers

_EITHER = "Give the account or the order, and not both."


def may_decide(request: HttpRequest) -> bool:
    """Return whether a person may say what receipts are for."""
    return bool(request.user.has_perm("daraja.resolve_receipt"))


def _readable(row: Receipt) -> daraja.Receipt | None:
    """Return the record of a row in the list; None if it cannot be read, as one row must not hide the others."""
    with suppress(RecordUnreadable):
        return row.record
    return None


class DecideReceiptForm(forms.Form):
    """The order or expectation that money is for, and how that is known."""

    reference = forms.CharField(label="Account that it is for", max_length=20, required=False, empty_value=None)
    order = forms.CharField(label="Or the order that it is for", max_length=200, required=False, empty_value=None)
    note = forms.CharField(
        label="How do you know?", max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
    )

    def clean(self) -> dict[str, Any]:  # Any: as Django has it
        """Check that an assignment names one thing, and a dismissal names nothing."""
        given = super().clean() or self.cleaned_data
        named = [name for name in ("reference", "order") if given.get(name)]
        if len(named) != ("dismiss" not in self.data):
            raise forms.ValidationError("Money that you dismiss is for nothing." if "dismiss" in self.data else _EITHER)
        return given


def decide_page(page: RecordAdmin, request: HttpRequest, key: str) -> HttpResponse:
    """Show the receipt with suggestions; store the decision, who made it and why."""
    if not may_decide(request):
        raise PermissionDenied
    row: Any = get_object_or_404(page.model, key=key)  # Any: a row of receipts
    form = DecideReceiptForm(request.POST or None)
    if form.is_valid():
        try:
            after = _decided(row.number, request, **form.cleaned_data)
        except DarajaError as error:
            form.add_error(None, str(error))
        else:
            page.message_user(request, f"Written down. Receipt {row.number} {_effect(after)}.", messages.SUCCESS)
            return page.back_to(key)
    try:
        suggestions = receipts().suggestions(row.number)
    except DarajaError:  # it is of an account that this project has left
        suggestions = ()
    typed = mask_numbers(row.record.reference or "")
    return page.shown(
        request, "decide_receipt", "Decide about a receipt", form=form, row=row, typed=typed, suggestions=suggestions
    )


def _effect(receipt: daraja.Receipt) -> str:
    """Say what a decision has changed. It takes nothing from the payment whose money the receipt is."""
    if receipt.payment is not None:
        return f"is the money of payment {receipt.payment}, which stays as it is: decide about the payment too"
    return f"counts for {receipt.order or receipt.expectation}" if receipt.counts else "counts for nothing"


def _decided(
    number: str, request: HttpRequest, *, reference: str | None, order: str | None, note: str
) -> daraja.Receipt:
    by = request.user.get_username()
    if "dismiss" in request.POST:
        return receipts().dismiss(number, by=by, note=note).after
    return receipts().assign(number, reference=reference, order=order, by=by, note=note).after


@admin.register(Receipt)
@method_decorator(outside_transactions, name="changelist_view")  # the store's transactions are its own
class ReceiptAdmin(RecordAdmin):
    """Lists money that customers paid by hand, above all money whose purpose is not known."""

    history_model, callback_model = ReceiptHistoryEntry, ReceiptCallback
    pages: ClassVar = {"decide": decide_page}
    change_list_template = "admin/daraja/receipts.html"
    list_display = ("number", "kes", "is_for", "status", "to_do", "payer", "created_at")
    list_filter = ("is_unmatched", "needs_attention", "status", "created_at", "environment")
    search_fields = ("order",)
    search_help_text = "A part of an order; or the whole of a receipt number, an account, a phone number or our key."
    actions = ("decide",)
    fieldsets = (
        (None, {"fields": ("to_do", "key", "number", "kes", "status", "is_for", "typed")}),
        ("Who", {"fields": ("payer", "payer_name", "announced_by", "matched_by")}),
        ("Review", {"fields": ("conflicts", "resolution")}),
        ("When", {"fields": ("paid_at", "created_at", "updated_at", "succeeded_at", "next_check_at")}),
        ("Account", {"fields": ("environment", "shortcode", "tenant")}),
        ("History", {"fields": ("history",)}),
        ("Callbacks, with long numbers masked", {"fields": ("callbacks",)}),
    )
    readonly_fields = (
        *("to_do", "kes", "is_for", "typed", "payer", "payer_name", "announced_by", "matched_by", "conflicts"),
        *("resolution", "paid_at", "history", "callbacks"),
    )

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Return whether this person may say what receipts are for."""
        return may_decide(request)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that reads a statement."""
        view = self.admin_site.admin_view(outside_transactions(partial(statement_page, self)))
        return [path("statement/", view, name="daraja_receipt_statement"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Receipt]":
        """Read the order of a prompt's money with it, which the payment has."""
        payments = payment_model()
        paid = payments._default_manager.filter(receipt=OuterRef("number"), environment=OuterRef("environment"))
        order = Subquery(paid.values(payments.order_column())[:1])
        receipts: QuerySet[Receipt] = super().get_queryset(request)
        return receipts.annotate(prompted_order=order)

    def buttons(self, request: HttpRequest, row: Receipt) -> Iterable[str]:
        """Return the pages that this person may open about a receipt."""
        del row
        return ["decide"] if may_decide(request) else []

    def work_left(self, row: Receipt) -> Iterable[str]:
        """Return what a person has to do, in words."""
        if row.is_unmatched:
            return ["assign"]
        record = _readable(row)
        return ["refund due"] if row.needs_attention and record and record.refund_due else super().work_left(row)

    @admin.display(description="amount", ordering="amount")
    def kes(self, row: Receipt) -> str:
        """Return the amount; nothing while no money is proved."""
        return "-" if row.amount is None else f"KES {row.amount:,.2f}".removesuffix(".00")

    @admin.display(description="for")
    def is_for(self, row: Receipt) -> str:
        """Return the order, the account or the prompted payment for which it counts."""
        record = _readable(row)
        payment = record and record.payment
        if payment:
            return str(getattr(row, "prompted_order", None) or f"payment {payment}")
        return row.order or row.expectation or "-"

    @admin.display(description="typed as account")
    def typed(self, row: Receipt) -> str:
        """Return the account that the payer typed. It proves nothing."""
        return mask_numbers(row.record.reference or "-")

    @admin.display(description="payer")
    def payer(self, row: Receipt) -> str:
        """Return the payer's number; whole on the page of one receipt, with a permission."""
        record = _readable(row)
        payer = str((record and record.payer) or "-")
        return payer if getattr(row, "phone_is_shown", False) else mask_numbers(payer)

    @admin.display(description="payer's name")
    def payer_name(self, row: Receipt) -> str:
        """Return the name that M-Pesa told."""
        return row.record.payer_name or "-"

    @admin.display(description="announced by")
    def announced_by(self, row: Receipt) -> str:
        """Return who announced it."""
        return ", ".join(row.record.announced_by) or "-"

    @admin.display(description="matched by")
    def matched_by(self, row: Receipt) -> str:
        """Return the person who said what it is for."""
        return mask_numbers(row.record.matched_by) or "-"

    @admin.display(description="paid on")
    def paid_at(self, row: Receipt) -> str:
        """Return when it was paid, in Nairobi's time."""
        paid_at = row.record.paid_at
        return "-" if paid_at is None else f"{paid_at:%d %B %Y, %H:%M:%S}"

    @admin.action(description="Decide: say what it is for, or dismiss it", permissions=["resolve"])
    def decide(self, request: HttpRequest, queryset: "QuerySet[Receipt]") -> HttpResponse | None:
        """Open the page on which one receipt is decided."""
        if queryset.count() == 1:
            return redirect(self.url_of("decide", queryset.get().key))
        self.message_user(request, "Decide about one receipt at a time.", messages.WARNING)
        return None

    def matching(self, term: str) -> Q:
        """Search by a part of an order, or by the whole of another field."""
        found = Q(key=term) | Q(number=term.upper()) | Q(order__icontains=term)
        if compared := normalise_reference(term):
            found |= Q(expectation=compared)
        with suppress(ValueError):
            found |= Q(phone=normalise_phone(term))
        return found


@admin.register(ReceiptCallback)
class ReceiptCallbackAdmin(CallbackAdmin):
    """Shows confirmations, above all those that prove nothing."""

    def ledger(self) -> Ledger[daraja.Receipt]:
        """Return the object that dismisses them."""
        return Ledger(receipts().store)

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Return whether this person may decide about receipts."""
        return may_decide(request)


@admin.register(Expectation)
class ExpectationAdmin(LookAndDecide, admin.ModelAdmin):
    """Shows which account number belongs to which order."""

    list_display = ("reference", "order", "amount", "created_at")
    list_filter = ("created_at", "environment")
    search_fields = ("=reference", "order")
    fields = ("reference", "order", "amount", "created_at", "environment", "shortcode", "tenant")
