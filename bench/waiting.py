"""Payments that wait for their callback, and the rows that are written when it comes."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from daraja import Config, Payment, Status, parse_stk_callback
from daraja.api.addresses import Purpose, signed_url
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.record import Account
from daraja.lifecycle.state_machine import advance
from daraja.payments.model import from_callback

__all__ = ["Waiting", "waiting"]

_START: Final = datetime.now(UTC).replace(microsecond=0)
_LATER: Final = _START + timedelta(seconds=20)


@attrs.frozen(kw_only=True)
class Waiting:
    """One payment, and the callback that pays it.

    Args:
        payment: The waiting payment.
        token: The last segment of its address.
        body: The body of the callback.
        callback: The recorded callback.
        paid: The paid payment.
        entry: The entry of the history.
    """

    payment: Payment
    token: str
    body: bytes
    callback: ReceivedCallback
    paid: Payment
    entry: HistoryEntry


def waiting(config: Config, how_many: int, /) -> list[Waiting]:
    """Return accepted payments without a result."""
    return [_waiting(config, number) for number in range(how_many)]


def _waiting(config: Config, number: int) -> Waiting:
    account = Account.of(config)
    payment = Payment(
        key=secrets.token_hex(16),
        idempotency_key=f"attempt-{number}",
        account=account,
        reference=f"ORD-{number:06}",
        description="Laundry",
        amount=500,
        phone="254712345678",
        metadata={"order_id": f"ORD-2026-{number:06}"},
        status=Status.INITIATED,
        facts={
            "merchant_request_id": f"29115-34620561-{number}",
            "checkout_request_id": f"ws_CO_23112026101530770{number:09}",
        },
        created_at=_START,
        updated_at=_START,
        next_check_at=_START + timedelta(seconds=30),
        version=1,
    )
    body = _body(payment, number)
    token = signed_url(config, Purpose.PAYMENT, payment.key).reveal().rstrip("/").rpartition("/")[2]
    callback = ReceivedCallback(account=account, key=payment.key, body=body, received_at=_LATER, limit=100)
    heard = advance(payment, from_callback(parse_stk_callback(body), _LATER))
    paid = attrs.evolve(heard, succeeded_at=_LATER, updated_at=_LATER, next_check_at=None, version=2)
    entry = HistoryEntry(
        key=payment.key,
        at=_LATER,
        event="callback paid",
        before=payment.status,
        after=paid.status,
        became_success=True,
        callback_id="1",
    )
    return Waiting(payment=payment, token=token, body=body, callback=callback, paid=paid, entry=entry)


def _body(payment: Payment, number: int) -> bytes:
    items = {
        "Amount": 500.0,
        "MpesaReceiptNumber": f"UKN{number:07}",
        "Balance": None,
        "TransactionDate": 20261123101545,
        "PhoneNumber": 254712345678,
    }
    callback = {
        "MerchantRequestID": payment.merchant_request_id,
        "CheckoutRequestID": payment.checkout_request_id,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": [{"Name": name, "Value": value} for name, value in items.items()]},
    }
    return json.dumps({"Body": {"stkCallback": callback}}).encode()
