"""The page on which a person decides whether money moved."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from daraja.django.admin.records import RecordAdmin
from daraja.errors import DarajaError


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


class ResolvePayoutForm(ResolveForm):
    """The same for money that goes out."""

    paid = forms.TypedChoiceField(
        label="Did the money go out?",
        choices=[("yes", "Yes, it was paid"), ("no", "No, nothing was paid, or the money came back")],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )


def resolve_page(page: RecordAdmin, request: HttpRequest, key: str) -> HttpResponse:
    """Show the form; store the decision, who made it and why."""
    if not page.has_resolve_permission(request):
        raise PermissionDenied
    row: Any = get_object_or_404(page.model, key=key)  # Any: a row of the kind
    form = page.resolve_form(request.POST or None)
    if form.is_valid():
        try:
            after = page.decider(row).resolve(key, **form.cleaned_data, by=request.user.get_username()).after
        except DarajaError as error:
            form.add_error(None, str(error))
        else:
            written = f"Written down. {after.kind.name.capitalize()} {key} is {after.status}."
            page.message_user(request, written, messages.SUCCESS)
            return page.back_to(key)
    return page.shown(request, page.resolve_template, f"Resolve a {page.opts.verbose_name}", form=form, row=row)
