"""The connections and transactions of one store. Each process has its own."""

import os
import random
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from math import inf
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, Pool

from daraja.stores.sql import postgresql, schema, sqlite
from daraja.stores.sql.engine import check_engine, location, read_url
from daraja.stores.sql.errors import (
    ConnectionLost,
    NotSerializable,
    ServerIsReadOnly,
    StoreBusy,
    StoreFailed,
    translate_errors,
)
from daraja.stores.sql.postgresql import Session
from daraja.system.fork_local import ForkLocal
from daraja.values.secret import Secret

Result = TypeVar("Result")
Work = Callable[[Connection], Result]

_TRIES: Final = 20
_LONGEST_PAUSE: Final = 0.05
"""Seconds; each new try waits for a random part of them, so that the same two transactions do not meet again."""

_SQLITE: Final = Session(is_read_committed=True, is_limited=True)  # in all that these mean


class Database:
    """Runs statements, one by itself or several that belong together.

    A statement is committed by itself unless we begin a transaction: most need none, which spares a server two trips.

    Each method may carry its work out twice: see ``_repeat``.

    Args:
        url_or_engine: An address, or an engine of the caller's.
    """

    def __init__(self, url_or_engine: Secret | Engine, /) -> None:
        make: Callable[[], Engine]
        if isinstance(url_or_engine, Secret):
            url = read_url(url_or_engine)
            backend = sqlite if url.get_backend_name() == "sqlite" else postgresql
            self._is_ours, make = True, partial(backend.make_engine, url)
        else:
            url = check_engine(url_or_engine).url
            self._is_ours, make = False, _BorrowedEngine(url_or_engine)
        self.dialect: Final = url.get_backend_name()
        self.location: Final = location(url)
        # Opened when a process first uses it: its locks then are of the kind that gevent or eventlet has put there.
        self._opened: Final = ForkLocal(lambda: _Opened(make()))

    def read(self, work: Work[Result], /) -> Result:
        """Run one statement that writes nothing."""
        return self._repeat(lambda opened: self._run(opened, work, writes=False))

    def write(self, work: Work[Result], /, *, timeout: float = 0) -> Result:
        """Run one statement that writes.

        Args:
            work: Runs it; twice must be as good as once.
            timeout: Seconds for which to try again if locks or connections are taken; each try waits some itself.
        """
        return self._repeat(lambda opened: self._run(opened, work, writes=True), timeout)

    def transaction(self, work: Work[Result], /) -> Result:
        """Run several statements in one transaction: all are written, or none.

        Args:
            work: Runs them; twice must be as good as once.
        """
        return self._repeat(lambda opened: self._run(opened, work, writes=True, together=True))

    def create_schema(self) -> None:
        """Make the tables that are missing."""
        self._repeat(self._create_schema)

    def close(self) -> None:
        """Close this process's connections that are not in use, unless the engine is the caller's."""
        if self._is_ours:
            self._opened.get().engine.dispose()

    def _repeat(self, once: "Callable[[_Opened], Result]", timeout: float = 0) -> Result:
        """Try again if nothing was written, and once more if the connection broke.

        A broken connection may have carried the last statement out. To do it again is harmless: a payment is inserted
        by its key and swapped by its version, and a callback that is recorded twice is processed once.
        """
        opened, began, is_second, rollbacks = self._opened.get(), time.monotonic(), False, 0
        while True:
            try:
                return once(opened)
            except ConnectionLost as lost:
                if is_second:
                    raise
                is_second = True
                if isinstance(lost, ServerIsReadOnly):
                    opened.left_server = time.monotonic()
            except NotSerializable:
                rollbacks += 1
                if rollbacks == _TRIES:
                    raise
                time.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 - no secret
            except StoreBusy:
                if time.monotonic() - began > timeout:
                    raise

    def _run(self, opened: "_Opened", work: Work[Result], *, writes: bool, together: bool = False) -> Result:
        self._check_schema(opened)
        with opened.write_lock if writes else nullcontext(), self._connect(opened) as (connection, session):
            if together or not session.is_read_committed or (writes and not session.is_limited):
                return self._run_in_transaction(connection, session, work)
            with _close_if_interrupted(connection):
                result = work(connection)
                if writes:
                    _commit(connection, connection.commit)
                return result

    def _run_in_transaction(self, connection: Connection, session: Session, work: Work[Result]) -> Result:
        with translate_errors(connection.begin) as transaction, _close_if_interrupted(connection):
            translate_errors(partial(self._begin, connection, session))
            result = work(connection)
            translate_errors(partial(self._check_that_it_stands, connection))
            _commit(connection, transaction.commit)
            return result

    def _begin(self, connection: Connection, session: Session) -> None:
        if self.dialect == "postgresql":
            postgresql.begin(connection, session)
        elif not sqlite.in_transaction(connection.connection.driver_connection):
            # An engine of the caller's may have begun one already.
            connection.exec_driver_sql(sqlite.BEGIN)

    def _check_that_it_stands(self, connection: Connection) -> None:
        backend = sqlite if self.dialect == "sqlite" else postgresql
        if not backend.in_transaction(connection.connection.driver_connection):
            reason = (
                "the transaction ended before its time; on_success must not commit or roll back, and must let errors "
                "of the database out, or catch them around connection.begin_nested()"
            )
            raise StoreFailed(reason)

    @contextmanager
    def _connect(self, opened: "_Opened") -> Generator[tuple[Connection, Session]]:
        with translate_errors(opened.engine.connect) as connection:
            yield connection, translate_errors(partial(self._prepare, opened, connection))

    def _prepare(self, opened: "_Opened", connection: Connection) -> Session:
        if self.dialect == "sqlite":
            sqlite.prepare(connection)
            return _SQLITE
        return postgresql.prepare(connection, is_ours=self._is_ours, after=opened.left_server)

    def _check_schema(self, opened: "_Opened") -> None:
        if opened.is_checked:
            return
        with self._connect(opened) as (connection, _):
            is_new = self.dialect == "sqlite" and translate_errors(partial(schema.is_empty, connection))
        if is_new:
            self._create_schema(opened)
        with self._connect(opened) as (connection, _):
            translate_errors(partial(schema.check, connection))
        opened.is_checked = True

    def _create_schema(self, opened: "_Opened") -> None:
        with opened.write_lock, self._connect(opened) as (connection, session):
            self._run_in_transaction(connection, session, schema.create)


def _commit(connection: Connection, commit: Callable[[], None]) -> None:
    try:
        translate_errors(commit)
    except StoreFailed:
        connection.invalidate()  # SQLAlchemy would put it back into the pool as it is, without a rollback
        raise


@contextmanager
def _close_if_interrupted(connection: Connection) -> Generator[None]:
    """Keep a connection out of the pool that Ctrl-C or a time-out of gevent found in the middle of something."""
    try:
        yield
    except Exception:
        raise
    except BaseException:
        connection.invalidate()
        raise


class _Opened:
    """A database as one process has it open.

    Args:
        engine: Gives its connections.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine: Final = engine
        is_sqlite = engine.dialect.name == "sqlite"
        self.write_lock: Final[AbstractContextManager[None]] = sqlite.WriteLock() if is_sqlite else nullcontext()
        self.is_checked = False
        self.left_server = -inf
        """When a server last refused to write; all connections from before may lead to the same server."""


class _BorrowedEngine:
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
