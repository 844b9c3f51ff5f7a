"""The callback of an STK push: what Safaricom posts when a payment is decided."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import attrs

from daraja.body import as_text, read_json
from daraja.clock import from_eat_digits
from daraja.errors import CallbackMalformed
from daraja.outcomes.base import Outcome
from daraja.outcomes.stk import STK
from daraja.phone import Personal, mask_numbers

__all__ = ["MAX_CALLBACK_BYTES", "StkCallback", "parse_stk_callback"]

MAX_CALLBACK_BYTES: Final = 64 * 1024
"""The largest body that is read; Safaricom's own have less than one KiB."""


@attrs.frozen(kw_only=True, slots=False)
class StkCallback:
    """What Safaricom reports of one payment. It carries no signature, so check it against the payment you asked for.

    Args:
        outcome: What became of the payment.
        result_code: Safaricom's code, for ``daraja.explain("stk", code)``.
        result_description: Safaricom's words; decide by the outcome, not by them.
        merchant_request_id: Daraja's id of the request, or None where it is absent.
        checkout_request_id: Daraja's id of the payment, or None where it is absent; masked in reprs.
        amount: What was paid, in KES, exactly as it was written; None unless it was paid.
        receipt: M-Pesa's receipt number; None unless it was paid.
        transaction_date: When it was paid, in Nairobi's time; None where it is absent or cannot be read.
        phone: The number that paid, perhaps masked by Safaricom, so never take it for an identity.
        metadata: Every item by its name as it came, items of other makers included; hidden in reprs.
    """

    outcome: Outcome
    result_code: str
    result_description: str = attrs.field(repr=mask_numbers)
    merchant_request_id: str | None
    checkout_request_id: str | None
    amount: Decimal | None
    receipt: str | None
    transaction_date: datetime | None
    phone: str | None
    metadata: Mapping[str, object] = attrs.field(repr=False)


_TEXT: Final = (bytes, str)
_NUMBER: Final = (int, float, str)
_LIST: Final = (list, tuple)
_NO_VALUE: Final = (None, "")
_WRAPPERS: Final = ("Envelope", "Body", "stkCallback")


class _Fault(Exception):
    def __init__(self, path: str, fault: str) -> None:
        super().__init__(path, fault)


def parse_stk_callback(body: bytes | str | Mapping[str, object], /) -> StkCallback:
    """Read a callback in any form that Safaricom has sent.

    >>> cancelled = '{"Body": {"stkCallback": {"MerchantRequestID": "1-2-3", "CheckoutRequestID": "ws_CO_1", '
    >>> cancelled += '"ResultCode": 1032, "ResultDesc": "Request cancelled by user"}}}'
    >>> parse_stk_callback(cancelled).outcome
    <Outcome.CANCELLED: 'cancelled'>

    Args:
        body: The body of the request, at most 64 KiB, or what a JSON parser made of it.

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
    except _Fault as fault:
        malformed = CallbackMalformed(*fault.args)
    body = b""  # so that a traceback with local variables shows no number
    raise malformed


def _read(body: bytes | str | Mapping[str, object]) -> StkCallback:
    path, fields = _unwrap(_json(body) if isinstance(body, _TEXT) else body)
    code = as_text(fields.get("ResultCode"))
    if code is None:
        raise _Fault(f"{path}ResultCode", "is neither a whole number nor text")
    explanation = STK.get(code)
    metadata = _metadata(fields, path)
    checkout_request_id = _id(fields, "CheckoutRequestID", path)
    phone = as_text(metadata.get("PhoneNumber"))
    return StkCallback(
        outcome=Outcome.UNRECOGNISED if explanation is None else explanation.outcome,
        result_code=code,
        result_description=as_text(fields.get("ResultDesc")) or "",
        merchant_request_id=_id(fields, "MerchantRequestID", path),
        checkout_request_id=None if checkout_request_id is None else Personal(checkout_request_id),
        amount=_amount(metadata.get("Amount"), path),
        receipt=as_text(metadata.get("MpesaReceiptNumber")),
        transaction_date=_date(metadata.get("TransactionDate")),
        phone=None if phone is None else Personal(phone),
        metadata=metadata,
    )


def _json(body: bytes | str) -> object:
    if len(body) > MAX_CALLBACK_BYTES:
        raise _Fault("body", f"is larger than {MAX_CALLBACK_BYTES // 1024} KiB")
    try:
        return read_json(body)
    except ValueError as error:
        fault = str(error)
    raise _Fault("body", fault)


def _unwrap(value: object) -> tuple[str, dict[str, object]]:
    """Find the inner object, with its wrappers or without, and the path to what is in it."""
    path = ""
    fields = _object(value, "body")
    for name in _WRAPPERS:
        if name in fields:
            fields = _object(fields[name], path + name)
            path += name + "."
    return path, fields


def _object(value: object, path: str) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    if isinstance(value, Mapping):
        return dict(value)
    raise _Fault(path, "is not an object")


def _metadata(fields: Mapping[str, object], path: str) -> dict[str, object]:
    """Read the items by name: their order changes, and some have no value."""
    found: dict[str, object] = {}
    if fields.get("CallbackMetadata") is None:
        return found
    path += "CallbackMetadata"
    items = _object(fields["CallbackMetadata"], path).get("Item") or ()
    if not isinstance(items, _LIST):
        items = (_object(items, f"{path}.Item"),)
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise _Fault(f"{path}.Item[{index}]", "is not an object")
        name, value = item.get("Name"), item.get("Value")
        if value is None or not isinstance(name, str):
            continue
        known = found.setdefault(name, value)
        if known is not value and known != value:
            raise _Fault(f"{path}.Item[{index}]", f"is a second, other {name:.40}")
    return found


def _id(fields: Mapping[str, object], name: str, path: str) -> str | None:
    value = fields.get(name)
    text = as_text(value)
    if text is None and value not in _NO_VALUE:
        raise _Fault(path + name, "is neither text nor a whole number")
    return text


def _amount(value: object, path: str) -> Decimal | None:
    amount = _decimal(value)
    if amount is None and value in _NO_VALUE:
        return None
    if amount is None or not amount.is_finite() or amount.is_signed():
        raise _Fault(f"{path}CallbackMetadata.Item.Amount", "is not an amount")
    return amount


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, _NUMBER):
        return None
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None


def _date(value: object) -> datetime | None:
    try:
        return from_eat_digits(as_text(value) or "")
    except ValueError:
        return None
