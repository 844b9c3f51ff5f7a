"""Callbacks in SQLite or PostgreSQL, and the statements over them.

Each statement is made when it is first used, and executed with parameters from then on.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Delete,
    Executable,
    Insert,
    Row,
    Update,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from daraja.errors import Conflict
from daraja.lifecycle.ports import ReceivedCallback, Unreadable
from daraja.lifecycle.record import Account
from daraja.stores.sql.database import Database
from daraja.stores.sql.engine import TIMEOUT
from daraja.stores.sql.queries import COUNTED, LIMIT, Listing, Rows, inserted, is_of_account, listing, run
from daraja.stores.sql.rows import Values, account_values, callback_of, callback_values
from daraja.stores.sql.tables import Tables

Result = TypeVar("Result")

_RECORD_TIMEOUT: Final = 5 * TIMEOUT
"""Seconds to wait for a lock or connection that hooks hold: Safaricom may never send this callback again."""


class CallbackStatements:
    """The statements over the callbacks of one kind.

    Args:
        tables: The tables.
    """

    def __init__(self, tables: Tables[Any]) -> None:  # Any: records of any kind
        self._records: Final = tables.records
        self._callbacks: Final = tables.callbacks

    @cached_property
    def record(self) -> Mapping[str, Insert]:
        """Insert a callback, unless there are enough of its account and key; by dialect."""
        callbacks = self._callbacks
        columns = {column.name: column.type for column in callbacks.c if column.name not in {"id", "note"}}
        how_many = (
            select(func.count())
            .where(callbacks.c.key == bindparam("key"), is_of_account(callbacks))
            .select_from(callbacks)
            .scalar_subquery()
        )
        values = select(*(bindparam(name, type_=kind) for name, kind in columns.items())).where(how_many < LIMIT)
        recorded = insert(callbacks).from_select(tuple(columns), values)
        return {
            "postgresql": recorded.returning(callbacks.c.id),
            "sqlite": recorded.execution_options(**COUNTED),
        }

    @cached_property
    def callbacks(self) -> Rows:
        """Select the callbacks of a record."""
        callbacks = self._callbacks
        return select(callbacks).where(callbacks.c.key == bindparam("key")).order_by(callbacks.c.id)

    @cached_property
    def unprocessed(self) -> Listing:
        """List the callbacks that are not processed."""
        return self._list(self._callbacks.c.note.is_(None))

    @cached_property
    def processed(self) -> Listing:
        """List the callbacks that are processed."""
        return self._list(self._callbacks.c.note.is_not(None))

    def _list(self, which: ColumnElement[bool]) -> Listing:
        callbacks = self._callbacks
        is_next = which & (callbacks.c.id > bindparam("after"))
        return listing(select(callbacks).where(is_next).order_by(callbacks.c.id), callbacks)

    @cached_property
    def delete_callbacks(self) -> Delete:
        """Delete the processed ones of some callbacks."""
        callbacks = self._callbacks
        is_one = callbacks.c.id.in_(bindparam("ids", expanding=True))
        return delete(callbacks).where(is_one, callbacks.c.note.is_not(None))

    @cached_property
    def mark_processed(self) -> Update:
        """Write the note of a callback that has none."""
        callbacks = self._callbacks
        is_open = (callbacks.c.id == bindparam("callback_id")) & callbacks.c.note.is_(None)
        return update(callbacks).where(is_open).values(note=bindparam("note"))

    @cached_property
    def delete_processed(self) -> Delete:
        """Delete the processed callbacks of a record."""
        callbacks = self._callbacks
        return delete(callbacks).where(callbacks.c.key == bindparam("old_key"), callbacks.c.note.is_not(None))

    @cached_property
    def purge(self) -> Mapping[bool, Delete]:
        """Delete old callbacks that no person needs."""
        records = self._records.c
        return self._purge(~exists().where(records.key == self._callbacks.c.key, records.needs_attention.is_(True)))

    @cached_property
    def purge_unsigned(self) -> Mapping[bool, Delete]:
        """Delete old callbacks without a key."""
        return self._purge(self._callbacks.c.key == "")

    def _purge(self, may_go: ColumnElement[bool]) -> Mapping[bool, Delete]:
        callbacks = self._callbacks
        old = (
            select(callbacks.c.id)
            .where(callbacks.c.received_at < bindparam("before"), callbacks.c.note.is_not(None), may_go)
            .order_by(callbacks.c.received_at)
        )
        ids = listing(old, callbacks)
        return {of_one: delete(callbacks).where(callbacks.c.id.in_(some)) for of_one, some in ids.items()}


S = TypeVar("S", bound=CallbackStatements)


class SqlCallbacks(Generic[S]):
    """The part of a ``RecordStore`` that stores callbacks: each is committed before anybody reads it."""

    def __init__(self, database: Database, statements: S) -> None:
        self._database: Final = database
        self._statements: Final = statements
        self._record: Final = statements.record[database.dialect]

    def callbacks(self, key: str, /) -> Sequence[ReceivedCallback | Unreadable]:
        """See ``RecordStore.callbacks``."""
        return self._read(self._statements.callbacks, Values(key=key), callback_of)

    def record(self, callback: ReceivedCallback, /) -> str:
        """See ``RecordStore.record``; of those that come at the very same time a few more may be kept."""
        values = callback_values(callback)
        number = self._database.write(
            lambda connection: inserted(run(connection, self._record, values)), timeout=_RECORD_TIMEOUT
        )
        if number is None:
            raise Conflict(f"{callback.limit} callbacks of one kind are kept already, which is all that may be")
        return str(number)

    def unprocessed(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback | Unreadable]:
        """See ``RecordStore.unprocessed``."""
        return self._page(self._statements.unprocessed, limit, account, after)

    def processed_callbacks(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback | Unreadable]:
        """See ``RecordStore.processed_callbacks``."""
        return self._page(self._statements.processed, limit, account, after)

    def delete_callbacks(self, ids: Sequence[str], /) -> int:
        """See ``RecordStore.delete_callbacks``."""
        values = Values(ids=[int(one) for one in ids])
        return self._database.write(
            lambda connection: run(connection, self._statements.delete_callbacks, values).rowcount
        )

    def processed(self, callback_id: str, note: str, /) -> None:
        """See ``RecordStore.processed``."""
        values = Values(callback_id=int(callback_id), note=note)
        self._database.write(lambda connection: run(connection, self._statements.mark_processed, values))

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``RecordStore.purge``."""
        return self._purge(self._statements.purge, before, limit, account)

    def purge_unsigned(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``RecordStore.purge_unsigned``."""
        return self._purge(self._statements.purge_unsigned, before, limit, account)

    def _page(
        self, pages: Listing, limit: int, account: Account | None, after: str | None
    ) -> Sequence[ReceivedCallback | Unreadable]:
        values = Values(limit=limit, after=int(after or 0), **account_values(account))
        return self._read(pages[account is not None], values, callback_of)

    def _purge(self, purges: Mapping[bool, Delete], before: datetime, limit: int, account: Account | None) -> int:
        values, statement = Values(before=before, limit=limit, **account_values(account)), purges[account is not None]
        return self._database.write(lambda connection: run(connection, statement, values).rowcount)

    def _read(self, statement: Executable, values: Values, reader: Callable[[Row[Any]], Result]) -> Sequence[Result]:
        # Any, in a row: as in `statements`
        return self._database.read(lambda connection: list(map(reader, run(connection, statement, values))))
