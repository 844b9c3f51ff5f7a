"""Payments that move, for tests of stores."""

import secrets
from typing import Any, Final

import attrs

from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.payments.model import Payment, Status
from tests.support.payments import START, a_payment, with_facts

__all__ = ["CHECKOUT_REQUEST_ID", "PHONE", "a_callback", "new_payment", "paid"]

PHONE: Final = "254712345678"
CHECKOUT_REQUEST_ID: Final = f"ws_CO_15012026120000{PHONE}"


def new_payment(**changes: Any) -> Payment:  # noqa: ANN401 - fields may be of any type
    """Make a payment with a key of its own."""
    return with_facts(a_payment(key=secrets.token_hex(16)), **changes)


def paid(old: Payment, callback_id: str | None = None) -> tuple[Payment, HistoryEntry]:
    """Give a payment as it is once it was paid, and the entry that says so."""
    new = with_facts(
        old,
        version=old.version + 1,
        status=Status.SUCCESS,
        succeeded_at=START,
        checkout_request_id=CHECKOUT_REQUEST_ID,
        receipt=f"U{old.key[:9].upper()}",
    )
    entry = HistoryEntry(
        key=old.key,
        at=START,
        event="callback paid",
        before=old.status,
        after=new.status,
        became_success=True,
        callback_id=callback_id,
    )
    return new, entry


def a_callback(payment: Payment, **changes: Any) -> ReceivedCallback:  # noqa: ANN401 - as above
    """Make a callback of a payment."""
    callback = ReceivedCallback(
        account=payment.account, key=payment.key, body=PHONE.encode(), received_at=START, limit=100
    )
    return attrs.evolve(callback, **changes)
