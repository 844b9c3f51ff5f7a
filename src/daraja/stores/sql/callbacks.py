"""Callbacks in SQLite or PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Delete, Executable, Row

from daraja.errors import Conflict
from daraja.lifecycle.ports import ReceivedCallback, Unreadable
from daraja.lifecycle.record import Account
from daraja.stores.sql.callback_statements import CallbackStatements
from daraja.stores.sql.database import Database
from daraja.stores.sql.engine import TIMEOUT
from daraja.stores.sql.queries import Listing, inserted, run
from daraja.stores.sql.rows import Values, account_values, callback_of, callback_values

__all__ = ["SqlCallbacks"]

S = TypeVar("S", bound=CallbackStatements)
Result = TypeVar("Result")

_RECORD_TIMEOUT: Final = 5 * TIMEOUT
"""Seconds to wait for a lock or connection that hooks hold: Safaricom may never send this callback again."""


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
            message = f"{callback.limit} callbacks of one kind are kept already, which is all that may be"
            raise Conflict(message)
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
