"""The admin of payouts: ask for one, approve, find, show, query and decide."""

from collections.abc import Iterable
from contextlib import suppress
from typing import ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString

import daraja
from daraja import Payouts, PayoutStatus, normalise_phone
from daraja.disbursements.may_pay_again import may_pay_again
from daraja.disbursements.products import Product
from daraja.django import payouts
from daraja.django.admin.approving import decide_page, decisions
from daraja.django.admin.drafting import draft_page, pay_again_page
from daraja.django.admin.records import RecordAdmin
from daraja.django.admin.resolving import ResolvePayoutForm, resolve_page
from daraja.django.admin.rights import may_pay_out
from daraja.django.apps import this_app
from daraja.django.conf import outside_transactions
from daraja.django.models import Payout, PayoutCallback, PayoutHistoryEntry
from daraja.ledger import Ledger
from daraja.values.secret import mask_numbers

_MONEY_MAY_GO_AGAIN = {Product.B2C, Product.POCHI, Product.PAY_BILL, Product.TILL}


def link_to_payout(idempotency_key: str, /) -> SafeString | str:
    """Return a link to the payout of a debt, with its status and receipt, for a list of your own.

    Args:
        idempotency_key: Your own name for the debt, as ``pay`` was given it.
    """
    row = Payout.objects.filter(idempotency_key=idempotency_key).first()
    if row is None:
        return "-"
    receipt = row.receipt or row.transaction_id or ""
    return format_html(
        '<a href="{}">{} {}</a>', reverse("admin:daraja_payout_change", args=[row.key]), row.status, receipt
    )


@admin.register(Payout)
@method_decorator(outside_transactions, name="changelist_view")  # the store's transactions are its own
@method_decorator(outside_transactions, name="add_view")
class PayoutAdmin(RecordAdmin):
    """Lets one person ask for a payout and another one approve it, and shows all that is known of it."""

    history_model, callback_model = PayoutHistoryEntry, PayoutCallback
    resolve_form, resolve_template = ResolvePayoutForm, "resolve_payout"
    pages: ClassVar = {"decide": decide_page, "pay-again": pay_again_page, "resolve": resolve_page}
    list_display = ("seen_receiver", "kes", "purpose", "status", "to_do", "number", "created_at")
    list_filter = ("needs_attention", "status", "purpose", "created_at", "environment")
    search_fields = ("by",)
    search_help_text = "A part of who asked for it; or the whole of a phone number, a receipt, your own key or our key."
    actions = ("query", "resolve")
    fieldsets = (
        (None, {"fields": ("to_do", "key", "seen_receiver", "kes", "purpose", "status", "number")}),
        ("Who", {"fields": ("by", "approved_by", "remarks", "idempotency_key", "refunds", "reason")}),
        ("What M-Pesa said", {"fields": ("request_ids", "result", "may_go_again", "conflicts", "resolution")}),
        ("When", {"fields": ("created_at", "updated_at", "succeeded_at", "next_check_at")}),
        ("Account", {"fields": ("environment", "shortcode", "tenant")}),
        ("History", {"fields": ("history",)}),
        ("Callbacks, with long numbers masked", {"fields": ("callbacks",)}),
    )
    readonly_fields = (
        *("to_do", "seen_receiver", "kes", "number", "approved_by", "remarks", "reason", "request_ids", "result"),
        *("may_go_again", "conflicts", "resolution", "history", "callbacks"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether this person may ask for payouts."""
        return may_pay_out(request, "add")

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Return whether this person may decide about payouts."""
        return may_pay_out(request, "resolve")

    def face(self) -> Payouts:
        """Return the object that pays out."""
        return payouts()

    def ledger(self) -> Ledger[daraja.Payout]:
        """Return the payouts of every account."""
        return this_app().payout_ledger

    def buttons(self, request: HttpRequest, row: Payout) -> Iterable[str]:
        """Return the pages that this person may open about a payout."""
        payout = row.record
        if decisions(request, payout):
            yield "decide"
        failed = payout.status is PayoutStatus.FAILED and payout.surely_unpaid
        if failed and payout.product in _MONEY_MAY_GO_AGAIN and may_pay_out(request, "add"):
            yield "pay-again"
        if payout.status not in payout.kind.unsent:
            yield from super().buttons(request, row)

    def work_left(self, row: Payout) -> Iterable[str]:
        """Return what a person has to do, in words."""
        return ["approve"] if row.status == PayoutStatus.HELD else super().work_left(row)

    def add_view(self, request: HttpRequest, *_: object) -> HttpResponse:
        """Show the page on which a payout is asked for."""
        return draft_page(self, request)

    @admin.display(description="receiver", ordering="receiver")
    def seen_receiver(self, row: Payout) -> str:
        """Return the receiver with numbers masked; whole on the page of one payout, with a permission."""
        return row.receiver if getattr(row, "phone_is_shown", False) else mask_numbers(row.receiver)

    @admin.display(description="receipt", ordering="receipt")
    def number(self, row: Payout) -> str:
        """Return the receipt, or the number under which a statement lists a payout to a business."""
        return row.receipt or row.transaction_id or "-"

    @admin.display(description="approved by")
    def approved_by(self, row: Payout) -> str:
        """Return who approved it."""
        approval = row.record.approval
        return "-" if approval is None else mask_numbers(approval.by)

    @admin.display(description="remarks")
    def remarks(self, row: Payout) -> str:
        """Return the words for M-Pesa."""
        return mask_numbers(row.record.remarks)

    @admin.display(description="reason of a refund")
    def reason(self, row: Payout) -> str:
        """Return why a payment goes back."""
        return mask_numbers(str(row.record.metadata.get("reason", "-")))

    @admin.display(description="OriginatorConversationID, ConversationID")
    def request_ids(self, row: Payout) -> str:
        """Return Daraja's ids, to quote to Safaricom."""
        return f"{row.originator_conversation_id or '-'}, {row.conversation_id or '-'}"

    @admin.display(description="may be paid again")
    def may_go_again(self, row: Payout) -> str:
        """Return whether a new payout is safe, and why."""
        answer = may_pay_again(row.record)
        return f"{'yes' if answer else 'no'}: {answer.reason}"

    def matching(self, term: str) -> Q:
        """Search by a part of who asked, or by the whole of another field."""
        found = Q(key=term) | Q(idempotency_key=term) | Q(by__icontains=term)
        for name in ("receipt", "transaction_id", "refunds"):
            found |= Q(**{name: term.upper()})
        with suppress(ValueError):
            found |= Q(phone=normalise_phone(term))
        return found
