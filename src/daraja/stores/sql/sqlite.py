"""What a connection to SQLite needs to be told before money is written through it."""

from contextlib import closing, suppress
from sqlite3 import OperationalError
from threading import Lock
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from daraja.errors import ConfigurationError
from daraja.stores.sql.engine import PATIENCE
from daraja.stores.sql.errors import StoreFailed

__all__ = ["Turn", "prepare", "write_ahead"]

_PREPARED: Final = "daraja_prepared"
_WRITE_AHEAD: Final = "PRAGMA journal_mode=WAL"
_TRIES: Final = 100


class Turn:
    """Lets the threads of a process write one after the other.

    SQLite would have them try again and again instead, of which the unluckiest tires first; and while they try, they
    hold connections that one who writes may need to read something.

    Args:
        patience: Seconds to wait for one's turn.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience: Final = patience
        self._lock: Final = Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._patience):
            message = f"another thread has been writing for {self._patience:g} s"
            raise StoreFailed(message)

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def prepare(connection: Connection, /) -> None:
    """Have what is committed survive a loss of power, and readers not wait for writers; once for each connection.

    Raises:
        ConfigurationError: If the database is in memory, where each connection would see another one.
    """
    if _PREPARED in connection.info:
        return
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute("PRAGMA database_list")
        if not all(file for _, name, file in cursor.fetchall() if name == "main"):
            fault = "SQLite in memory is no store; give a file, as in sqlite:///payments.db, or take a MemoryStore"
            raise ConfigurationError({"url_or_engine": fault})
        write_ahead(cursor)
        cursor.execute("PRAGMA synchronous=FULL")
    connection.info[_PREPARED] = True


def write_ahead(cursor: DBAPICursor) -> None:
    """Turn the write-ahead log on, which fails at once where another process looks at the database at that moment.

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
