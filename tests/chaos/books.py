"""What stands in the database afterwards, read past the library's own methods."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
from sqlalchemy import Engine, func, select

from daraja import Payment
from daraja.lifecycle.serialization import loads
from daraja.stores.sql import metadata
from tests.chaos.ledger import read_fulfilled, read_told

__all__ = ["Books", "Callback", "open_payments", "read_books"]

_PAYMENTS: Final = metadata.tables["daraja_payments"]
_HISTORY: Final = metadata.tables["daraja_history"]
_CALLBACKS: Final = metadata.tables["daraja_callbacks"]


@attrs.frozen
class Callback:
    """A callback that was kept."""

    body: bytes = attrs.field(repr=False)
    note: str | None


@attrs.frozen(kw_only=True)
class Books:
    """Everything that stands there, by the key of the payment."""

    payments: Sequence[Payment]
    events: Mapping[str, Sequence[str]]
    """What moved it, the oldest first."""
    successes: Counter[str]
    """How often its history says that it became a success."""
    callbacks: Mapping[str, Sequence[Callback]]
    fulfilled: Counter[str]
    told: Counter[str]


def open_payments(engine: Engine) -> int:
    """Count the payments at which somebody will look again."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count(_PAYMENTS.c.next_check_at))) or 0


def read_books(engine: Engine) -> Books:
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
        return Books(
            payments=[loads(Payment, "?", facts) for facts in connection.scalars(select(_PAYMENTS.c.facts))],
            events=events,
            successes=successes,
            callbacks=callbacks,
            fulfilled=read_fulfilled(connection),
            told=read_told(connection),
        )
