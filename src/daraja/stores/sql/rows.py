"""Payments, histories and callbacks as rows, and back."""

from typing import Any

import attrs
from sqlalchemy import Row

from daraja.errors import RecordUnreadable
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback, Unreadable
from daraja.lifecycle.record import Account
from daraja.lifecycle.serialization import dumps, loads
from daraja.lifecycle.signed_url import Purpose
from daraja.payments.model import Payment
from daraja.privacy import hide_locals

__all__ = [
    "Values",
    "account_values",
    "callback_of",
    "callback_values",
    "entry_of",
    "entry_values",
    "payment_of",
    "payment_or_unreadable",
    "payment_values",
    "swap_values",
    "swap_with_history_values",
]


class Values(dict[str, Any]):  # Any: whatever columns hold
    """The parameters of a statement. Its repr shows the names only, as the phone number of a customer is among them."""

    def __repr__(self) -> str:
        return f"Values of {', '.join(self)}"


def payment_values(payment: Payment, /) -> Values:
    """Return the row of a payment."""
    return Values(
        key=payment.key,
        environment=payment.environment,
        shortcode=payment.shortcode,
        tenant=payment.tenant,
        idempotency_key=payment.idempotency_key,
        reference=payment.reference,
        amount=payment.amount,
        created_at=payment.created_at,
        **_changing(payment),
    )


def swap_values(old: Payment, new: Payment, /) -> Values:
    """Return what ``SWAP`` needs, and no other name: SQLAlchemy would write that column, too."""
    return Values(old_key=old.key, old_version=old.version, **_changing(new))


def swap_with_history_values(old: Payment, new: Payment, entry: HistoryEntry, /) -> Values:
    """Return what ``SWAP_WITH_HISTORY`` needs."""
    values = swap_values(old, new)
    values.update(entry_values(entry))
    del values["key"]
    return values


def _changing(payment: Payment) -> Values:
    return Values(
        checkout_request_id=payment.checkout_request_id,
        status=payment.status.value,
        receipt=payment.receipt,
        needs_attention=payment.needs_attention,
        updated_at=payment.updated_at,
        next_check_at=payment.next_check_at,
        succeeded_at=payment.succeeded_at,
        version=payment.version,
        facts=dumps(payment),
    )


@hide_locals
def payment_of(row: Row[Any], /) -> Payment:  # Any: SQLAlchemy does not know a table's columns
    """Return the payment that a row holds.

    Raises:
        RecordUnreadable: If it cannot be read.
    """
    return loads(Payment, row.key, row.facts)


def payment_or_unreadable(row: Row[Any], /) -> Payment | Unreadable:  # Any: as above
    """Return the payment that a row holds, or why it cannot be read."""
    try:
        return payment_of(row)
    except RecordUnreadable as error:
        return Unreadable(row.key, error.reason)


def account_values(account: Account | None, /) -> Values:
    """Give what limits a list to one account."""
    return Values() if account is None else Values(attrs.asdict(account))


def entry_values(entry: HistoryEntry, /) -> Values:
    """Return the row of an entry of the history."""
    return Values(
        key=entry.key,
        at=entry.at,
        event=entry.event,
        by=entry.by,
        note=entry.note,
        before=str(entry.before),
        after=str(entry.after),
        became_success=entry.became_success,
        callback_id=None if entry.callback_id is None else int(entry.callback_id),
    )


def entry_of(row: Row[Any], /) -> HistoryEntry:  # Any: as above
    """Return the entry of the history that a row holds."""
    return HistoryEntry(
        key=row.key,
        at=row.at,
        event=row.event,
        by=row.by,
        note=row.note,
        before=row.before,
        after=row.after,
        became_success=row.became_success,
        callback_id=None if row.callback_id is None else str(row.callback_id),
    )


def callback_values(callback: ReceivedCallback, /) -> Values:
    """Return the row of a callback that has no id yet."""
    return Values(
        environment=callback.account.environment,
        shortcode=callback.account.shortcode,
        tenant=callback.account.tenant,
        purpose=callback.purpose.value,
        key=callback.key or "",
        body=callback.body,
        remote_ip=callback.remote_ip,
        received_at=callback.received_at,
        limit=callback.limit,
    )


def callback_of(row: Row[Any], /) -> ReceivedCallback | Unreadable:  # Any: as above
    """Return the callback that a row holds, or why it cannot be read."""
    if row.purpose not in set(Purpose):
        return Unreadable(str(row.id), "it has a purpose that this release does not know")
    return ReceivedCallback(
        id=str(row.id),
        account=Account(row.environment, row.shortcode, row.tenant),
        purpose=Purpose(row.purpose),
        key=row.key or None,
        body=row.body,
        remote_ip=row.remote_ip,
        received_at=row.received_at,
        limit=row.limit,
    )
