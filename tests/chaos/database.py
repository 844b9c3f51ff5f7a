"""The content of the database after the run, read without the library's own methods."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
from sqlalchemy import Engine, func, select

from daraja import Payment
from daraja.lifecycle.serialization import loads
from daraja.stores.sql import metadata
from tests.chaos.ledger import read_fulfilled, read_notified

__all__ = ["Callback", "Stored", "open_payments", "read_stored"]

_PAYMENTS: Final = metadata.tables["daraja_payments"]
_HISTORY: Final = metadata.tables["daraja_payments_history"]
_CALLBACKS: Final = metadata.tables["daraja_payments_callbacks"]


@attrs.frozen
class Callback:
    """A stored callback."""

    body: bytes = attrs.field(repr=False)
    note: str | None


@attrs.frozen(kw_only=True)
class Stored:
    """The whole content, by the key of the payment."""

    payments: Sequence[Payment]
    events: Mapping[str, Sequence[str]]
    """The events of its history, the oldest first."""
    successes: Counter[str]
    """How often it became a success in its history."""
    callbacks: Mapping[str, Sequence[Callback]]
    fulfilled: Counter[str]
    notified: Counter[str]


def open_payments(engine: Engine) -> int:
    """Count the payments with a next check."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count(_PAYMENTS.c.next_check_at))) or 0


def read_stored(engine: Engine) -> Stored:
    """Read everything."""
    events: dict[str, list[str]] = defaultdict(list)
    callbacks: dict[str, list[Callback]] = defaultdict(list)
    successes = Counter[str]()
    with engine.connect() as connection:
        for row in connection.execute(select(_HISTORY).order_by(_HISTORY.c.id)):
            events[row.key].append(row.event)
            successes[row.key] += row.became_success
        for row in connection.execute(select(_CALLBACKS).order_by(_CALLBACKS.c.id)):
            callbacks[row.key].append(Callback(row.body, row.note))
        return Stored(
            payments=[loads(Payment, row.key, row.facts) for row in connection.execute(select(_PAYMENTS))],
            events=events,
            successes=successes,
            callbacks=callbacks,
            fulfilled=read_fulfilled(connection),
            notified=read_notified(connection),
        )
