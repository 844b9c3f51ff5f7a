"""The page on which a second person approves or refuses a payout, or somebody cancels it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from daraja import Payout, PayoutStatus
from daraja.disbursements.approve import same_person
from daraja.django import payouts
from daraja.django.admin.records import RecordAdmin
from daraja.django.admin.rights import may_pay_out
from daraja.errors import DarajaError
from daraja.values.secret import mask_numbers


class DecideForm(forms.Form):
    """The decision about a payout: approve it, or refuse or cancel it with a reason."""

    fingerprint = forms.CharField(widget=forms.HiddenInput)
    note = forms.CharField(
        label="Why, if you refuse or cancel it",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
    )


def decisions(request: HttpRequest, payout: Payout) -> list[str]:
    """Return what this person may decide about a payout that was not sent yet. Nobody approves what they made."""
    if payout.status is not PayoutStatus.HELD:
        return []
    made_it = same_person(payout.by, request.user.get_username())
    may_approve = may_pay_out(request, "approve") and not made_it
    return ["approve", "refuse"] * may_approve + ["cancel"] * may_pay_out(request, "add")


def decide_page(page: RecordAdmin, request: HttpRequest, key: str) -> HttpResponse:
    """Show receiver, amount and purpose; carry out the decision about exactly these."""
    if not (may_pay_out(request, "approve") or may_pay_out(request, "add")):
        raise PermissionDenied
    row: Any = get_object_or_404(page.model, key=key)  # Any: a row of payouts
    payout: Payout = row.record
    allowed = decisions(request, payout)
    form = DecideForm(request.POST or None, initial={"fingerprint": payout.fingerprint})
    answer: HttpResponse | None = None
    if form.is_valid():
        decision = next((name for name in allowed if name in request.POST), None)
        if decision is None:
            raise PermissionDenied
        try:
            after = _decided(decision, key, request.user.get_username(), **form.cleaned_data)
            page.message_user(request, f"{row} is {after.status}.", messages.SUCCESS)
            answer = page.back_to(key)
        except DarajaError as error:
            answer = refused(page, request, form, error)
    # The person who approves has to see the whole number.
    receiver = row.receiver if may_pay_out(request, "approve") else mask_numbers(row.receiver)
    reason = mask_numbers(str(payout.metadata.get("reason", "")))
    seen = {"payout": payout, "receiver": receiver, "reason": reason, "allowed": allowed}
    return answer or page.shown(request, "decide", "Decide about a payout", form=form, row=row, **seen)


def refused(page: RecordAdmin, request: HttpRequest, form: forms.Form, error: DarajaError) -> HttpResponse | None:
    """Return to the payout if it was sent and Daraja refused it; else put the error on the form."""
    if error.payout is None:
        form.add_error(None, str(error))
        return None
    page.message_user(request, str(error), messages.ERROR)
    return redirect("admin:daraja_payout_change", error.payout.key)


def _decided(decision: str, key: str, by: str, *, fingerprint: str, note: str) -> Payout:
    match decision:
        case "approve":
            return payouts().approve(key, by=by, fingerprint=fingerprint)
        case "refuse":
            return payouts().refuse(key, by=by, note=note)
        case _:
            return payouts().cancel(key, by=by, note=note)
