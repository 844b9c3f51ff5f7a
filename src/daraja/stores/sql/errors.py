"""Errors of SQLAlchemy and of the drivers, as errors of ours that show nothing of what was written."""

import sqlite3
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from daraja.errors import DarajaError
from daraja.values.secret import mask_runs

Result = TypeVar("Result")

_LONGEST: Final = 200
_SQLITE_BUSY: Final = 5
_PRIMARY_CODE: Final = 0xFF  # SQLite's extended codes carry the plain one in their last byte


class StoreFailed(DarajaError):  # noqa: N818 - it says what is so, as every error here
    """The database did not do what it was asked to. Whether anything was written is not known: read it, or ask again.

    Args:
        reason: What happened, in words without personal data.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)

    def __str__(self) -> str:
        return f"The store of payments failed: {self.args[0]}."


class UniqueViolation(StoreFailed):
    """The database holds that value already, and it must be unique; nothing was written."""


class StoreBusy(StoreFailed):
    """A lock, or a connection from the pool, did not come in time; nothing was written."""


class NotSerializable(StoreFailed):
    """PostgreSQL rolled the transaction back because of another one at the same time; nothing was written."""


class ConnectionLost(StoreFailed):
    """The connection broke. Whether the last statement was carried out is not known."""


class ServerIsReadOnly(ConnectionLost):
    """The server takes no writes, as after a failover; the primary may be reached by a new connection."""


_BY_SQLSTATE: Final[dict[str | None, type[StoreFailed]]] = {
    "23505": UniqueViolation,
    "25006": ServerIsReadOnly,
    "40001": NotSerializable,
    "40P01": NotSerializable,  # a deadlock: PostgreSQL rolled this side back
    "55P03": StoreBusy,  # lock_timeout
}


def translate_errors(work: Callable[[], Result], /) -> Result:
    """Return what *work* returns.

    Raises:
        StoreFailed: If SQLAlchemy or a driver raised an error. The error raised here has no cause and no context: the
            words and the local variables of the original hold what was to be written.
    """
    try:
        return work()
    except UnicodeError:
        failure = StoreFailed("there is text that no database can hold")
    except (SQLAlchemyError, sqlite3.Error) as error:
        failure = _kind_of(error)(_words(error))
    raise failure


def _kind_of(error: Exception) -> type[StoreFailed]:
    cause = _cause(error)
    by_state = _BY_SQLSTATE.get(getattr(cause, "sqlstate", None))
    if by_state is not None:
        return by_state
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return ConnectionLost
    if isinstance(error, PoolTimeout) or getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE == _SQLITE_BUSY:
        return StoreBusy
    if isinstance(error, IntegrityError) and "UNIQUE" in str(cause):  # SQLite's words
        return UniqueViolation
    return StoreFailed


def _words(error: Exception) -> str:
    cause = _cause(error)
    # PostgreSQL puts the values into its details and leaves them out of its first line.
    primary: str | None = getattr(getattr(cause, "diag", None), "message_primary", None)
    return f"{type(cause).__name__}: {_harmless(primary or str(cause))}"


def _cause(error: Exception) -> BaseException:
    return (error.orig if isinstance(error, StatementError) else None) or error


def _harmless(text: str) -> str:
    return mask_runs(text.strip().partition("\n")[0][:_LONGEST]).rstrip(".")
