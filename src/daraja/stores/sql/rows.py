"""Payments, histories and callbacks as rows, and back."""

import json
from typing import Any

from sqlalchemy import Row

from daraja.payments.facts import facts_of, payment_from
from daraja.payments.model import Account, Payment, Status
from daraja.payments.records import HistoryEntry, ReceivedCallback
from daraja.stores.sql.errors import StoreFailed

__all__ = [
    "Values",
    "account_values",
    "callback_of",
    "callback_values",
    "entry_of",
    "entry_values",
    "move_values",
    "payment_of",
    "payment_values",
    "swap_values",
]


class Values(dict[str, Any]):  # Any: whatever columns hold
    """What fills a statement's gaps; its repr hides it, as a customer's number is among it."""

    def __repr__(self) -> str:
        return f"Values of {', '.join(self)}"


def payment_values(payment: Payment, /) -> Values:
    """Give the row of a payment."""
    return Values(
        key=payment.key,
        environment=payment.environment,
        shortcode=payment.shortcode,
        idempotency_key=payment.idempotency_key,
        reference=payment.reference,
        amount=payment.amount,
        created_at=payment.created_at,
        **_changing(payment),
    )


def swap_values(old: Payment, new: Payment, /) -> Values:
    """Give what puts *new* in the place of *old*, and not a name more: SQLAlchemy would write what is not asked for."""
    return Values(old_key=old.key, old_version=old.version, **_changing(new))


def move_values(old: Payment, new: Payment, entry: HistoryEntry, /) -> Values:
    """Give what does so, and all that belongs to it."""
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
        # ASCII with escapes: no database takes NUL or half a surrogate pair, and a shop's metadata may hold both.
        facts=json.dumps(facts_of(payment), allow_nan=False),
    )


def payment_of(row: Row[Any], /) -> Payment:  # Any: SQLAlchemy does not know a table's columns
    """Give the payment that a row holds.

    Raises:
        StoreFailed: If it cannot be read.
    """
    key = row.key
    try:
        return payment_from(json.loads(row.facts))
    except (ValueError, TypeError, LookupError, AttributeError):
        del row  # what an error is shown with must not hold a customer's number
    message = f"payment {key} cannot be read; another release of daraja-kit has written it, or somebody else"
    raise StoreFailed(message)


def account_values(account: Account | None, /) -> Values:
    """Give what limits a list to one account."""
    return Values() if account is None else Values(environment=account.environment, shortcode=account.shortcode)


def entry_values(entry: HistoryEntry, /) -> Values:
    """Give the row of an entry of the history."""
    return Values(
        key=entry.key,
        at=entry.at,
        event=entry.event,
        by=entry.by,
        note=entry.note,
        before=entry.before.value,
        after=entry.after.value,
        became_success=entry.became_success,
        callback_id=None if entry.callback_id is None else int(entry.callback_id),
    )


def entry_of(row: Row[Any], /) -> HistoryEntry:  # Any: as above
    """Give the entry of the history that a row holds."""
    return HistoryEntry(
        key=row.key,
        at=row.at,
        event=row.event,
        by=row.by,
        note=row.note,
        before=Status(row.before),
        after=Status(row.after),
        became_success=row.became_success,
        callback_id=None if row.callback_id is None else str(row.callback_id),
    )


def callback_values(callback: ReceivedCallback, /) -> Values:
    """Give the row of a callback that has no id yet."""
    return Values(
        environment=callback.account.environment,
        shortcode=callback.account.shortcode,
        key=callback.key or "",
        body=callback.body,
        remote_ip=callback.remote_ip,
        received_at=callback.received_at,
        limit=callback.limit,
    )


def callback_of(row: Row[Any], /) -> ReceivedCallback:  # Any: as above
    """Give the callback that a row holds."""
    return ReceivedCallback(
        id=str(row.id),
        account=Account(row.environment, row.shortcode),
        key=row.key or None,
        body=row.body,
        remote_ip=row.remote_ip,
        received_at=row.received_at,
        limit=row.limit,
    )
