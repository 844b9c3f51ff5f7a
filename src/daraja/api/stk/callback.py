"""The callback of an STK push, which Safaricom posts when a payment is decided."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, cast

import attrs

from daraja.api.amounts import only_one
from daraja.api.unwrap import unwrap_push
from daraja.errors import CallbackMalformed
from daraja.http.json_body import as_text, read_body
from daraja.result_codes.base import Explanation, Outcome
from daraja.result_codes.lookup import explain
from daraja.values.nairobi_time import from_eat_digits
from daraja.values.secret import MaskedText, hide_locals, mask_numbers


def _masked(value: object) -> str:
    return mask_numbers(repr(value))


@attrs.frozen(slots=False)
class StkCallback:
    """Safaricom's report of one payment. It carries no signature, so check it against the payment you asked for.

    Args:
        outcome: What became of the payment.
        result_code: Safaricom's code, for ``daraja.explain("stk", code)``.
        result_description: Safaricom's words; decide by the outcome, not by them.
        merchant_request_id: Daraja's id of the request, or None if it is absent.
        checkout_request_id: Daraja's id of the payment, or None if it is absent; masked in reprs.
        amount: What was paid, in KES, exactly as it was written; None if it is absent, as it is unless it was paid.
        receipt: M-Pesa's receipt number; None if it is absent, as it is unless it was paid.
        metadata: Every item by its name as it came, items of other makers included; hidden in reprs.
    """

    outcome: Outcome
    result_code: str = attrs.field(repr=_masked)
    result_description: str = attrs.field(repr=_masked)
    merchant_request_id: str | None
    checkout_request_id: str | None
    amount: Decimal | None = attrs.field(repr=_masked)
    receipt: str | None = attrs.field(repr=_masked)
    metadata: Mapping[str, object] = attrs.field(repr=False, hash=False)

    # These two are read when somebody wants them, since most callers never do.
    @property
    def transaction_date(self) -> datetime | None:
        """When it was paid, in Nairobi's time; None if it is absent or cannot be read."""
        return _date(self.metadata.get("TransactionDate"))

    @property
    def phone(self) -> str | None:
        """The number that paid, perhaps masked by Safaricom, so never take it for an identity; masked in reprs."""
        phone = as_text(self.metadata.get("PhoneNumber"))
        return None if phone is None else MaskedText(phone)

    @property
    def explanation(self) -> Explanation:
        """Its meaning for the customer, the shop and its developer."""
        return explain("stk", self.result_code, self.result_description)


_NUMERAL: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_MOST_DIGITS: Final = 15
_LIST: Final = (list, tuple)
_NO_VALUE: Final = (None, "")
_PAID: Final = "0"
_OUTCOME_OF_PAID: Final = Outcome.PAID
"""Looked up once: a lookup takes a fiftieth of the time of reading a callback."""
_WRAPPERS: Final = ("Envelope", "Body", "stkCallback")
_INNERMOST: Final = "stkCallback."
_ITEM: Final = "CallbackMetadata.Item"


@hide_locals
def parse_stk_callback(body: bytes | str | Mapping[str, object], /) -> StkCallback:
    """Read a callback in any form that Safaricom has sent.

    >>> cancelled = '{"Body": {"stkCallback": {"MerchantRequestID": "1-2-3", "CheckoutRequestID": "ws_CO_1", '
    >>> cancelled += '"ResultCode": 1032, "ResultDesc": "Request cancelled by user"}}}'
    >>> parse_stk_callback(cancelled).outcome
    <Outcome.CANCELLED: 'cancelled'>

    Args:
        body: The body of the request, at most 64 KiB, or what a JSON parser made of it. JSON in UTF-16 or in base64, as
            some gateways pass it on, is read, too.

    Returns:
        The report, in types. Only the number 0 and the text ``"0"`` count as paid.

    Raises:
        CallbackMalformed: If it cannot be read; ``path`` names the field. Keep the body for a person to look at, and
            answer Safaricom as always.

    Source:
        Daraja, MpesaExpressSimulate (callback).
    """
    try:
        return _read(body)
    except RecursionError:  # a mapping has no limit to its depth
        raise CallbackMalformed("body", "nests too deep") from None


