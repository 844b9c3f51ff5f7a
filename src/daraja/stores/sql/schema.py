"""The tables of all kinds: created where there are none, and checked to be those of this release."""

from typing import Final

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, inspect, select

from daraja.errors import ConfigurationError
from daraja.payments.model import Payment
from daraja.stores.sql.tables import make_tables

__all__ = ["PAYMENTS", "VERSION", "check", "create", "is_empty", "metadata", "schema"]

VERSION: Final = 1
"""Counts the changes to these tables."""

metadata: Final = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"},
)
"""All tables of the stores, for Alembic's ``target_metadata``."""

schema: Final = Table("daraja_schema", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

PAYMENTS: Final = make_tables(
    Payment,
    "payments",
    metadata,
    fixed=(Column("reference", String, nullable=False), Column("amount", Integer, nullable=False)),
)

_ONE_AT_A_TIME: Final = select(func.pg_advisory_xact_lock(0x_DA_2A_4A))
_VERSION: Final = select(schema.c.version)
_CREATE: Final = (
    "create them once with SqlStore(...).create_schema(), or with migrations from daraja.stores.sql.metadata"
)


def create(connection: Connection, /) -> None:
    """Create the tables that are missing, in the transaction of *connection*."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_AT_A_TIME)  # of two that create a table at once one fails, even with IF NOT EXISTS
    metadata.create_all(connection)
    if connection.scalar(_VERSION) is None:
        connection.execute(insert(schema), {"version": VERSION})


def is_empty(connection: Connection, /) -> bool:
    """Tell whether the database is new: it has no table at all."""
    return not inspect(connection).get_table_names()


def check(connection: Connection, /) -> None:
    """Check that the tables are there, and of our version.

    Raises:
        ConfigurationError: If they are not. It says what to do.
    """
    if not inspect(connection).has_table(schema.name):
        raise ConfigurationError({"schema": f"the database has no tables of daraja; {_CREATE}"})
    # Migrations made from `metadata` write no version; those of the first release are of version 1.
    found = connection.scalar(_VERSION) or 1
    if found != VERSION:
        what_to_do = "migrate them, as the changelog says" if found < VERSION else "upgrade daraja-kit"
        fault = (
            f"the tables in the database are of version {found}, this release writes version {VERSION}; {what_to_do}"
        )
        raise ConfigurationError({"schema": fault})
