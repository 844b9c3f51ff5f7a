"""SQLite: a file of our own, written by one thread at a time, that survives a loss of power."""

import os
import threading
from contextlib import closing, suppress
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import QueuePool

from daraja.errors import ConfigurationError
from daraja.stores.sql.engine import TIMEOUT
from daraja.stores.sql.errors import StoreBusy

BEGIN: Final = "BEGIN IMMEDIATE"  # a transaction that reads first and writes then would fail if another one writes

_PREPARED: Final = "daraja_prepared"
_WRITE_AHEAD: Final = "PRAGMA journal_mode=WAL"
_TRIES: Final = 100


class WriteLock:
    """Lets the threads of a process write one after the other.

    SQLite would make each of them try again and again instead, and the unluckiest would give up first; and while they
    try, they hold connections that a thread which writes may need to read something.

    Args:
        timeout: Seconds to wait for the lock.
    """

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self._timeout: Final = timeout
        self._lock: Final = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._timeout):
            raise StoreBusy(f"another thread has been writing for {self._timeout:g} s")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def make_engine(url: URL, /) -> Engine:
    """Make an engine for a file, which is created here if it is not there."""
    create_private_file(url)
    # isolation_level: the driver begins no transaction by itself.
    arguments = {"timeout": TIMEOUT, "isolation_level": None}
    return create_engine(url, hide_parameters=True, poolclass=QueuePool, pool_timeout=TIMEOUT, connect_args=arguments)


def create_private_file(url: URL, /) -> None:
    """Create the file with mode 0600: it holds phone numbers, and SQLite gives its log the mode that the file has.

    A file that is there keeps its mode, which somebody may have chosen. So does one that is opened as a URI.
    """
    path = url.database
    if not path or path.startswith(("file:", ":")):
        return
    # O_EXCL: to open and close a file that SQLite has open in this process would take SQLite's locks away.
    with suppress(OSError):  # SQLite will meet the same error, and report it
        os.close(os.open(Path(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def prepare(connection: Connection, /) -> None:
    """Make commits survive a loss of power, readers not wait for writers, and deletions final; once per connection.

    Raises:
        ConfigurationError: If the database is in memory, where each connection would see another one; or if the driver
            keeps a transaction open all the time, so that none of ours can begin.
    """
    if _PREPARED in connection.info:
        return
    if getattr(connection.connection.driver_connection, "autocommit", None) is False:  # Python 3.12 and newer
        fault = "an Engine with autocommit=False would keep transactions open; leave that out of its connect_args"
        raise ConfigurationError({"url_or_engine": fault})
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute("PRAGMA database_list")
        if not all(file for _, name, file in cursor.fetchall() if name == "main"):
            fault = "SQLite in memory is no store; give a file, as in sqlite:///payments.db, or take a MemoryStore"
            raise ConfigurationError({"url_or_engine": fault})
        write_ahead(cursor)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA secure_delete=ON")  # or an erased number would stay in the file
    connection.info[_PREPARED] = True


def write_ahead(cursor: DBAPICursor) -> None:
    """Turn the write-ahead log on, which fails at once if another process looks at the database at that moment.

    Raises:
        OperationalError: If another one does so again and again.
    """
    for _ in range(_TRIES):
        with suppress(OperationalError):
            cursor.execute(_WRITE_AHEAD)
            return
        cursor.execute("BEGIN EXCLUSIVE")  # which waits for the other one
        cursor.execute("ROLLBACK")
    cursor.execute(_WRITE_AHEAD)


def in_transaction(driver: Any, /) -> bool:  # noqa: ANN401 - sqlite3's connection, which SQLAlchemy does not type
    """Tell whether the transaction can still be committed."""
    is_open: bool = driver.in_transaction
    return is_open