def _read(body: bytes | str | Mapping[str, object]) -> StkCallback:
    path, fields = _unwrap(read_body(body))
    code = as_text(fields.get("ResultCode"))
    if code is None:
        missing = fields.get("ResultCode") is None
        raise CallbackMalformed(path + "ResultCode", "is missing" if missing else "is neither a whole number nor text")
    metadata = _metadata(fields, path)
    merchant_request_id = _id(fields, "MerchantRequestID", path)
    checkout_request_id = _id(fields, "CheckoutRequestID", path)
    if merchant_request_id is None and checkout_request_id is None and not path.endswith(_INNERMOST):
        raise CallbackMalformed(path + "CheckoutRequestID", "is missing, so this is no callback")
    description = as_text(fields.get("ResultDesc")) or ""
    return StkCallback(  # by position, which is faster by a tenth of the whole
        _OUTCOME_OF_PAID if code == _PAID else explain("stk", code, description).outcome,
        code,
        description,
        merchant_request_id,
        None if checkout_request_id is None else MaskedText(checkout_request_id),
        _amount(metadata.get("Amount"), path),
        as_text(metadata.get("MpesaReceiptNumber")),
        metadata,
    )


def _unwrap(value: object) -> tuple[str, dict[str, object]]:
    """Find the inner object, with its wrappers or without, and the path to its fields."""
    path, fields = "", _only_object(value, "body")
    for name in _WRAPPERS:
        if name in fields:
            path = f"{path}{name}."
            fields = _only_object(fields[name], path)
    return (path, fields) if path or "ResultCode" in fields else _behind_a_proxy(fields)


def _behind_a_proxy(value: dict[str, object]) -> tuple[str, dict[str, object]]:
    """Look for the callback inside the wrapper of a gateway, as the other parsers do."""
    try:
        fields, path = unwrap_push(value)
    except CallbackMalformed:
        return "", value
    return path, fields


def _only_object(value: object, path: str) -> dict[str, object]:
    """Return an object; a list of one object counts as the object."""
    return value if type(value) is dict else _object(only_one(value), path)  # pyright: ignore[reportUnknownVariableType] - as below


def _object(value: object, path: str) -> dict[str, object]:
    if type(value) is dict:
        return value  # pyright: ignore[reportUnknownVariableType] - the keys of JSON are text
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    raise CallbackMalformed(path.removesuffix("."), "is not an object")


def _metadata(fields: Mapping[str, object], path: str) -> dict[str, object]:
    """Read the items by name: their order changes, and some have no value."""
    found: dict[str, object] = {}
    envelope = fields.get("CallbackMetadata")
    if envelope is None:
        return found
    listed = _object(envelope, f"{path}CallbackMetadata").get("Item") or ()
    items: Sequence[object] = listed if isinstance(listed, _LIST) else (_object(listed, path + _ITEM),)  # pyright: ignore[reportUnknownVariableType] - of anything
    for index, item in enumerate(items):  # pyright: ignore[reportUnknownArgumentType] - as above
        entry = item if type(item) is dict else _object(item, f"{path}{_ITEM}[{index}]")
        name, value = entry.get("Name"), entry.get("Value")
        if value is None or not isinstance(name, str):
            continue
        if name in found and found[name] != value:
            raise CallbackMalformed(f"{path}{_ITEM}[{index}]", "differs from an item of the same name")
        found[name] = value
    return found


def _id(fields: Mapping[str, object], name: str, path: str) -> str | None:
    value = fields.get(name)
    text = as_text(value)
    if text is None and value not in _NO_VALUE:
        raise CallbackMalformed(path + name, "is neither text nor a whole number")
    return text


def _amount(value: object, path: str) -> Decimal | None:
    amount = _decimal(value)
    if amount is None and value in _NO_VALUE:
        return None
    # Writing out a number such as 1e999999999 would fill the memory.
    if amount is None or not amount.is_finite() or amount.is_signed() or abs(amount.adjusted()) > _MOST_DIGITS:
        raise CallbackMalformed(f"{path}{_ITEM}.Amount", "is not an amount")
    return amount


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float) or (isinstance(value, str) and _NUMERAL.fullmatch(value)):
        return Decimal(str(value))
    return None


def _date(value: object) -> datetime | None:
    try:
        return from_eat_digits(str(value)) if isinstance(value, str | int | Decimal) else None
    except ValueError:
        return None
