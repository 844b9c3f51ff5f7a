"""The tables of all kinds: created if there are none, and checked to be those of this release."""

import json
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler

from daraja.disbursements.model import Payout
from daraja.errors import ConfigurationError
from daraja.inbound.model import Receipt
from daraja.payments.model import Payment
from daraja.stores.sql.tables import BY_ACCOUNT, UtcTime, make_tables

VERSION: Final = 2
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
    fixed=(
        Column("reference", String, nullable=False),
        Column("amount", Integer, nullable=False),
        Column("order", String),
        Column("attempt", Integer, nullable=False, server_default=text("0")),
    ),
    changing=(Column("open_order", String), Column("paid_order", String)),
)

PAYOUTS: Final = make_tables(
    Payout,
    "payouts",
    metadata,
    fixed=(Column("amount", BigInteger, nullable=False), Column("refunds", String)),
    has_caps=True,
)
Index("ix_daraja_payouts_refunds", *(PAYOUTS.records.c[name] for name in ("refunds", "created_at", *BY_ACCOUNT)))


RECEIPTS: Final = make_tables(
    Receipt,
    "receipts",
    metadata,
    changing=(Column("expectation", String), Column("order", String), Column("place", String)),
)
Index("ix_daraja_receipts_expectation", *(RECEIPTS.records.c[name] for name in ("expectation", *BY_ACCOUNT)))

EXPECTATIONS: Final = Table(
    "daraja_expectations",
    metadata,
    Column("compared", String, primary_key=True),
    *(Column(name, String, primary_key=True) for name in BY_ACCOUNT),
    Column("key", String, nullable=False),
    Column("reference", String, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("order", String),
    Column("metadata", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("uq_daraja_expectations_order", "order", *BY_ACCOUNT, unique=True),
    Index("ix_daraja_expectations_created_at", "created_at", "compared", *BY_ACCOUNT),
)
"""The expectations: one row for each reference of an account."""

_ONE_AT_A_TIME: Final = select(func.pg_advisory_xact_lock(0x_DA_2A_4A))
_VERSION: Final = select(schema.c.version)
_CREATE: Final = (
    "create them once with SqlStore(...).create_schema(), or with migrations from daraja.stores.sql.metadata"
)
_RENAMED: Final = {"daraja_history": "daraja_payments_history", "daraja_callbacks": "daraja_payments_callbacks"}
"""The tables of version 1 that have another name now."""


def create(connection: Connection, /) -> None:
    """Create the tables, columns and indexes that are missing, in the transaction of *connection*.

    That brings a database of an earlier version to this one. One of this version stays as it is.

    Raises:
        ConfigurationError: If the tables are of a later version.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_AT_A_TIME)  # of two that create a table at once one fails, even with IF NOT EXISTS
    there = inspect(connection).get_table_names()
    found = connection.scalar(_VERSION) if schema.name in there else None
    if found is not None and found > VERSION:
        raise _another_version(found)
    if found == VERSION:
        return  # another process has done it; those that wait for the lock have little patience
    for old, new in _RENAMED.items():
        if old in there and new not in there:
            connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")
            there.append(new)
    new_tables = [table for table in metadata.sorted_tables if table.name not in there]
    metadata.create_all(connection, new_tables, checkfirst=False)
    for table in metadata.sorted_tables:
        if table not in new_tables:
            _add_what_is_missing(connection, table)
    connection.execute(delete(schema))
    connection.execute(insert(schema), {"version": VERSION})


def is_empty(connection: Connection, /) -> bool:
    """Tell whether the database is new: it has no table at all."""
    return not inspect(connection).get_table_names()


def check(connection: Connection, /) -> None:
    """Check that the tables are there, and of our version.

    Raises:
        ConfigurationError: If they are not. It says what to do.
    """
    there = inspect(connection).get_table_names()
    if schema.name not in there:
        raise ConfigurationError({"schema": f"the database has no tables of daraja; {_CREATE}"})
    found = connection.scalar(_VERSION)
    if found is None:  # migrations made from `metadata` write no version
        tables = metadata.sorted_tables
        is_whole = all(table.name in there and not _missing_columns(connection, table) for table in tables)
        found = VERSION if is_whole else VERSION - 1
    if found != VERSION:
        raise _another_version(found)


def _another_version(found: int) -> ConfigurationError:
    migrate = "call SqlStore(...).create_schema() once, or migrate them to daraja.stores.sql.metadata"
    what_to_do = migrate if found < VERSION else "upgrade daraja-kit"
    fault = f"the tables in the database are of version {found}, this release writes version {VERSION}; {what_to_do}"
    return ConfigurationError({"schema": fault})


def _missing_columns(connection: Connection, table: Table) -> list[Column[Any]]:  # Any: columns of all types
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    return [column for column in table.columns if column.name not in there]


def _add_what_is_missing(connection: Connection, table: Table) -> None:
    missing = _missing_columns(connection, table)
    for column in missing:
        connection.execute(_AddColumn(column))
    if "phone" in {column.name for column in missing}:
        _fill_phones(connection, table)
    there = {index["name"] for index in inspect(connection).get_indexes(table.name)}
    for index in table.indexes:
        if index.name not in there:
            index.create(connection)


def _fill_phones(connection: Connection, table: Table) -> None:
    """Copy the number of each record into the column by which it is found, if the record can be read."""
    phone = update(table).where(table.c.key == bindparam("its_key")).values(phone=bindparam("its_phone"))
    for key, facts in connection.execute(select(table.c.key, table.c.facts)).all():
        with suppress(ValueError, TypeError, KeyError):
            connection.execute(phone, {"its_key": key, "its_phone": str(json.loads(facts)["phone"])})


class _AddColumn(ExecutableDDLElement):
    """``ALTER TABLE ... ADD COLUMN``, which SQLAlchemy leaves to tools for migrations."""

    inherit_cache: bool | None = False

    def __init__(self, column: Column[Any]) -> None:  # Any: as above
        self.column: Final = column


@compiles(_AddColumn)
def _add_column(element: _AddColumn, compiler: DDLCompiler, **_: object) -> str:
    table = compiler.preparer.format_table(element.column.table)
    return f"ALTER TABLE {table} ADD COLUMN {compiler.get_column_specification(element.column)}"
