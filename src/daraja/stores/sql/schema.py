"""The tables in a database: made where there are none, and checked to be those that this library writes."""

from typing import Final

from sqlalchemy import Connection, func, insert, inspect, select

from daraja.errors import ConfigurationError
from daraja.stores.sql.tables import VERSION, metadata, schema

__all__ = ["check", "create", "is_empty"]

_ONE_AT_A_TIME: Final = select(func.pg_advisory_xact_lock(0x_DA_2A_4A))
_VERSION: Final = select(schema.c.version)
_CREATE: Final = (
    "create them once with SqlStore(...).create_schema(), or with migrations from daraja.stores.sql.metadata"
)


def create(connection: Connection, /) -> None:
    """Make what is missing of the tables, in the transaction that *connection* is in."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_AT_A_TIME)  # of two who make a table one fails, whatever they say of IF NOT EXISTS
    metadata.create_all(connection)
    if connection.scalar(_VERSION) is None:
        connection.execute(insert(schema), {"version": VERSION})


def is_empty(connection: Connection, /) -> bool:
    """Tell whether there is no table at all, so that the database is new."""
    return not inspect(connection).get_table_names()


def check(connection: Connection, /) -> None:
    """See that the tables are there, and of our version.

    Raises:
        ConfigurationError: If they are not; says what to do about it.
    """
    if not inspect(connection).has_table(schema.name):
        raise ConfigurationError({"schema": f"the database has no tables of daraja; {_CREATE}"})
    # Migrations made from `metadata` leave the version out, and those of the first release were the first.
    found = connection.scalar(_VERSION) or 1
    if found != VERSION:
        what_to_do = "migrate them, as the changelog says" if found < VERSION else "upgrade daraja-kit"
        fault = (
            f"the tables in the database are of version {found}, this release writes version {VERSION}; {what_to_do}"
        )
        raise ConfigurationError({"schema": fault})
