"""What an exception of SQLAlchemy or a driver means, in words that show nothing of what was written."""

import sqlite3
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.exc import IntegrityError, SQLAlchemyError, StatementError

from daraja.errors import DarajaError
from daraja.values.phone import mask_runs

__all__ = ["StoreFailed", "Violated", "attempt"]

Result = TypeVar("Result")

_LONGEST: Final = 200
_UNIQUE_VIOLATION: Final = "23505"


class StoreFailed(DarajaError):  # noqa: N818 - it says what is so, as every error here
    """The database did not do what it was asked to. Whether anything was written is not known: read it, or ask again.

    Args:
        reason: What happened, in words without personal data.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)

    def __str__(self) -> str:
        return f"The store of payments failed: {self.args[0]}."


class Violated(StoreFailed):
    """What was to be written is unique and was there already; nothing was written."""


def attempt(work: Callable[[], Result], /) -> Result:
    """Give what *work* gives.

    Raises:
        Violated: If the database refused a second of what is unique.
        StoreFailed: If SQLAlchemy raised anything else. Neither it nor the driver's exception hangs on it: their words
            and variables hold what was to be written.
    """
    try:
        return work()
    except UnicodeError:
        failure = StoreFailed("there is text that no database can hold")
    except (SQLAlchemyError, sqlite3.Error) as error:
        kind = Violated if isinstance(error, IntegrityError) and _is_of_uniqueness(error) else StoreFailed
        failure = kind(_words(error))
    raise failure


def _is_of_uniqueness(error: IntegrityError) -> bool:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state == _UNIQUE_VIOLATION if state else "UNIQUE" in str(error.orig)


def _words(error: Exception) -> str:
    cause = error.orig if isinstance(error, StatementError) else error
    # PostgreSQL puts the values into its details and leaves them out of its first line.
    primary: str | None = getattr(getattr(cause, "diag", None), "message_primary", None)
    return f"{type(cause).__name__}: {_harmless(primary or str(cause))}"


def _harmless(text: str) -> str:
    return mask_runs(text.strip().partition("\n")[0][:_LONGEST]).rstrip(".")
