"""Money that came in unasked: C2B validations and confirmations, Bill Manager's pushes, records of Pull."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias, cast

import attrs

from daraja.api.amounts import only_one, read_money
from daraja.api.parameters import Parameters, fold, text_of
from daraja.api.unwrap import unwrap
from daraja.errors import CallbackMalformed
from daraja.http.json_body import Body, as_text, read_body
from daraja.values.nairobi_time import read_time
from daraja.values.party import masked_name
from daraja.values.secret import MaskedText, mask_numbers

Source: TypeAlias = Literal["c2b", "bill_manager", "pull"]
"""The source that announced the money."""


@attrs.frozen
class _Names:
    """The names of the fields in one source."""

    source: Source
    receipt: str
    amount: str
    paid_at: str
    shortcode: str
    reference: str
    payer_name: tuple[str, ...] = ()


# The first name that is there tells the source. All of them call the payer msisdn and the kind transactiontype.
_SOURCES: Final = {
    "transid": _Names(
        source="c2b",
        receipt="TransID",
        amount="TransAmount",
        paid_at="TransTime",
        shortcode="BusinessShortCode",
        reference="BillRefNumber",
        payer_name=("firstname", "middlename", "lastname"),
    ),
    "trxdate": _Names(
        source="pull",
        receipt="transactionId",
        amount="amount",
        paid_at="trxDate",
        shortcode="shortCode",
        reference="billreference",
        payer_name=("sender",),
    ),
    "paidamount": _Names(
        source="bill_manager",
        receipt="transactionId",
        amount="paidAmount",
        paid_at="dateCreated",
        shortcode="shortCode",
        reference="accountReference",
    ),
}
_NATIONAL_DIGITS: Final = 9


def _masked(value: object) -> str:
    return "None" if value is None else mask_numbers(repr(value))


@attrs.frozen(kw_only=True)
class IncomingPayment:
    """Money that came in, as Safaricom announced it; one payment can be announced in several ways.

    The receipt joins them, and joins them with the callback of a push, so count a receipt once. A validation has the
    same shape as a confirmation, and only a confirmation means that the money has moved: the address tells them apart.

    Args:
        source: ``c2b``, ``bill_manager`` or ``pull``.
        receipt: M-Pesa's receipt number, which names one payment.
        amount: KES, exactly as it was written.
        paid_at: When, in Nairobi's time; None if it cannot be read. Bill Manager gives only the day.
        shortcode: Who was paid, or the store number of a till; None if it is absent.
        reference: What the payer typed as account, exactly. It is no id, so never trust it, and escape it where you
            show it. None for a till.
        payer: The payer's number: plain, masked or as a hash, so never take it for an identity. None if it is
            absent.
        payer_name: The names that came, often only the first; None if there is none.
        transaction_type: M-Pesa's words, for example ``Pay Bill``; None if they are absent.
        balance: What the Utility account holds after it, in KES; None on a validation, and if it is absent.
        third_party_id: What we answered to the validation; None if there was none.
        parameters: Everything by its name as it came; hidden in reprs.
    """

    source: Source
    receipt: str = attrs.field(repr=_masked)
    amount: Decimal = attrs.field(repr=_masked)
    paid_at: datetime | None
    shortcode: str | None = attrs.field(repr=_masked)
    reference: str | None = attrs.field(repr=_masked)
    payer: str | None
    payer_name: str | None = attrs.field(repr=masked_name)
    transaction_type: str | None = attrs.field(repr=_masked)
    balance: Decimal | None = attrs.field(repr=_masked)
    third_party_id: str | None = attrs.field(repr=_masked)
    parameters: Parameters = attrs.field(repr=False, hash=False)


def read_incoming(body: Body, /) -> IncomingPayment:
    """Read one payment.

    Raises:
        CallbackMalformed: If it is none, or its receipt or amount cannot be read; ``path`` names the field.
    """
    fields, path = unwrap(_one_record(read_body(body)))
    names = next((names for key, names in _SOURCES.items() if fields.all(key)), None)
    if names is None:
        raise CallbackMalformed(path + "TransID", "is missing, so this is no payment")
    payer_names = [name for key in names.payer_name if (name := fields.text(key))]
    return IncomingPayment(
        source=names.source,
        receipt=_receipt(fields, names.receipt, path),
        amount=_amount(fields, names.amount, path),
        paid_at=_time(fields, names.paid_at),
        shortcode=fields.text(fold(names.shortcode)),
        reference=_as_typed(fields, names.reference),
        payer=_payer(fields, names.source),
        payer_name=" ".join(payer_names) or None,
        transaction_type=fields.text("transactiontype"),
        balance=fields.money("orgaccountbalance"),
        third_party_id=fields.text("thirdpartytransid"),
        parameters=fields,
    )


def _one_record(value: object) -> object:
    """Take the one record out of an answer to a Pull query, whose records are a list in a list."""
    if not isinstance(value, Mapping):
        return only_one(value)
    records = only_one(only_one(cast("Mapping[str, object]", value).get("Response")))
    if isinstance(records, list):
        raise CallbackMalformed("Response", f"holds {len(cast('list[object]', records))} payments; read each of them")
    return value if records is None else records  # pyright: ignore[reportUnknownVariableType] - of anything


def _receipt(fields: Parameters, name: str, path: str) -> str:
    receipts = {text_of(only_one(value)) for value in fields.all(fold(name))}
    if len(receipts) != 1 or (receipt := receipts.pop()) is None:
        raise CallbackMalformed(path + name, "stands there twice" if receipts else "is missing or is no receipt")
    return receipt


def _amount(fields: Parameters, name: str, path: str) -> Decimal:
    amounts = {read_money(value) for value in fields.all(fold(name))}
    if len(amounts) != 1 or (amount := amounts.pop()) is None or amount.is_signed():
        raise CallbackMalformed(path + name, "is not an amount" if fields.all(fold(name)) else "is missing")
    return amount


def _time(fields: Parameters, name: str) -> datetime | None:
    text = fields.text(fold(name))
    # Pull ends its times in Z, which stands for UTC, although they are most likely Nairobi's like all others.
    return None if text is None else read_time(text.removesuffix("Z"))


def _as_typed(fields: Parameters, name: str) -> str | None:
    return as_text(next(iter(fields.all(fold(name))), None))


def _payer(fields: Parameters, source: Source) -> str | None:
    payer = fields.text("msisdn")
    if source == "pull" and payer is not None and len(payer) == _NATIONAL_DIGITS and payer.isdecimal():
        payer = "254" + payer  # Pull leaves out the country
    return None if payer is None else MaskedText(payer)
