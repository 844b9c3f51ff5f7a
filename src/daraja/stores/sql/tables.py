"""The tables of one kind of record: its records, their history and the callbacks about them.

Each value that is looked up has a column of its own. The whole record stands in ``facts``.
"""

from datetime import UTC, datetime
from typing import Any, Final, Generic, Protocol, TypeVar, cast

import attrs
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from daraja.lifecycle.kind import Kind
from daraja.lifecycle.record import Record

R = TypeVar("R", bound=Record)

BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
"""The place before the first row of a list; also the reading of a time that somebody has spoilt by hand."""


class _Reader(Protocol):
    """Makes a time of a driver's value, as SQLAlchemy types it."""

    def __call__(self, value: Any) -> datetime | None:  # noqa: ANN401 - whatever a driver gives
        ...


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone. It is written and read as UTC, also if the database keeps no zones.

    SQLite keeps any text. A text that is no time is read as ``BEFORE_ALL``, so that one row never hides the others.
    """

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
            raise ValueError("a time for the store has no zone; write datetime.now(UTC), for example")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - theirs
        """Add the zone to what is read, which SQLite leaves out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """Return the function that reads what the driver gives."""
        process = cast("_Reader", super().result_processor(dialect, coltype))

        def read(value: Any) -> datetime | None:  # noqa: ANN401 - whatever a driver gives
            try:
                return process(value)
            except (ValueError, TypeError):
                return BEFORE_ALL

        return read


@attrs.frozen(kw_only=True, eq=False)
class Tables(Generic[R]):
    """The tables of one kind of record.

    Args:
        record: The class of its records.
        records: One row for each record.
        history: One row for each change of a record.
        callbacks: One row for each callback that was received.
        charges: One row for each counter of a cap; None for a kind without caps.
        changing: The columns of *records* that a change may write. Each other column is written once, and once more
            when personal data is erased.
    """

    record: type[R]
    records: Table
    history: Table
    callbacks: Table
    charges: Table | None
    changing: tuple[str, ...]


_COUNTED: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only a column whose type is INTEGER
_CHANGING: Final = (
    "phone",
    "status",
    "needs_attention",
    "updated_at",
    "next_check_at",
    "succeeded_at",
    "version",
    "facts",
)
BY_ACCOUNT: Final = ("environment", "shortcode", "tenant")
"""They come last in every index: a planner that sees them first takes it for a list of one account."""


def make_tables(
    record: type[R],
    name: str,
    metadata: MetaData,
    /,
    *,
    fixed: tuple[Column[Any], ...] = (),  # Any, here and below: columns of all types
    changing: tuple[Column[Any], ...] = (),
    has_caps: bool = False,
) -> Tables[R]:
    """Describe the tables of a kind, and add them to *metadata*.

    Args:
        record: The class of its records. Its unique facts get a column each.
        name: The kind in the plural, such as ``payments``.
        metadata: What the tables belong to.
        fixed: Columns of this kind that are written once, each for the attribute of the record that has its name. They
            and *changing* hold also what ``record.kind.unique_in_account`` names.
        changing: Columns of this kind that a change may write.
        has_caps: Whether its records have ``charges``.
    """
    unique = record.kind.unique
    changing_names = (*unique, *(column.name for column in changing), *_CHANGING)
    return Tables(
        record=record,
        records=_records(f"daraja_{name}", metadata, record.kind, (*fixed, *changing)),
        history=_history(f"daraja_{name}_history", metadata),
        callbacks=_callbacks(f"daraja_{name}_callbacks", metadata),
        charges=_charges(f"daraja_{name}_charges", metadata) if has_caps else None,
        changing=changing_names,
    )


