"""The page that reads an account statement: which payment, payout or receipt each row of it belongs to."""

from collections.abc import Collection
from contextlib import suppress
from typing import Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from daraja import read_statement
from daraja.django.admin.records import RecordAdmin
from daraja.django.base_models import AbstractRecord
from daraja.django.models import Payout, Receipt, payment_model
from daraja.errors import DarajaError
from daraja.inbound.statement import Statement

_MOST_ROWS: Final = 500
"""For more, there is the command ``statement``."""


class _StatementForm(forms.Form):
    file = forms.FileField(label="Account statement of the M-Pesa portal (csv, xls or xlsx)")

    def clean_file(self) -> Statement:
        """Read the file; a row that is missing or was changed is reported."""
        try:
            return read_statement(self.cleaned_data["file"].read())
        except (DarajaError, ImportError) as error:  # of the extra `statement`
            raise forms.ValidationError(str(error)) from None


def statement_page(page: RecordAdmin, request: HttpRequest) -> HttpResponse:
    """Show the newest rows of a statement, each with a link to its record. It changes nothing."""
    if not page.has_resolve_permission(request):
        raise PermissionDenied
    form = _StatementForm(request.POST or None, request.FILES or None)
    completed = form.cleaned_data["file"].completed if form.is_valid() else ()
    newest = completed[: -_MOST_ROWS - 1 : -1]
    owners = _owners({row.receipt for row in newest})
    rows = [(row, owners.get(row.receipt, "")) for row in newest]
    strays = sum(not owner for _, owner in rows)
    shown = {"form": form, "rows": rows, "count": len(completed), "strays": strays}
    return page.shown(request, "statement", "Read a statement", **shown)


def _owners(receipts: Collection[str]) -> dict[str, str]:
    """Return the record of each receipt; a receipt without a record is left out."""
    # A payout to a business has no receipt: the statement lists it under its transaction id.
    places = ((Payout, "transaction_id"), (Payout, "receipt"), (Receipt, "receipt"), (payment_model(), "receipt"))
    return {
        getattr(row, column): _link(row)
        for model, column in places
        for row in model._default_manager.filter(**{f"{column}__in": receipts})
    }


def _link(row: AbstractRecord) -> str:
    """Return a record in words, as a link if it has a page."""
    words = f"{row} for {row.order or row.expectation or 'nobody knows what'}" if isinstance(row, Receipt) else str(row)
    with suppress(NoReverseMatch):  # the admin has no page of a model that is not registered
        address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, words)
    return words
