"""Ledgers for tests of interruptions: in memory, and in a SQLite file beside a table of the shop's own."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, MetaData, String, Table, create_engine, delete, func, insert, select

from daraja.payments.model import Payment
from daraja.stores import MemoryStore
from daraja.stores.sql import SqlStore
from daraja.stores.sql import metadata as kept
from tests.support.crashes.shop import Ledger

__all__ = ["in_memory", "in_sqlite"]

_OURS: Final = MetaData()
_PAID: Final = Table("orders_paid", _OURS, Column("payment", String, nullable=False))


def in_memory() -> Ledger:
    """Return an empty ledger in memory, which has no transaction for fulfilment."""
    return Ledger(MemoryStore())


@contextmanager
def in_sqlite(folder: Path) -> Generator[Callable[[], Ledger]]:
    """Open a database in *folder*, and return a function that empties it for the next ledger.

    It does not wait for the disk: written data survives a killed process, and no test cuts the power.
    """
    engine = create_engine(f"sqlite:///{folder / 'payments.db'}", connect_args={"isolation_level": None})
    hitches: list[BaseException] = []

    def fulfil(connection: Connection, payment: Payment) -> None:
        connection.execute(insert(_PAID).values(payment=payment.key))
        if hitches:
            raise hitches.pop()

    def fulfilments(key: str) -> int:
        with engine.connect() as connection:
            return connection.scalar(select(func.count()).where(_PAID.c.payment == key)) or 0

    store = SqlStore(engine, on_success=fulfil)
    store.create_schema()
    _OURS.create_all(engine)

    def empty() -> Ledger:
        hitches.clear()
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
            for name in ("daraja_payments", "daraja_payments_history", "daraja_payments_callbacks"):
                connection.execute(delete(kept.tables[name]))
            connection.execute(delete(_PAID))
            connection.exec_driver_sql("DELETE FROM sqlite_sequence")  # so that callbacks are numbered from one again
        return Ledger(store, fulfilments, hitches)

    yield empty
    engine.dispose()
