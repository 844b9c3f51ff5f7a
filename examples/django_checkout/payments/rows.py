"""daraja's values as rows of Django's models, and back."""

import json
from typing import Any, TypeVar

from django.db.models import QuerySet

import daraja
from daraja.payments.facts import facts_of, payment_from
from daraja.payments.model import Account
from daraja.payments.records import HistoryEntry, ReceivedCallback
from payments.models import CallbackRecord, HistoryRecord, Payment

__all__ = [
    "callback_of",
    "callback_values",
    "changing_values",
    "entry_of",
    "entry_values",
    "of_account",
    "payment_of",
    "payment_values",
]

Row = TypeVar("Row", Payment, CallbackRecord)
Values = dict[str, Any]  # Any: whatever columns hold


def payment_values(payment: daraja.Payment, /) -> Values:
    """Give the row of a payment, whose ``metadata`` names the order and its customer."""
    return {
        "key": payment.key,
        "user_id": payment.metadata["user_id"],
        "order_id": payment.metadata["order_id"],
        "amount": payment.amount,
        "phone_number": str(payment.phone),
        "created_at": payment.created_at,
        "environment": payment.environment,
        "shortcode": payment.shortcode,
        "idempotency_key": payment.idempotency_key,
        **changing_values(payment),
    }


def changing_values(payment: daraja.Payment, /) -> Values:
    """Give the columns that change in the life of a payment."""
    return {
        "status": payment.status.value,
        "checkout_request_id": payment.checkout_request_id and str(payment.checkout_request_id),
        "provider_reference": payment.receipt or "",
        "updated_at": payment.updated_at,
        "needs_attention": payment.needs_attention,
        "next_check_at": payment.next_check_at,
        "version": payment.version,
        # ASCII with escapes: no database takes NUL or half a surrogate pair, and both may come from outside.
        "facts": json.dumps(facts_of(payment), allow_nan=False),
    }


def payment_of(row: Payment, /) -> daraja.Payment:
    """Give the payment that a row holds."""
    return payment_from(json.loads(row.facts))


def entry_values(entry: HistoryEntry, /) -> Values:
    """Give the row of an entry of the history."""
    return {
        "payment_id": entry.key,
        "at": entry.at,
        "event": entry.event,
        "by": entry.by,
        "note": entry.note,
        "before": entry.before.value,
        "after": entry.after.value,
        "became_success": entry.became_success,
        "callback_id": entry.callback_id and int(entry.callback_id),
    }


def entry_of(row: HistoryRecord, /) -> HistoryEntry:
    """Give the entry of the history that a row holds."""
    return HistoryEntry(
        key=row.payment_id,
        at=row.at,
        event=row.event,
        by=row.by,
        note=row.note,
        before=daraja.Status(row.before),
        after=daraja.Status(row.after),
        became_success=row.became_success,
        callback_id=None if row.callback_id is None else str(row.callback_id),
    )


def callback_values(callback: ReceivedCallback, /) -> Values:
    """Give the row of a callback that has no id yet."""
    return {
        "key": callback.key or "",
        "environment": callback.account.environment,
        "shortcode": callback.account.shortcode,
        "body": callback.body,
        "remote_ip": callback.remote_ip,
        "received_at": callback.received_at,
        "limit": callback.limit,
    }


def callback_of(row: CallbackRecord, /) -> ReceivedCallback:
    """Give the callback that a row holds."""
    return ReceivedCallback(
        id=str(row.pk),
        account=Account(row.environment, row.shortcode),
        key=row.key or None,
        body=bytes(row.body),
        remote_ip=row.remote_ip,
        received_at=row.received_at,
        limit=row.limit,
    )


def of_account(rows: "QuerySet[Row]", account: Account | None, /) -> "QuerySet[Row]":
    """Leave only the rows of one account, or all of them where none is named."""
    return rows if account is None else rows.filter(environment=account.environment, shortcode=account.shortcode)
