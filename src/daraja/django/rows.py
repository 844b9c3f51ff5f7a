"""daraja's values as rows of Django's models, and back."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import attrs
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from daraja.api.addresses import Purpose
from daraja.django.base_models import AbstractCallback, AbstractCharge, AbstractHistoryEntry, AbstractRecord
from daraja.errors import RecordUnreadable
from daraja.lifecycle import ports
from daraja.lifecycle.record import Account, Record
from daraja.lifecycle.serialization import dumps, loads

R = TypeVar("R", bound=Record)
Row = TypeVar("Row", bound=Model)
Values = dict[str, Any]  # Any: whatever columns hold


@attrs.frozen(kw_only=True, eq=False)
class Tables(Generic[R]):
    """The models of one kind of record.

    Args:
        record: The class of its records.
        records: One row for each record.
        history: One row for each change of a record.
        callbacks: One row for each callback that was received.
        charges: One row for each counter of a cap; None for a kind without caps.
    """

    record: type[R]
    records: type[AbstractRecord]
    history: type[AbstractHistoryEntry]
    callbacks: type[AbstractCallback]
    charges: type[AbstractCharge] | None = None

    @property
    def models(self) -> tuple[type[Model], ...]:
        """All of them. One transaction writes them, so they are in one database."""
        others = () if self.charges is None else (self.charges,)
        return self.records, self.history, self.callbacks, *others


def all_values(model: type[AbstractRecord], record: Record, /) -> Values:
    """Return the columns that an erasure may change."""
    return {**_values(record, model.fixed_columns), **changing_values(model, record)}


def changing_values(model: type[AbstractRecord], record: Record, /) -> Values:
    """Return the columns that can change."""
    return _values(record, (*record.kind.unique, *model.changing_columns))


def _values(record: Record, columns: Iterable[str]) -> Values:
    return {column: _value(record, column) for column in columns}


def _value(record: Record, column: str) -> Any:  # Any: whatever a column holds
    if column == "facts":
        return dumps(record)
    value = record.facts.get(column) if column in record.kind.unique else getattr(record, column)
    if isinstance(value, datetime):
        return kept_time(value)
    return plain(value)


def plain(value: Any, /) -> Any:  # Any: as above, here and in what is returned
    """Return a value of a record as a database takes it: a text without the class that masks it."""
    return str(value) if isinstance(value, str) else value


def new_values(model: type[AbstractRecord], record: Record, /) -> Values:
    """Return the row of a new record."""
    return {"key": record.key, **attrs.asdict(record.account), **all_values(model, record)}


def record_of(records: type[R], row: AbstractRecord, /) -> R:
    """Return the record of a row.

    Raises:
        RecordUnreadable: If it cannot be read.
    """
    return loads(records, row.key, row.facts)


def record_or_unreadable(records: type[R], row: AbstractRecord, /) -> R | ports.Unreadable:
    """Return the record of a row, or the reason why it cannot be read."""
    try:
        return record_of(records, row)
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


def entry_of(row: AbstractHistoryEntry, /) -> ports.HistoryEntry:
    """Return the entry of the history of a row."""
    return ports.HistoryEntry(
        key=row.key,
        at=read_time(row.at),
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


def callback_of(row: AbstractCallback, /) -> ports.ReceivedCallback | ports.Unreadable:
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
        received_at=read_time(row.received_at),
        limit=row.limit,
    )


def of_account(rows: QuerySet[Row], account: Account | None, /) -> QuerySet[Row]:
    """Filter the rows of one account; None means all accounts."""
    return rows if account is None else rows.filter(account_is(account))


def account_is(account: Account, /) -> Q:
    """Return the condition that a row is of one account."""
    return Q(**attrs.asdict(account))


def kept_time(moment: datetime | None, /) -> datetime | None:
    """Return a time as the database keeps it: without a zone, in that of the settings, if ``USE_TZ`` is off."""
    if moment is None or settings.USE_TZ:
        return moment
    return timezone.make_naive(moment, timezone.get_default_timezone())


def read_time(moment: datetime) -> datetime:
    """Return a time in UTC."""
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment, timezone.get_default_timezone())
    return moment.astimezone(UTC)
