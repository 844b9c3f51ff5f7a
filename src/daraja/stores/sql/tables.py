"""The tables that payments are kept in: what is looked up has a column, and everything stands in ``facts``."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from daraja.stores.sql.columns import UtcTime

__all__ = ["VERSION", "callbacks", "history", "metadata", "payments", "schema"]

VERSION: Final = 1
"""Counts the changes to these tables."""

metadata: Final = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"},
)
"""All tables of a ``SqlStore``, for Alembic's ``target_metadata``."""

_COUNTED: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only what is INTEGER to the letter

payments: Final = Table(
    "daraja_payments",
    metadata,
    Column("key", String, primary_key=True),
    Column("environment", String, nullable=False),
    Column("shortcode", String, nullable=False),
    Column("idempotency_key", String),
    Column("checkout_request_id", String, unique=True),
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
    # Text, since every type for JSON refuses something that a payment may hold, or depends on how the engine was made.
    Column("facts", Text, nullable=False),
    # The account comes last in all of these: a planner that sees it first takes them for lists of one account.
    UniqueConstraint("idempotency_key", "environment", "shortcode"),
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
    Column("key", String, nullable=False),  # empty where nobody signed it
    Column("body", LargeBinary, nullable=False),
    Column("remote_ip", String, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("limit", Integer, nullable=False),
    Column("note", Text),  # NULL until it is processed
    Index("ix_daraja_callbacks_key", "key", "environment", "shortcode"),
    Index("ix_daraja_callbacks_received_at", "received_at"),
    sqlite_autoincrement=True,  # the id of one that was purged never comes back for another
)

schema: Final = Table("daraja_schema", metadata, Column("version", Integer, primary_key=True, autoincrement=False))


def _partial(name: str, *columns: Column[Any], sqlite: str, postgresql: str) -> None:  # Any: columns of all types
    """Index only the few rows that anybody looks for, so that a million others cost nothing.

    The conditions are text, as a tool that writes migrations writes one expression for all databases.
    """
    Index(name, *columns, sqlite_where=text(sqlite), postgresql_where=text(postgresql))


_partial(
    "ix_daraja_payments_next_check_at",
    payments.c.next_check_at,
    payments.c.environment,
    payments.c.shortcode,
    sqlite="next_check_at IS NOT NULL",
    postgresql="next_check_at IS NOT NULL",
)
_partial(
    "ix_daraja_payments_needs_attention",
    payments.c.created_at,
    payments.c.environment,
    payments.c.shortcode,
    sqlite="needs_attention IS 1",
    postgresql="needs_attention IS true",
)
_partial(
    "ix_daraja_callbacks_unprocessed",
    callbacks.c.id,
    callbacks.c.environment,
    callbacks.c.shortcode,
    sqlite="note IS NULL",
    postgresql="note IS NULL",
)
