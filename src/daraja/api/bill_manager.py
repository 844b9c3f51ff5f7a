"""Bill Manager: invoices that Safaricom sends to customers, and that they pay to our pay bill."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, cast

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.api.addresses import address_faults
from daraja.api.call import call, given
from daraja.api.invoice import Invoice, check_all
from daraja.config import Config
from daraja.config.checks import raise_setting_faults
from daraja.fields import Checked, Fault, raise_faults, value_or_fault
from daraja.http.error_kinds import REFUSING_CODES, ErrorKind
from daraja.http.error_response import SuccessSign
from daraja.http.flow import Flow
from daraja.http.json_body import Content, Fields, first_text
from daraja.values.secret import Secret, mask_numbers

_BASE: Final = "/v1/billmanager-invoice"
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


BILL_TAKEN: Final = SuccessSign(
    frozenset({"200"}),
    lambda code: ErrorKind.CONFLICT if code in REFUSING_CODES else ErrorKind.AMBIGUOUS,
    ("rescode",),
    codes={"401": {"invalid access token": ErrorKind.TOKEN, "": ErrorKind.CREDENTIALS}},
    message="Status_Message",
)
"""Its 409 says that something is there already, or can no longer be changed. Its 401 says that Safaricom has not yet
enabled the shortcode, and a new access token does not help, unless its words are about the token."""


def _email(value: str) -> str:
    return value_or_fault(_check_email, value)


def _switch(value: bool) -> bool:  # noqa: FBT001 - the converter of a field
    return fields.instance(value, bool, "give True or False")


def _invoice(value: Invoice) -> Invoice:
    return fields.instance(value, Invoice, "give Invoice(...)")


def _invoices(value: Iterable[Invoice]) -> tuple[Invoice, ...]:
    return value_or_fault(_check_invoices, value)


def _references(value: Iterable[str]) -> tuple[str, ...]:
    return value_or_fault(_check_references, value)


@attrs.frozen(kw_only=True)
class BillAnswer:
    """Bill Manager has done the request. It does not mean that an invoice is paid.

    Args:
        description: Bill Manager's own words.
        errors: What it says of single invoices that it did not cancel, as it came; hidden in reprs.
    """

    description: str = attrs.field(repr=mask_numbers)
    errors: Sequence[object] = attrs.field(default=(), repr=False)


@attrs.frozen(kw_only=True)
class BillerKey:
    """The key that Bill Manager gives to a new biller.

    Args:
        app_key: The key for all later requests. Keep it as ``bill_app_key`` of the settings (MPESA_BILL_APP_KEY).
        description: Bill Manager's own words.
    """

    app_key: Secret
    description: str = attrs.field(repr=mask_numbers)


@attrs.frozen(kw_only=True)
class _Biller(Checked):
    """How a biller is shown to customers, and where payments are announced."""

    email: str = attrs.field(converter=_email)
    contact: str = attrs.field(converter=fields.phone)
    callback_url: Secret = attrs.field(converter=fields.url, repr=False)
    reminders: bool = attrs.field(default=True, converter=_switch)
    logo: str | None = attrs.field(default=None, converter=optional(fields.name))

    def _content(self, config: Config) -> Content:
        raise_faults(address_faults(config, callback_url=self.callback_url))
        return {
            "shortcode": config.business.shortcode,
            "email": self.email,
            "officialContact": "0" + self.contact.removeprefix("254"),
            "sendReminders": "1" if self.reminders else "0",
            "callbackurl": self.callback_url.reveal(),
            **given(logo=self.logo),
        }


@attrs.frozen(kw_only=True)
class BillOptIn(_Biller):
    """A shortcode that wants to send invoices: give it to ``Daraja.run``. A second request is harmless.

    Args:
        email: The address that customers see.
        contact: The phone that customers see, a Kenyan mobile number in any usual form.
        callback_url: The address for payments of invoices.
        reminders: Whether Safaricom reminds customers before an invoice is due.
        logo: The address of a picture.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, BillManager (optin).
    """

    def flow(self, config: Config, /) -> Flow[BillerKey]:
        """Opt in; see ``Daraja.bill_opt_in``."""
        return call(config, f"{_BASE}/optin", self._content(config), sign=BILL_TAKEN, read=_read_key, repeatable=True)


@attrs.frozen(kw_only=True)
class BillUpdate(_Biller):
    """New particulars of a biller: give it to ``Daraja.run``. A second request is harmless.

    Args:
        email: See ``BillOptIn``, like all that follow.
        contact: As above.
        callback_url: As above.
        reminders: As above.
        logo: As above.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, BillManager (change-optin-details).
    """

    def flow(self, config: Config, /) -> Flow[BillAnswer]:
        """Change the particulars; see ``Daraja.bill_update``."""
        return _call(config, "change-optin-details", self._content(config), repeatable=True)


@attrs.frozen
class BillInvoice(Checked):
    """One invoice to send: give it to ``Daraja.run``, which never sends it twice by itself.

    Args:
        invoice: The invoice.

    Raises:
        InvalidInput: If it is none. Nothing was sent.

    Source:
        Daraja, BillManager (single-invoicing).
    """

    invoice: Invoice = attrs.field(converter=_invoice)

    def flow(self, config: Config, /) -> Flow[BillAnswer]:
        """Send the invoice; see ``Daraja.bill_invoice``."""
        return _call(config, "single-invoicing", self.invoice.to_json(), repeatable=False)


@attrs.frozen
class BillInvoices(Checked):
    """Many invoices to send at once: give it to ``Daraja.run``, which never sends them twice by itself.

    Args:
        invoices: 1 to 1,000 invoices, each with a reference of its own.

    Raises:
        InvalidInput: If they are none, or too many. Nothing was sent.

    Source:
        Daraja, BillManager (bulk-invoicing).
    """

    invoices: Sequence[Invoice] = attrs.field(converter=_invoices)

    def flow(self, config: Config, /) -> Flow[BillAnswer]:
        """Send the invoices; see ``Daraja.bill_invoices``."""
        return _call(config, "bulk-invoicing", [invoice.to_json() for invoice in self.invoices], repeatable=False)


@attrs.frozen
class BillCancel(Checked):
    """Invoices to cancel: give it to ``Daraja.run``. A second request is harmless.

    Args:
        references: Your own ids of 1 to 1,000 invoices.

    Raises:
        InvalidInput: If they are none, or too many. Nothing was sent.

    Source:
        Daraja, BillManager (cancel-single-invoice, cancel-bulk-invoices).
    """

    references: Sequence[str] = attrs.field(converter=_references)

    def flow(self, config: Config, /) -> Flow[BillAnswer]:
        """Cancel them; see ``Daraja.bill_cancel``."""
        content = [{"externalReference": reference} for reference in self.references]
        if len(content) == 1:
            return _call(config, "cancel-single-invoice", content[0], repeatable=True)
        return _call(config, "cancel-bulk-invoices", content, repeatable=True)


@attrs.frozen(kw_only=True)
class BillAcknowledge(Checked):
    """A payment of an invoice that has reached us: give it to ``Daraja.run``. A second request is harmless.

    Args:
        receipt: The receipt number of the payment.
        amount: The payment in whole KES, an ``int`` or a whole ``Decimal``.
        paid_on: The day of the payment, a ``datetime.date``.
        account: The account at the pay bill: 1 to 13 letters, digits, spaces and ``- _ . /``.
        phone: The payer's phone, a Kenyan mobile number in any usual form.
        name: The payer's name, 1 to 100 characters.
        title: The purpose of the invoice, 1 to 100 characters.
        reference: Your own id of the invoice.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, BillManager (reconciliation).
    """

    receipt: str = attrs.field(converter=fields.receipt)
    amount: int = attrs.field(converter=fields.amount)
    paid_on: date = attrs.field(converter=fields.day)
    account: str = attrs.field(converter=fields.account)
    phone: str = attrs.field(converter=fields.phone)
    name: str = attrs.field(converter=fields.name, repr=False)
    title: str = attrs.field(converter=fields.name)
    reference: str = attrs.field(converter=fields.name)

    def flow(self, config: Config, /) -> Flow[BillAnswer]:
        """Tell Bill Manager; see ``Daraja.bill_acknowledge``."""
        content = {
            "transactionId": self.receipt,
            "paidAmount": str(self.amount),
            "paymentDate": self.paid_on.isoformat(),
            "accountReference": self.account,
            "phoneNumber": "0" + self.phone.removeprefix("254"),
            "fullName": self.name,
            "invoiceName": self.title,
            "externalReference": self.reference,
        }
        return _call(config, "reconciliation", content, repeatable=True)


def _call(config: Config, path: str, content: Content, *, repeatable: bool) -> Flow[BillAnswer]:
    """Send a request of a biller, who has to show the key from opting in."""
    if config.bill_app_key is None:
        raise_setting_faults({"bill_app_key": Fault("is missing; bill_opt_in answers with it")})
    headers = {"app_key": cast("Secret", config.bill_app_key).reveal()}
    return call(
        config,
        f"{_BASE}/{path}",
        content,
        sign=BILL_TAKEN,
        read=_read_answer,
        repeatable=repeatable,
        headers=headers,
    )


def _read_answer(answer: Fields) -> BillAnswer:
    errors = answer.get("errors")
    return BillAnswer(
        description=first_text(answer, "Status_Message", "resmsg") or "",
        errors=tuple(cast("list[object]", errors)) if isinstance(errors, list) else (),
    )


def _read_key(answer: Fields) -> BillerKey | None:
    key = first_text(answer, "app_key")
    if key is None:
        return None
    return BillerKey(app_key=Secret(key), description=first_text(answer, "Status_Message", "resmsg") or "")


def _check_email(value: str) -> str:
    if not isinstance(value, str) or not _EMAIL.fullmatch(value) or not value.isprintable():
        raise ValueError("is not an e-mail address")
    return value


def _check_invoices(values: Iterable[Invoice]) -> tuple[Invoice, ...]:
    invoices = check_all(values, Invoice, fewest=1)
    times = Counter(invoice.reference for invoice in invoices)
    if doubled := next((reference for reference, count in times.items() if count > 1), None):
        raise ValueError(f"has two with the reference {doubled!r}; give each invoice a reference of its own")
    return invoices


def _check_references(values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise ValueError("is one text; give a list of ids")
    if isinstance(values, Sequence) and not all(isinstance(each, str) for each in values):
        raise ValueError("has an id that is not text; give each id as a text of its own")
    references = check_all(values, str, fewest=1)
    if not all(reference.strip() and reference.isprintable() for reference in references):
        raise ValueError("has an id that is blank or cannot be printed")
    return references
