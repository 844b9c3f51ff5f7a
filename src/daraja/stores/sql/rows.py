"""Records, histories and callbacks as rows, and back."""

from typing import Any, TypeVar

import attrs
from sqlalchemy import Row

from daraja.api.addresses import Purpose
from daraja.errors import RecordUnreadable
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback, Unreadable
from daraja.lifecycle.record import Account, Record
from daraja.lifecycle.serialization import dumps, loads
from daraja.stores.sql.tables import BEFORE_ALL, Tables
from daraja.values.secret import hide_locals

R = TypeVar("R", bound=Record)


class Values(dict[str, Any]):  # Any: whatever columns hold
    """The parameters of a statement. Its repr shows the names only, as the phone number of a customer is among them."""

    def __repr__(self) -> str:
        return f"Values of {', '.join(self)}"


def record_values(tables: Tables[R], record: R, /) -> Values:
    """Return the row of a record."""
    return Values((column.name, _value(record, column.name)) for column in tables.records.columns)


def swap_values(tables: Tables[R], old: R, new: R, /) -> Values:
    """Return the parameters of ``Statements.swap`` and no others: SQLAlchemy would write those columns, too."""
    changes = {name: _value(new, name) for name in tables.changing}
    return Values(changes, old_key=old.key, old_version=old.version)


def erase_values(tables: Tables[R], old: R, new: R, /) -> Values:
    """Return the parameters of ``Statements.erase``."""
    values = record_values(tables, new)
    for name in ("key", "environment", "shortcode", "tenant"):
        del values[name]
    return Values(values, old_key=old.key, old_version=old.version)


def swap_with_history_values(tables: Tables[R], old: R, new: R, entry: HistoryEntry, /) -> Values:
    """Return the parameters of ``Statements.swap_with_history``."""
    values = swap_values(tables, old, new)
    values.update(entry_values(entry))
    del values["key"]
    return values


def _value(record: Record, column: str) -> Any:  # noqa: ANN401 - whatever columns hold
    if column == "facts":
        return dumps(record)
    if column == "status":
        return record.status.value
    if column in record.kind.unique:
        return record.facts.get(column)
    return getattr(record, column)


@hide_locals
def record_of(records: type[R], row: Row[Any], /) -> R:  # Any: SQLAlchemy does not know a table's columns
    """Return the record that a row holds.

    Raises:
        RecordUnreadable: If it cannot be read.
    """
    return loads(records, row.key, row.facts)


def record_or_unreadable(records: type[R], row: Row[Any], /) -> R | Unreadable:  # Any: as above
    """Return the record that a row holds, or why it cannot be read."""
    try:
        return record_of(records, row)
    except RecordUnreadable as error:
        return Unreadable(row.key, error.reason)


def account_values(account: Account | None, /) -> Values:
    """Return the parameters that limit a list to one account."""
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
    if row.received_at == BEFORE_ALL:
        return Unreadable(str(row.id), "the time at which it came cannot be read")
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
