"""The shop's own tables: fulfilled and notified records. Nothing in them is unique, so doubles show."""

from collections import Counter
from typing import Final

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, insert, select

from daraja.lifecycle.record import Record

__all__ = ["create_ledger", "fulfil", "notify", "read_fulfilled", "read_notified"]

_METADATA: Final = MetaData()
_FULFILLED: Final = Table("fulfilled", _METADATA, Column("key", String, nullable=False))
_NOTIFIED: Final = Table("notified", _METADATA, Column("key", String, nullable=False))


def create_ledger(engine: Engine) -> None:
    _METADATA.create_all(engine)


def fulfil(connection: Connection, record: Record) -> None:
    """Fulfil within the store's own transaction."""
    connection.execute(insert(_FULFILLED), {"key": record.key})


def notify(engine: Engine, record: Record) -> None:
    """Store the notification, in a transaction of its own."""
    with engine.begin() as connection:
        connection.execute(insert(_NOTIFIED), {"key": record.key})


def read_fulfilled(connection: Connection) -> Counter[str]:
    return Counter(connection.scalars(select(_FULFILLED.c.key)))


def read_notified(connection: Connection) -> Counter[str]:
    return Counter(connection.scalars(select(_NOTIFIED.c.key)))
