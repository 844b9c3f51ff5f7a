"""An invoice, as Bill Manager sends it to a customer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

import attrs

from daraja import fields
from daraja.fields import Checked, value_or_fault

Kind = TypeVar("Kind")

_MOST: Final = 1_000
"""The most invoices in one request (Daraja, BillManager)."""


@attrs.frozen
class InvoiceItem(Checked):
    """One line of an invoice.

    Args:
        name: The name of the item, 1 to 100 characters.
        amount: Whole KES, an ``int`` or a whole ``Decimal``.

    Raises:
        InvalidInput: If one of them is wrong.
    """

    name: str = attrs.field(converter=fields.name)
    amount: int = attrs.field(converter=fields.amount)


def _items(value: Iterable[InvoiceItem]) -> tuple[InvoiceItem, ...]:
    return value_or_fault(check_all, value, InvoiceItem, fewest=0)


@attrs.frozen(kw_only=True)
class Invoice(Checked):
    """An invoice, for ``bill_invoice`` and ``bill_invoices``.

    Args:
        reference: Your own id of the invoice, new for each one, 1 to 100 characters.
        name: The name of the customer, 1 to 100 characters.
        phone: The customer's phone, a Kenyan mobile number in any usual form.
        period: The time that is billed, such as ``August 2021``.
        title: The purpose of the invoice, 1 to 100 characters.
        due: The day by which it is to be paid, a ``datetime.date``.
        account: The account at the pay bill: 1 to 13 letters, digits, spaces and ``- _ . /``.
        amount: Whole KES, an ``int`` or a whole ``Decimal``.
        items: The lines of the invoice.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once.

    Source:
        Daraja, BillManager (single-invoicing).
    """

    reference: str = attrs.field(converter=fields.name)
    name: str = attrs.field(converter=fields.name, repr=False)
    phone: str = attrs.field(converter=fields.phone)
    period: str = attrs.field(converter=fields.name)
    title: str = attrs.field(converter=fields.name)
    due: date = attrs.field(converter=fields.day)
    account: str = attrs.field(converter=fields.account)
    amount: int = attrs.field(converter=fields.amount)
    items: Sequence[InvoiceItem] = attrs.field(default=(), converter=_items)

    def to_json(self) -> Mapping[str, object]:
        """Return the fields as Bill Manager names them."""
        return {
            "externalReference": self.reference,
            "billedFullName": self.name,
            "billedPhoneNumber": self.phone,
            "billedPeriod": self.period,
            "invoiceName": self.title,
            "dueDate": self.due.isoformat(),
            "accountReference": self.account,
            "amount": str(self.amount),
            "invoiceItems": [{"itemName": item.name, "amount": str(item.amount)} for item in self.items],
        }


def check_all(values: Iterable[Kind], kind: type[Kind], /, *, fewest: int) -> tuple[Kind, ...]:
    """Check that all values are of one class, and that they are not too many for one request.

    Raises:
        ValueError: If not.
    """
    given_values = tuple(values) if isinstance(values, Iterable) else ()
    if not isinstance(values, Iterable) or not all(isinstance(each, kind) for each in given_values):
        raise ValueError(f"is not a list of {kind.__name__}")
    if not fewest <= len(given_values) <= _MOST:
        raise ValueError(f"has {len(given_values):,} of them; Safaricom takes {fewest} to {_MOST:,} at once")
    return given_values
