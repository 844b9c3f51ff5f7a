"""The pages on which a person asks for a payout or a refund, which a second person approves."""

import secrets
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from daraja import Payout, PayoutStatus
from daraja.django import payouts
from daraja.django.admin.approving import refused
from daraja.django.admin.records import RecordAdmin
from daraja.django.admin.rights import may_pay_out
from daraja.django.conf import option
from daraja.errors import DarajaError
from daraja.to import Mobile, PayBillAccount, Pochi, Receiver, TillNumber


class DraftForm(Form):
    """The receiver, the amount and the purpose."""

    kind = forms.ChoiceField(
        label="Who is paid?",
        choices=[("mobile", "An M-Pesa phone"), ("pochi", "A Pochi la Biashara"), ("pay_bill", "A pay bill"),
                 ("till", "A till")],
        initial="mobile",
        widget=forms.RadioSelect,
    )  # fmt: skip
    number = forms.CharField(label="Phone, pay bill or till number", max_length=30)
    account = forms.CharField(label="Account number, if it is a pay bill", max_length=20, required=False)
    amount = forms.IntegerField(label="KES", min_value=1)
    purpose = forms.ChoiceField(
        label="Purpose of a payment to a phone",
        choices=[("business", "business"), ("salary", "salary"), ("promotion", "promotion")],
    )
    remarks = forms.CharField(label="Remarks for M-Pesa", initial="Payment", max_length=100)
    again = forms.BooleanField(label="The same receiver may get the same amount a second time today", required=False)
    idempotency_key = forms.CharField(widget=forms.HiddenInput)

    def receiver(self) -> Receiver:
        """Return who is paid.

        Raises:
            InvalidInput: If the number is none of that kind.
        """
        number, account = self.cleaned_data["number"], self.cleaned_data["account"]
        match self.cleaned_data["kind"]:
            case "pay_bill":
                return PayBillAccount(number, account=account)
            case "till":
                return TillNumber(number)
            case "pochi":
                return Pochi(number)
            case _:
                return Mobile(number)


class RefundForm(Form):
    """Why a payment goes back."""

    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}))


def draft_page(page: RecordAdmin, request: HttpRequest) -> HttpResponse:
    """Show the form; store the payout, which waits for a second person."""
    # A double click sends the same key, and gets the same payout.
    form = DraftForm(request.POST or None, initial={"idempotency_key": f"admin {secrets.token_hex(8)}"})

    def ask(by: str) -> Payout:
        wanted = {name: form.cleaned_data[name] for name in _ASKED}
        return payouts().pay(to=form.receiver(), by=by, **wanted)

    return _asked(page, request, form, ask, template="draft", title="Pay out")


def pay_again_page(page: RecordAdmin, request: HttpRequest, key: str) -> HttpResponse:
    """Ask for a payout in the place of one that surely paid nothing."""
    row: Any = get_object_or_404(page.model, key=key)  # Any: a row of payouts
    failed: Payout = row.record

    def ask(by: str) -> Payout:
        return payouts().pay(
            to=failed.to,
            amount=failed.amount,
            purpose=failed.purpose,
            remarks=failed.remarks,
            idempotency_key=f"instead of {key}",
            instead_of=key,
            metadata=failed.metadata,
            by=by,
        )

    form = Form(request.POST if request.method == "POST" else None)  # it has no fields
    return _asked(page, request, form, ask, template="pay_again", title="Pay again", row=row)


def refund_page(page: RecordAdmin, request: HttpRequest, key: str) -> HttpResponse:
    """Ask for a reversal of a payment, which gives the whole amount back to who paid."""
    row: Any = get_object_or_404(page.model, key=key)  # Any: a row of payments
    form = RefundForm(request.POST or None)

    def ask(by: str) -> Payout:
        return payouts().refund(row.record, reason=form.cleaned_data["reason"], by=by)

    return _asked(page, request, form, ask, template="refund", title="Refund a payment", row=row)


_ASKED = ("amount", "purpose", "remarks", "again", "idempotency_key")


def _asked(
    page: RecordAdmin,
    request: HttpRequest,
    form: Form,
    ask: Callable[[str], Payout],
    *,
    template: str,
    title: str,
    row: object = None,
) -> HttpResponse:
    """Show a form. Once it is filled in, ask for the payout in the name of this person, and show the payout."""
    if not may_pay_out(request, "add"):
        raise PermissionDenied
    answer: HttpResponse | None = None
    if form.is_valid():
        try:
            payout = ask(request.user.get_username())
            waits = "A second person has to approve it." if payout.status is PayoutStatus.HELD else ""
            words = f"Written down: KES {payout.amount:,}, {payout.status}. {waits}"
            page.message_user(request, words, messages.SUCCESS)
            answer = redirect("admin:daraja_payout_change", payout.key)
        except DarajaError as error:
            answer = refused(page, request, form, error)
    return answer or page.shown(request, template, title, form=form, row=row, approval=_approval())


def _approval() -> str:
    """Say who has to approve the payout."""
    lowest = option("APPROVAL_FROM")
    if lowest is None:
        return "The money leaves at once."
    at_once = f"From KES {lowest:,}, a" if lowest > 1 else "A"
    return f"{at_once} second person has to approve it before money leaves."
