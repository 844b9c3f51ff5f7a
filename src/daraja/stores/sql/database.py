"""The connections and transactions of one store, of which each process has its own."""

import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Pool

from daraja.stores.sql import schema, sqlite
from daraja.stores.sql.engine import checked_engine, checked_url, engine_for
from daraja.stores.sql.errors import StoreFailed, attempt
from daraja.system.fork_local import ForkLocal
from daraja.values.secret import Secret

__all__ = ["Database"]

_BEGIN: Final = {
    "postgresql": "BEGIN ISOLATION LEVEL READ COMMITTED",
    "sqlite": "BEGIN IMMEDIATE",  # one that reads first and writes then fails at once where another one writes
}

_IN_TRANSACTION: Final = 2
"""What libpq calls a transaction that can still be committed."""


class Database:
    """Gives connections for one statement or for several that belong together.

    A statement is committed by itself unless we begin a transaction: most need none, which spares a server two trips.

    Args:
        url_or_engine: An address, or an engine of the caller's.
    """

    def __init__(self, url_or_engine: Secret | URL | Engine, /) -> None:
        make: Callable[[], Engine]
        if isinstance(url_or_engine, Secret | URL):
            self._is_ours, make = True, partial(engine_for, checked_url(url_or_engine))
        else:
            self._is_ours, make = False, _Lent(checked_engine(url_or_engine))
        self._opened: Final = ForkLocal(lambda: _Opened(make()))
        self.dialect: Final = self._opened.get().engine.dialect.name

    def read(self) -> AbstractContextManager[Connection]:
        """Give a connection for one statement that writes nothing."""
        return self._connect(self._checked())

    @contextmanager
    def write(self) -> Generator[Connection]:
        """Give a connection for one statement that writes."""
        opened = self._checked()
        with opened.turn, self._connect(opened) as connection:
            yield connection
            attempt(connection.commit)

    def transaction(self) -> AbstractContextManager[Connection]:
        """Give a connection for several statements: all of them are written, or none."""
        return self._begun(self._checked())

    def create_schema(self) -> None:
        """Make the tables that are missing."""
        with self._begun(self._opened.get()) as connection:
            attempt(partial(schema.create, connection))

    def close(self) -> None:
        """Close this process's connections that are not in use, unless the engine is the caller's."""
        if self._is_ours:
            self._opened.get().engine.dispose()

    @contextmanager
    def _begun(self, opened: "_Opened") -> Generator[Connection]:
        with opened.turn, self._connect(opened) as connection, attempt(connection.begin) as transaction:
            # An engine of the caller's may have begun one already.
            if not getattr(connection.connection.driver_connection, "in_transaction", False):
                attempt(partial(connection.exec_driver_sql, _BEGIN[self.dialect]))
            yield connection
            self._refuse_broken_off(connection)
            attempt(transaction.commit)

    def _refuse_broken_off(self, connection: Connection) -> None:
        """See that the transaction still stands: PostgreSQL commits one that failed without a word, and writes nothing.

        Raises:
            StoreFailed: If it does not.
        """
        driver: Any = connection.connection.driver_connection  # Any: sqlite3's or psycopg's
        stands = (
            driver.in_transaction if self.dialect == "sqlite" else driver.info.transaction_status == _IN_TRANSACTION
        )
        if not stands:
            reason = (
                "the transaction was broken off before its end; on_success has to let errors of the database out, or "
                "to catch them around connection.begin_nested()"
            )
            raise StoreFailed(reason)

    @contextmanager
    def _connect(self, opened: "_Opened") -> Generator[Connection]:
        with attempt(opened.engine.connect) as connection:
            if self.dialect == "sqlite":
                attempt(partial(sqlite.prepare, connection))
            elif not self._is_ours:
                attempt(partial(connection.execution_options, isolation_level="AUTOCOMMIT"))
            yield connection

    def _checked(self) -> "_Opened":
        opened = self._opened.get()
        if not opened.is_checked:
            if self.dialect == "sqlite" and self._is_new(opened):
                self.create_schema()
            with self._connect(opened) as connection:
                attempt(partial(schema.check, connection))
            opened.is_checked = True
        return opened

    def _is_new(self, opened: "_Opened") -> bool:
        with self._connect(opened) as connection:
            return attempt(partial(schema.is_empty, connection))


class _Opened:
    """A database as one process has it open."""

    def __init__(self, engine: Engine) -> None:
        self.engine: Final = engine
        self.turn: Final = sqlite.Turn() if engine.dialect.name == "sqlite" else nullcontext()
        self.is_checked = False


class _Lent:
    """An engine of the caller's, which after a fork begins with connections of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine: Final = engine
        self._home: Final = os.getpid()
        self._parents: Final[list[Pool]] = []  # kept, since a connection that is forgotten closes itself

    def __call__(self) -> Engine:
        if os.getpid() != self._home:
            self._parents.append(self._engine.pool)
            self._engine.dispose(close=False)
        return self._engine
