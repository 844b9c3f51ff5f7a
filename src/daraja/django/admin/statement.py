"""The page that reads an account statement: which payment, payout or receipt each row of it belongs to."""

from contextlib import suppress
from typing import Any, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from daraja import read_statement
from daraja.django.admin.records import RecordAdmin
from daraja.django.models import Payout, Receipt, payment_model
from daraja.errors import DarajaError
from daraja.inbound.statement import Statement

__all__ = ["statement_page"]

_MOST_ROWS: Final = 500
"""For more, there is the command ``statement``: each row is looked up and shown."""


class _StatementForm(forms.Form):
    file = forms.FileField(label="Account statement of the M-Pesa portal (csv, xls or xlsx)")

    def clean_file(self) -> Statement:
        """Read the file; a row that is missing or was changed is reported."""
        try:
            return read_statement(self.cleaned_data["file"].read())
        except (DarajaError, ImportError) as error:  # of the extra `statement`
            raise forms.ValidationError(str(error)) from None


def statement_page(page: RecordAdmin, request: HttpRequest) -> HttpResponse:
    """Show the newest rows of a statement, each with a link to what it belongs to. It changes nothing."""
    if not page.has_resolve_permission(request):
        raise PermissionDenied
    form = _StatementForm(request.POST or None, request.FILES or None)
    completed = form.cleaned_data["file"].completed if form.is_valid() else ()
    rows = [(row, _owner(row.receipt)) for row in completed[: -_MOST_ROWS - 1 : -1]]
    strays = sum(not owner for _, owner in rows)
    shown = {"form": form, "rows": rows, "count": len(completed), "strays": strays}
    return page.shown(request, "statement", "Read a statement", **shown)


def _owner(receipt: str) -> str:
    """Return what has this receipt, as a link if it has a page; nothing if nothing has it."""
    for model in (payment_model(), Receipt, Payout):
        row: Any = model._default_manager.filter(receipt=receipt).first()  # Any: a row of one of the three
        if row is None:
            continue
        words = f"{row} for {row.order or row.expectation or 'nobody knows what'}" if model is Receipt else str(row)
        with suppress(NoReverseMatch):  # the admin has no page of a model that is not registered
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
            return format_html('<a href="{}">{}</a>', address, words)
        return words
    return ""
