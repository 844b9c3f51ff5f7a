"""daraja's values as rows of Django's models, and back."""

from typing import Any, TypeVar

import attrs
from django.db.models import QuerySet

import daraja
from daraja.errors import RecordUnreadable
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback, Unreadable
from daraja.lifecycle.record import Account
from daraja.lifecycle.serialization import dumps, loads
from daraja.lifecycle.signed_url import Purpose
from payments.models import CallbackRecord, HistoryRecord, Payment

__all__ = [
    "UNIQUE",
    "callback_of",
    "callback_values",
    "changing_values",
    "entry_of",
    "entry_values",
    "erased_values",
    "filtered",
    "of_account",
    "payment_of",
    "payment_or_unreadable",
    "payment_values",
]

UNIQUE = {"checkout_request_id": "checkout_request_id", "receipt": "provider_reference"}
"""The columns of the facts that belong to one payment only."""

Row = TypeVar("Row", Payment, CallbackRecord)
Values = dict[str, Any]  # Any: whatever columns hold


def payment_values(payment: daraja.Payment, /) -> Values:
    """Return the row of a payment; its ``metadata`` names the order and its customer."""
    return {
        "key": payment.key,
        "user_id": payment.metadata["user_id"],
        "order_id": payment.metadata["order_id"],
        "amount": payment.amount,
        "phone_number": str(payment.phone),
        "created_at": payment.created_at,
        "environment": payment.environment,
        "shortcode": payment.shortcode,
        "tenant": payment.tenant,
        "idempotency_key": payment.idempotency_key,
        "attempt_of": payment.order,
        "attempt": payment.attempt,
        **changing_values(payment),
    }


def changing_values(payment: daraja.Payment, /) -> Values:
    """Return the columns that can change."""
    return {
        "status": payment.status.value,
        "checkout_request_id": payment.checkout_request_id and str(payment.checkout_request_id),
        "provider_reference": payment.receipt or "",
        "open_order": payment.open_order,
        "paid_order": payment.paid_order,
        "updated_at": payment.updated_at,
        "needs_attention": payment.needs_attention,
        "next_check_at": payment.next_check_at,
        "version": payment.version,
        "facts": dumps(payment),
    }


def erased_values(payment: daraja.Payment, /) -> Values:
    """Return the columns of a payment without personal data."""
    return {"phone_number": str(payment.phone), "idempotency_key": payment.idempotency_key, **changing_values(payment)}


def payment_of(row: Payment, /) -> daraja.Payment:
    """Return the payment of a row."""
    return loads(daraja.Payment, row.key, row.facts)


def payment_or_unreadable(row: Payment, /) -> daraja.Payment | Unreadable:
    """Return the payment of a row, or the reason why it cannot be read."""
    try:
        return payment_of(row)
    except RecordUnreadable as error:
        return Unreadable(row.key, error.reason)


def entry_values(entry: HistoryEntry, /) -> Values:
    """Return the row of an entry of the history."""
    return {
        "payment_id": entry.key,
        "at": entry.at,
        "event": entry.event,
        "by": entry.by,
        "note": entry.note,
        "before": str(entry.before),
        "after": str(entry.after),
        "became_success": entry.became_success,
        "callback_id": entry.callback_id and int(entry.callback_id),
    }


def entry_of(row: HistoryRecord, /) -> HistoryEntry:
    """Return the entry of the history of a row."""
    return HistoryEntry(
        key=row.payment_id,
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
    return {
        "purpose": callback.purpose.value,
        "key": callback.key or "",
        "environment": callback.account.environment,
        "shortcode": callback.account.shortcode,
        "tenant": callback.account.tenant,
        "body": callback.body,
        "remote_ip": callback.remote_ip,
        "received_at": callback.received_at,
        "limit": callback.limit,
    }


def callback_of(row: CallbackRecord, /) -> ReceivedCallback | Unreadable:
    """Return the callback of a row, or the reason why it cannot be read."""
    if row.purpose not in set(Purpose):
        return Unreadable(str(row.pk), "it has a purpose that this release does not know")
    return ReceivedCallback(
        id=str(row.pk),
        account=Account(row.environment, row.shortcode, row.tenant),
        purpose=Purpose(row.purpose),
        key=row.key or None,
        body=bytes(row.body),
        remote_ip=row.remote_ip,
        received_at=row.received_at,
        limit=row.limit,
    )


_COLUMNS = {"order": "order_id", "phone": "phone_number", "receipt": "provider_reference"}
"""The columns whose names are not those of daraja."""


def filtered(payments: "QuerySet[Payment]", which: Filter, /) -> "QuerySet[Payment]":
    """Filter the rows that a list shows."""
    wanted: Values = {_COLUMNS.get(name, name): value for name, value in which.equals.items()}
    if which.since is not None:
        wanted["created_at__gte"] = which.since
    if which.until is not None:
        wanted["created_at__lt"] = which.until
    return payments.filter(**wanted)


def of_account(rows: "QuerySet[Row]", account: Account | None, /) -> "QuerySet[Row]":
    """Filter the rows of one account; None means all accounts."""
    return rows if account is None else rows.filter(**attrs.asdict(account))
