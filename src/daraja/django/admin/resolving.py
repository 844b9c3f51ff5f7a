"""The page on which a person decides whether a payment was paid."""

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from daraja.django import checkout
from daraja.django.admin.rights import may
from daraja.django.apps import this_app
from daraja.django.models import AbstractPayment
from daraja.errors import DarajaError
from daraja.ledger import Ledger

__all__ = ["ResolveForm", "resolve_page"]


class ResolveForm(forms.Form):
    """The decision after a look at the statement."""

    paid = forms.TypedChoiceField(
        label="Is the money there?",
        choices=[("yes", "Yes, it was paid"), ("no", "No, nobody was charged, or the money was given back")],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    receipt = forms.CharField(
        label="M-Pesa receipt number, if it was paid", max_length=64, required=False, empty_value=None
    )
    note = forms.CharField(
        label="How do you know?", max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
    )


def resolve_page(page: "ModelAdmin[AbstractPayment]", request: HttpRequest, key: str) -> HttpResponse:
    """Show the form; store the decision, who made it and why."""
    if not may(request, "resolve_payment"):
        raise PermissionDenied
    payment = get_object_or_404(page.model, key=key)
    opts = page.opts
    form = ResolveForm(request.POST or None)
    if form.is_valid():
        try:
            # A payment of an account that this project has left is decided without a client for it.
            ours = checkout() if payment.record.account == this_app().account else Ledger(checkout().store)
            after = ours.resolve(key, **form.cleaned_data, by=request.user.get_username()).after
        except DarajaError as error:
            form.add_error(None, str(error))
        else:
            page.message_user(request, f"Written down. Payment {key} is {after.status}.", messages.SUCCESS)
            return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", key)
    context = {
        **page.admin_site.each_context(request),
        "title": "Resolve a payment",
        "opts": opts,
        "payment": payment,
        "form": form,
    }
    return TemplateResponse(request, "admin/daraja/resolve.html", context)
