"""The tables of a store: created where there are none, and checked to be those of this release.

What is looked up has a column of its own. The whole record stands in ``facts``.
"""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from daraja.errors import ConfigurationError

__all__ = [
    "VERSION",
    "UtcTime",
    "callbacks",
    "check",
    "create",
    "history",
    "is_empty",
    "metadata",
    "payments",
    "schema",
]


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone. It is written and read as UTC, also where the database keeps no zones."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)  # Any: as the base class has it
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - theirs
        """Convert to UTC what is written.

        Raises:
            ValueError: If it has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time for the store has no zone; write datetime.now(UTC), for example"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - theirs
        """Add the zone to what is read, which SQLite leaves out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


VERSION: Final = 1
"""Counts the changes to these tables."""

metadata: Final = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"},
)
"""All tables of a ``SqlStore``, for Alembic's ``target_metadata``."""

_COUNTED: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only a column whose type is INTEGER

payments: Final = Table(
    "daraja_payments",
    metadata,
    Column("key", String, primary_key=True),
    Column("environment", String, nullable=False),
    Column("shortcode", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("idempotency_key", String),
    Column("checkout_request_id", String),
    Column("reference", String, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("receipt", String),
    Column("needs_attention", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("next_check_at", UtcTime),
    Column("succeeded_at", UtcTime),
    Column("version", Integer, nullable=False),
    # Text: each type for JSON refuses something that a payment may hold, or depends on how the engine was made.
    Column("facts", Text, nullable=False),
    # The account comes last in all of these: a planner that sees it first takes them for lists of one account.
    UniqueConstraint("idempotency_key", "environment", "shortcode", "tenant"),
    # One for each fact in `Payment.kind.unique`.
    UniqueConstraint("checkout_request_id", "environment"),
    UniqueConstraint("receipt", "environment"),
)

history: Final = Table(
    "daraja_history",
    metadata,
    Column("id", _COUNTED, primary_key=True),
    Column("key", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("event", String, nullable=False),
    Column("by", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("before", String, nullable=False),
    Column("after", String, nullable=False),
    Column("became_success", Boolean, nullable=False),
    Column("callback_id", BigInteger),
    Index("ix_daraja_history_key", "key", "id"),
)

callbacks: Final = Table(
    "daraja_callbacks",
    metadata,
    Column("id", _COUNTED, primary_key=True),
    Column("environment", String, nullable=False),
    Column("shortcode", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("key", String, nullable=False),  # empty where the callback is unsigned
    Column("body", LargeBinary, nullable=False),
    Column("remote_ip", String, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("limit", Integer, nullable=False),
    Column("note", Text),  # NULL until it is processed
    Index("ix_daraja_callbacks_key", "key", "environment", "shortcode", "tenant"),
    Index("ix_daraja_callbacks_received_at", "received_at"),
    sqlite_autoincrement=True,  # the id of a purged callback is never given to another one
)

schema: Final = Table("daraja_schema", metadata, Column("version", Integer, primary_key=True, autoincrement=False))


def _partial(name: str, *columns: Column[Any], sqlite: str, postgresql: str) -> None:  # Any: columns of all types
    """Index only the few rows that are looked for, so that a million others cost nothing.

    The conditions are text, since a tool for migrations would write one expression for all databases.
    """
    Index(name, *columns, sqlite_where=text(sqlite), postgresql_where=text(postgresql))


_partial(
    "ix_daraja_payments_next_check_at",
    payments.c.next_check_at,
    payments.c.environment,
    payments.c.shortcode,
    payments.c.tenant,
    sqlite="next_check_at IS NOT NULL",
    postgresql="next_check_at IS NOT NULL",
)
_partial(
    "ix_daraja_payments_needs_attention",
    payments.c.created_at,
    payments.c.environment,
    payments.c.shortcode,
    payments.c.tenant,
    sqlite="needs_attention IS 1",
    postgresql="needs_attention IS true",
)
_partial(
    "ix_daraja_callbacks_unprocessed",
    callbacks.c.id,
    callbacks.c.environment,
    callbacks.c.shortcode,
    callbacks.c.tenant,
    sqlite="note IS NULL",
    postgresql="note IS NULL",
)

# --------------------------------------------------------------------------------------------- create and check

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
