"""Payments in SQLite or PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import URL, Connection, CursorResult, Delete, Engine, Executable, Row

from daraja.errors import ConfigurationError, Conflict
from daraja.lifecycle.policy import check_hook, refuse_awaitable
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback, Unreadable
from daraja.lifecycle.record import Account
from daraja.payments.model import Payment
from daraja.privacy import hide_locals
from daraja.stores.sql import statements
from daraja.stores.sql.database import Database
from daraja.stores.sql.engine import TIMEOUT
from daraja.stores.sql.errors import StoreFailed, UniqueViolation, translate_errors
from daraja.stores.sql.rows import (
    Values,
    account_values,
    callback_of,
    callback_values,
    entry_of,
    entry_values,
    payment_of,
    payment_or_unreadable,
    payment_values,
    swap_values,
    swap_with_history_values,
)
from daraja.system.slow_hook import timed
from daraja.validation import raise_faults, value_or_fault
from daraja.values.phone import MaskedText
from daraja.values.secret import Secret

__all__ = ["SqlStore"]

OnSuccess: TypeAlias = Callable[[Connection, Payment], object]

Result = TypeVar("Result")

_RECORD_TIMEOUT: Final = 5 * TIMEOUT
"""Seconds to wait for a lock or connection that hooks hold: Safaricom may never send this callback again."""

_TRIES: Final = 3
"""How often a write is tried that was refused because of another payment, which then is not found."""


class SqlStore:
    """A ``PaymentStore`` in SQLite or PostgreSQL, for as many threads and processes as you like.

    A new SQLite database gets its tables when it is first used, in a file that nobody else may read (mode 0600). For
    any other call ``create_schema`` once, or make migrations from ``daraja.stores.sql.metadata``. Nothing is opened
    before it is used.

    Args:
        url_or_engine: The address, such as ``sqlite:///payments.db`` or ``postgresql://user:password@host/database``;
            or a SQLAlchemy ``Engine`` of your own, whose time-outs are yours then. In an address, write ``%40`` for an
            ``@`` in the password. A relative path is that of the folder in which the store is made.
        on_success: Called with the connection and the payment inside the transaction that makes a payment a success:
            what it writes through that connection is written together with the success, exactly once. If it raises,
            nothing is written, its exception reaches the caller, and the callback is kept to be tried again. It must
            not commit, must not use this store, and should be quick. Give it in every process that opens the database,
            the one that reconciles too: a success that one without it finds is never fulfilled.

    Raises:
        ConfigurationError: If that is no database we can use, or no function; or, from any method, if its tables are
            missing or of another version.
        StoreFailed: From any method, if the database did not do what it was asked to.
        ImportError: If psycopg is missing for PostgreSQL.
    """

    @hide_locals  # the address has a password
    def __init__(self, url_or_engine: str | URL | Engine, /, *, on_success: OnSuccess | None = None) -> None:
        raise_faults({"on_success": value_or_fault(check_hook, on_success)}, ConfigurationError)
        if isinstance(url_or_engine, URL):
            url_or_engine = url_or_engine.render_as_string(hide_password=False)
        self._database: Final = Database(Secret(url_or_engine) if isinstance(url_or_engine, str) else url_or_engine)
        self._on_success: Final = on_success
        self._insert: Final = statements.INSERT[self._database.dialect]
        self._record: Final = statements.RECORD[self._database.dialect]
        self._swap_with_history: Final = statements.SWAP_WITH_HISTORY.get(self._database.dialect)

    def __repr__(self) -> str:
        # A traceback may show a store whose address was refused.
        return f"<SqlStore in {getattr(self, 'location', 'no database')}>"

    @property
    def location(self) -> str:
        """The database in words, without a password; the whole path of a file, or a server and a name."""
        return self._database.location

    def create_schema(self) -> None:
        """Create the tables that are missing. Any number of processes may do so at the same time."""
        self._database.create_schema()

    def close(self) -> None:
        """Close the idle connections of this process. An engine of yours stays as it is."""
        self._database.close()

    def insert(self, payment: Payment, /) -> Payment:
        """See ``PaymentStore.insert``."""
        for _ in range(_TRIES):
            if self._insert_once(payment):
                return payment
            if found := self._find_attempt(payment):
                return found
            if self.load(payment.key):
                message = f"payment {payment.key} is there already"
                raise Conflict(message)
            self._refuse_taken_facts(payment)
        raise _unsettled(payment)

    def load(self, key: str, /) -> Payment | None:
        """See ``PaymentStore.load``."""
        return self._payment(statements.LOAD, Values(key=key))

    def find(self, name: str, value: str, environment: str, /) -> Payment | None:
        """See ``PaymentStore.find``."""
        value = MaskedText(value)  # masked, should anything fail and show its variables
        if name not in statements.FIND or not value.isprintable():
            return None  # no fact of Safaricom's, and not every database takes it
        return self._payment(statements.FIND[name], Values(value=str(value), environment=environment))

    def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
        """See ``PaymentStore.swap``."""
        for _ in range(_TRIES):
            if self._swapped(old, new, entry):
                return True
            current = self.load(old.key)
            if current is None or current.version != old.version:
                return False
            self._refuse_taken_facts(new)
        raise _unsettled(old)

    def due(self, now: datetime, limit: int, account: Account | None = None, /) -> Sequence[Payment | Unreadable]:
        """See ``PaymentStore.due``."""
        return self._payments(statements.DUE, account, limit, now=now)

    def need_attention(self, limit: int, account: Account | None = None, /) -> Sequence[Payment | Unreadable]:
        """See ``PaymentStore.need_attention``."""
        return self._payments(statements.NEED_ATTENTION, account, limit)

    def history(self, key: str, /) -> Sequence[HistoryEntry]:
        """See ``PaymentStore.history``."""
        return self._read(statements.HISTORY, Values(key=key), entry_of)

    def record(self, callback: ReceivedCallback, /) -> str:
        """See ``PaymentStore.record``; of those that come at the very same time a few more may be kept."""
        values = callback_values(callback)
        number = self._database.write(
            lambda connection: _inserted(_run(connection, self._record, values)), timeout=_RECORD_TIMEOUT
        )
        if number is None:
            message = f"{callback.limit} callbacks of one kind are kept already, which is all that may be"
            raise Conflict(message)
        return str(number)

    def unprocessed(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback | Unreadable]:
        """See ``PaymentStore.unprocessed``."""
        values = Values(limit=limit, after=int(after or 0), **account_values(account))
        return self._read(statements.UNPROCESSED[account is not None], values, callback_of)

    def processed(self, callback_id: str, note: str, /) -> None:
        """See ``PaymentStore.processed``."""
        values = Values(callback_id=int(callback_id), note=note)
        self._database.write(lambda connection: _run(connection, statements.MARK_PROCESSED, values))

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``PaymentStore.purge``."""
        return self._purge(statements.PURGE, before, limit, account)

    def purge_unsigned(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``PaymentStore.purge_unsigned``."""
        return self._purge(statements.PURGE_UNSIGNED, before, limit, account)

    def _purge(self, purges: Mapping[bool, Delete], before: datetime, limit: int, account: Account | None) -> int:
        values, statement = Values(before=before, limit=limit, **account_values(account)), purges[account is not None]
        return self._database.write(lambda connection: _run(connection, statement, values).rowcount)

    def _insert_once(self, payment: Payment) -> bool:
        values, tries = payment_values(payment), 0

        def work(connection: Connection) -> bool:
            nonlocal tries
            tries += 1
            return _inserted(_run(connection, self._insert, values)) is not None

        # Where the connection broke, the first try may have written it, and nobody else knows its key.
        return self._database.write(work) or (tries > 1 and self.load(payment.key) == payment)

    def _swapped(self, old: Payment, new: Payment, entry: HistoryEntry) -> bool:
        fulfil = self._on_success if entry.became_success else None

        def work(connection: Connection) -> None:
            try:
                self._write(connection, old, new, entry)
            except UniqueViolation:
                raise _NotWrittenError from None
            if fulfil is not None:
                with timed(fulfil):
                    refuse_awaitable(fulfil(connection, new))

        with suppress(_NotWrittenError):
            if self._swap_with_history is not None and fulfil is None:
                self._database.write(work)
            else:
                self._database.transaction(work)
            return True
        return False

    def _write(self, connection: Connection, old: Payment, new: Payment, entry: HistoryEntry) -> None:
        if self._swap_with_history is not None:
            if _inserted(_run(connection, self._swap_with_history, swap_with_history_values(old, new, entry))) is None:
                raise _NotWrittenError
            return
        if _run(connection, statements.SWAP, swap_values(old, new)).rowcount != 1:
            raise _NotWrittenError
        _run(connection, statements.INSERT_HISTORY, entry_values(entry))
        if entry.callback_id is not None:
            _run(connection, statements.MARK_PROCESSED, Values(callback_id=int(entry.callback_id), note=entry.event))

    def _find_attempt(self, payment: Payment) -> Payment | None:
        if payment.idempotency_key is None:
            return None
        values = Values(idempotency_key=payment.idempotency_key, **account_values(payment.account))
        return self._payment(statements.FIND_ATTEMPT, values)

    def _refuse_taken_facts(self, payment: Payment) -> None:
        for name in payment.kind.unique:
            taken = self.find(name, payment.facts[name], payment.environment) if name in payment.facts else None
            if taken is not None and taken.key != payment.key:
                message = f"payment {taken.key} has the {name} of payment {payment.key}"
                raise Conflict(message)

    def _payment(self, statement: Executable, values: Values) -> Payment | None:
        return next(iter(self._read(statement, values, payment_of)), None)

    def _payments(
        self, listing: statements.Listing, account: Account | None, limit: int, **values: object
    ) -> list[Payment | Unreadable]:
        """Read page after page until *limit* rows can be read, so that unreadable ones hide no others."""
        found: list[Payment | Unreadable] = []
        wanted, offset = limit, 0
        while wanted > 0:
            page_values = Values(values, limit=wanted, offset=offset, **account_values(account))
            page = self._read(listing[account is not None], page_values, payment_or_unreadable)
            found += page
            if len(page) < wanted:
                break
            offset += len(page)
            wanted = sum(isinstance(one, Unreadable) for one in page)
        return found

    def _read(self, statement: Executable, values: Values, reader: Callable[[Row[Any]], Result]) -> list[Result]:
        # Any, in a row: as in `statements`
        return self._database.read(lambda connection: list(map(reader, _run(connection, statement, values))))


class _NotWrittenError(Exception):
    """Rolls back a transaction whose first statement found nothing to change."""


def _run(connection: Connection, statement: Executable, values: Values) -> CursorResult[Any]:  # Any: as in `statements`
    return translate_errors(lambda: connection.execute(statement, values))


def _inserted(result: CursorResult[Any]) -> int | str | None:  # Any: as above
    """Return the key or id of the row that was inserted, or None if none was."""
    if result.returns_rows:
        return result.scalar()
    return result.lastrowid if result.rowcount == 1 else None


def _unsettled(payment: Payment) -> StoreFailed:
    return StoreFailed(f"payment {payment.key} is refused for another one that cannot be found")