def _records(name: str, metadata: MetaData, kind: Kind, own: tuple[Column[Any], ...]) -> Table:
    records = Table(
        name,
        metadata,
        Column("key", String, primary_key=True),
        *_account(),
        Column("idempotency_key", String),
        *(Column(fact, String) for fact in kind.unique),
        *own,
        Column("phone", String, nullable=False, server_default=""),
        Column("status", String, nullable=False),
        Column("needs_attention", Boolean, nullable=False),
        Column("created_at", UtcTime, nullable=False),
        Column("updated_at", UtcTime, nullable=False),
        Column("next_check_at", UtcTime),
        Column("succeeded_at", UtcTime),
        Column("version", Integer, nullable=False),
        # Text: each type for JSON refuses something that a record may hold, or depends on how the engine was made.
        Column("facts", Text, nullable=False),
        # Indexes, since no migration can add a constraint to a table of SQLite. NULL collides with nothing.
        *(_unique(name, names) for names in kind.unique_in_account),
        *(UniqueConstraint(fact, "environment") for fact in kind.unique),
    )
    _partial(
        records,
        "next_check_at",
        by=("next_check_at", "key"),
        sqlite="next_check_at IS NOT NULL",
        postgresql="next_check_at IS NOT NULL",
    )
    _partial(
        records,
        "needs_attention",
        by=("created_at", "key"),
        sqlite="needs_attention IS 1",
        postgresql="needs_attention IS true",
    )
    _index(records, "created_at", "key")
    _index(records, "status", "created_at", "key")
    _index(records, "phone", "created_at", "key")
    return records


def _history(name: str, metadata: MetaData) -> Table:
    return Table(
        name,
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
        Index(f"ix_{name}_key", "key", "id"),
    )


def _callbacks(name: str, metadata: MetaData) -> Table:
    callbacks = Table(
        name,
        metadata,
        Column("id", _COUNTED, primary_key=True),
        *_account(),
        Column("purpose", String, nullable=False),
        Column("key", String, nullable=False),  # empty if the callback is unsigned
        Column("body", LargeBinary, nullable=False),
        Column("remote_ip", String, nullable=False),
        Column("received_at", UtcTime, nullable=False),
        Column("limit", Integer, nullable=False),
        Column("note", Text),  # NULL until it is processed
        Index(f"ix_{name}_key", "key", *BY_ACCOUNT),
        Index(f"ix_{name}_received_at", "received_at"),
        sqlite_autoincrement=True,  # the id of a purged callback is never given to another one
    )
    _partial(callbacks, "unprocessed", by=("id",), sqlite="note IS NULL", postgresql="note IS NULL")
    return callbacks


def _charges(name: str, metadata: MetaData) -> Table:
    return Table(
        name,
        metadata,
        Column("counter", String, primary_key=True),
        *(Column(part, String, primary_key=True) for part in BY_ACCOUNT),
        Column("amount", BigInteger, nullable=False),
        Column("renews_at", UtcTime),
        Index(f"ix_{name}_renews_at", "renews_at"),
    )


def _account() -> tuple[Column[str], ...]:
    return tuple(Column(name, String, nullable=False) for name in BY_ACCOUNT)


def _unique(table: str, names: tuple[str, ...]) -> Index:
    # Without the rows that have no value: of a column that is NULL nearly everywhere, ANALYZE would tell SQLite that
    # its index finds nearly all rows, and SQLite would rather read the whole table.
    has_value = text(f'"{names[0]}" IS NOT NULL')
    columns = (*names, *BY_ACCOUNT)
    index = f"uq_{table}_{'_'.join(names)}"
    return Index(index, *columns, unique=True, sqlite_where=has_value, postgresql_where=has_value)


def _index(table: Table, *columns: str) -> None:
    """Index a list, so that a page of it is read from one place."""
    Index(f"ix_{table.name}_{columns[0]}", *(table.c[column] for column in (*columns, *BY_ACCOUNT)))


def _partial(table: Table, name: str, /, *, by: tuple[str, ...], sqlite: str, postgresql: str) -> None:
    """Index only the few rows that are looked for, so that a million others cost nothing.

    The conditions are text, since a tool for migrations would write one expression for all databases.
    """
    columns = [table.c[column] for column in (*by, *BY_ACCOUNT)]
    Index(f"ix_{table.name}_{name}", *columns, sqlite_where=text(sqlite), postgresql_where=text(postgresql))
