"""The page on which a person decides whether a payment was paid."""

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from daraja.errors import DarajaError
from payments.models import Payment
from payments.mpesa import checkout_of
from payments.rows import payment_of

__all__ = ["ResolveForm", "resolve_page"]


class ResolveForm(forms.Form):
    """The form for the decision after a look at the statement."""

    paid = forms.TypedChoiceField(
        label="Is the money there?",
        choices=[("yes", "Yes, it was paid"), ("no", "No, nobody was charged")],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label="How do you know?", max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
    )


def resolve_page(site: "ModelAdmin[Payment]", request: HttpRequest, key: str) -> HttpResponse:
    """Show the form; store the decision, its author and its reason."""
    if not request.user.has_perm("payments.resolve_payment"):
        raise PermissionDenied
    payment = get_object_or_404(Payment, key=key)
    form = ResolveForm(request.POST or None)
    if form.is_valid():
        try:
            ours = checkout_of(payment_of(payment))
            after = ours.resolve(key, **form.cleaned_data, by=request.user.get_username()).after
        except DarajaError as error:
            form.add_error(None, str(error))
        else:
            site.message_user(request, f"Written down. Payment {key} is {after.status}.", messages.SUCCESS)
            return redirect("admin:payments_payment_change", key)
    context = {
        **site.admin_site.each_context(request),
        "title": "Resolve a payment",
        "opts": Payment._meta,  # noqa: SLF001 - Django's own name for what is public there
        "payment": payment,
        "form": form,
    }
    return TemplateResponse(request, "admin/payments/payment/resolve.html", context)
