"""daraja's values as rows of Django's models, and back."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import attrs
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

import daraja
from daraja.django.models import UNIQUE_FACTS, AbstractPayment, Callback, HistoryEntry
from daraja.errors import RecordUnreadable
from daraja.lifecycle import ports
from daraja.lifecycle.record import Account
from daraja.lifecycle.serialization import dumps
from daraja.lifecycle.signed_url import Purpose

__all__ = [
    "account_is",
    "all_values",
    "callback_of",
    "callback_values",
    "changing_values",
    "entry_of",
    "entry_values",
    "kept_time",
    "of_account",
    "payment_or_unreadable",
    "payment_values",
]

Row = TypeVar("Row", bound=Model)
Values = dict[str, Any]  # Any: whatever columns hold


def payment_values(model: type[AbstractPayment], payment: daraja.Payment, /) -> Values:
    """Return the row of a new payment."""
    return {
        "key": payment.key,
        model.order_column(): payment.order and str(payment.order),
        **attrs.asdict(payment.account),
        **model.columns_for(payment),
        **all_values(payment),
    }


def all_values(payment: daraja.Payment, /) -> Values:
    """Return the columns of daraja's own that an erasure may change."""
    return {
        "attempt": payment.attempt,
        "amount": payment.amount,
        "phone": str(payment.phone),
        "reference": str(payment.reference),
        "created_at": kept_time(payment.created_at),
        "idempotency_key": payment.idempotency_key and str(payment.idempotency_key),
        **changing_values(payment),
    }


def changing_values(payment: daraja.Payment, /) -> Values:
    """Return the columns that can change."""
    return {
        "status": payment.status.value,
        **{name: str(payment.facts[name]) if name in payment.facts else None for name in UNIQUE_FACTS},
        "open_order": payment.open_order and str(payment.open_order),
        "paid_order": payment.paid_order and str(payment.paid_order),
        "updated_at": kept_time(payment.updated_at),
        "succeeded_at": kept_time(payment.succeeded_at),
        "next_check_at": kept_time(payment.next_check_at),
        "needs_attention": payment.needs_attention,
        "refund_due": payment.refund_due,
        "version": payment.version,
        "facts": dumps(payment),
    }


def payment_or_unreadable(row: AbstractPayment, /) -> daraja.Payment | ports.Unreadable:
    """Return the payment of a row, or the reason why it cannot be read."""
    try:
        return row.record
    except RecordUnreadable as error:
        return ports.Unreadable(row.key, error.reason)


def entry_values(entry: ports.HistoryEntry, /) -> Values:
    """Return the row of an entry of the history."""
    return attrs.asdict(entry) | {
        "at": kept_time(entry.at),
        "before": str(entry.before),
        "after": str(entry.after),
        "callback_id": entry.callback_id and int(entry.callback_id),
    }


def entry_of(row: HistoryEntry, /) -> ports.HistoryEntry:
    """Return the entry of the history of a row."""
    return ports.HistoryEntry(
        key=row.key,
        at=_read_time(row.at),
        event=row.event,
        by=row.by,
        note=row.note,
        before=row.before,
        after=row.after,
        became_success=row.became_success,
        callback_id=None if row.callback_id is None else str(row.callback_id),
    )


def callback_values(callback: ports.ReceivedCallback, /) -> Values:
    """Return the row of a callback that has no id yet."""
    return {
        "purpose": callback.purpose.value,
        "key": callback.key or "",
        **attrs.asdict(callback.account),
        "body": callback.body,
        "remote_ip": callback.remote_ip,
        "received_at": kept_time(callback.received_at),
        "limit": callback.limit,
    }


def callback_of(row: Callback, /) -> ports.ReceivedCallback | ports.Unreadable:
    """Return the callback of a row, or the reason why it cannot be read."""
    if row.purpose not in set(Purpose):
        return ports.Unreadable(str(row.pk), "it has a purpose that this release does not know")
    return ports.ReceivedCallback(
        id=str(row.pk),
        account=Account(row.environment, row.shortcode, row.tenant),
        purpose=Purpose(row.purpose),
        key=row.key or None,
        body=bytes(row.body),
        remote_ip=row.remote_ip,
        received_at=_read_time(row.received_at),
        limit=row.limit,
    )


def of_account(rows: QuerySet[Row], account: Account | None, /) -> QuerySet[Row]:
    """Filter the rows of one account; None means all accounts."""
    return rows if account is None else rows.filter(account_is(account))


def account_is(account: Account, /) -> Q:
    """Return the condition that a row is of one account."""
    return Q(**attrs.asdict(account))


def kept_time(moment: datetime | None, /) -> datetime | None:
    """Return a time as the database keeps it: without a zone, in that of the settings, where ``USE_TZ`` is off."""
    if moment is None or settings.USE_TZ:
        return moment
    return timezone.make_naive(moment, timezone.get_default_timezone())


def _read_time(moment: datetime) -> datetime:
    """Return a time in UTC."""
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment, timezone.get_default_timezone())
    return moment.astimezone(UTC)
