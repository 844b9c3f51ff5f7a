"""The content of the database after the run, read without the library's own methods."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import attrs
from sqlalchemy import Engine, func, select

from daraja.lifecycle.record import Record
from daraja.lifecycle.serialization import loads
from daraja.stores.sql.tables import Tables
from tests.chaos.ledger import read_fulfilled, read_notified

__all__ = ["Callback", "Stored", "count_open", "read_stored"]

R = TypeVar("R", bound=Record)


@attrs.frozen
class Callback:
    """A stored callback."""

    body: bytes = attrs.field(repr=False)
    note: str | None


@attrs.frozen(kw_only=True)
class Stored(Generic[R]):
    """The whole content about one kind, by the key of the record."""

    records: Sequence[R]
    events: Mapping[str, Sequence[str]]
    """The events of its history, the oldest first."""
    successes: Counter[str]
    """How often it became a success in its history."""
    callbacks: Mapping[str, Sequence[Callback]]
    fulfilled: Counter[str]
    notified: Counter[str]


def count_open(engine: Engine, tables: Tables[R]) -> int:
    """Count the records with a next check."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count(tables.records.c.next_check_at))) or 0


def read_stored(engine: Engine, tables: Tables[R]) -> Stored[R]:
    """Read everything."""
    records, history, received = tables.records, tables.history, tables.callbacks
    events: dict[str, list[str]] = defaultdict(list)
    callbacks: dict[str, list[Callback]] = defaultdict(list)
    successes = Counter[str]()
    with engine.connect() as connection:
        for row in connection.execute(select(history).order_by(history.c.id)):
            events[row.key].append(row.event)
            successes[row.key] += row.became_success
        for row in connection.execute(select(received).order_by(received.c.id)):
            callbacks[row.key].append(Callback(row.body, row.note))
        return Stored(
            records=[loads(tables.record, row.key, row.facts) for row in connection.execute(select(records))],
            events=events,
            successes=successes,
            callbacks=callbacks,
            fulfilled=read_fulfilled(connection),
            notified=read_notified(connection),
        )
