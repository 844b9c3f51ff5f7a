"""Payments in SQLite or PostgreSQL."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import URL, Connection, CursorResult, Engine, Executable

from daraja.errors import ConfigurationError, Conflict
from daraja.payments.hooks import check_hook, refuse_awaitable
from daraja.payments.model import Account, Payment
from daraja.payments.records import HistoryEntry, ReceivedCallback
from daraja.stores.sql import statements
from daraja.stores.sql.database import Database
from daraja.stores.sql.errors import StoreFailed, Violated, attempt
from daraja.stores.sql.rows import (
    Values,
    account_values,
    callback_of,
    callback_values,
    entry_of,
    entry_values,
    move_values,
    payment_of,
    payment_values,
    swap_values,
)
from daraja.validation import raise_faults, value_or_fault
from daraja.values.phone import Personal
from daraja.values.secret import Secret

__all__ = ["SqlStore"]

OnSuccess: TypeAlias = Callable[[Connection, Payment], object]

_TRIES: Final = 3
"""How often a payment is written that is refused for another one, which by then is not there any more."""


class SqlStore:
    """A ``PaymentStore`` in SQLite or PostgreSQL, for as many threads and processes as you like.

    A new SQLite database gets its tables when it is first used; for any other call ``create_schema`` once, or make
    migrations from ``daraja.stores.sql.metadata``.

    Args:
        url_or_engine: The address, such as ``sqlite:///payments.db`` or ``postgresql://user:password@host/database``;
            or a SQLAlchemy ``Engine`` of your own, whose time-outs are yours then.
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

    def __init__(self, url_or_engine: str | URL | Engine, /, *, on_success: OnSuccess | None = None) -> None:
        raise_faults({"on_success": value_or_fault(check_hook, on_success)}, ConfigurationError)
        # There may be a password in it, so that no error may show it among the variables of our own.
        url_or_engine, hidden = "", Secret(url_or_engine) if isinstance(url_or_engine, str) else url_or_engine
        self._database: Final = Database(hidden)
        self._on_success: Final = on_success
        self._insert: Final = statements.INSERT[self._database.dialect]
        self._record: Final = statements.RECORD[self._database.dialect]
        self._move: Final = statements.MOVE.get(self._database.dialect)

    def create_schema(self) -> None:
        """Make the tables that are missing; any number of processes may do so at the same time."""
        self._database.create_schema()

    def close(self) -> None:
        """Close the connections of this process that nobody uses now; an engine of yours stays as it is."""
        self._database.close()

    def insert(self, payment: Payment, /) -> Payment:
        """See ``PaymentStore.insert``."""
        for _ in range(_TRIES):
            with self._database.write() as connection:
                written = _inserted(_run(connection, self._insert, payment_values(payment)))
            if written is not None:
                return payment
            if found := self._asked_before(payment):
                return found
            if self.load(payment.key):
                message = f"payment {payment.key} is there already"
                raise Conflict(message)
            self._refuse_taken_id(payment)
        raise _unsettled(payment)

    def load(self, key: str, /) -> Payment | None:
        """See ``PaymentStore.load``."""
        return self._payment(statements.LOAD, Values(key=key))

    def find(self, checkout_request_id: str, /) -> Payment | None:
        """See ``PaymentStore.find``."""
        checkout_request_id = Personal(checkout_request_id)  # masked, should anything fail and show its variables
        if not checkout_request_id.isprintable():
            return None  # no id of Safaricom's, and not every database takes it
        return self._payment(statements.FIND, Values(checkout_request_id=str(checkout_request_id)))

    def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
        """See ``PaymentStore.swap``."""
        for _ in range(_TRIES):
            if self._swapped(old, new, entry):
                return True
            current = self.load(old.key)
            if current is None or current.version != old.version:
                return False
            self._refuse_taken_id(new)
        raise _unsettled(old)

    def due(self, now: datetime, limit: int, account: Account | None = None, /) -> Sequence[Payment]:
        """See ``PaymentStore.due``."""
        return self._payments(statements.DUE, account, now=now, limit=limit)

    def need_attention(self, limit: int, account: Account | None = None, /) -> Sequence[Payment]:
        """See ``PaymentStore.need_attention``."""
        return self._payments(statements.NEED_ATTENTION, account, limit=limit)

    def history(self, key: str, /) -> Sequence[HistoryEntry]:
        """See ``PaymentStore.history``."""
        with self._database.read() as connection:
            return list(map(entry_of, _run(connection, statements.HISTORY, Values(key=key))))

    def record(self, callback: ReceivedCallback, /) -> str:
        """See ``PaymentStore.record``; of those that come at the very same time a few more may be kept."""
        with self._database.write() as connection:
            number = _inserted(_run(connection, self._record, callback_values(callback)))
        if number is None:
            message = f"{callback.limit} callbacks of one kind are kept already, which is all that may be"
            raise Conflict(message)
        return str(number)

    def unprocessed(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback]:
        """See ``PaymentStore.unprocessed``."""
        values = Values(limit=limit, after=int(after or 0), **account_values(account))
        with self._database.read() as connection:
            return list(map(callback_of, _run(connection, statements.UNPROCESSED[account is not None], values)))

    def processed(self, callback_id: str, note: str, /) -> None:
        """See ``PaymentStore.processed``."""
        with self._database.write() as connection:
            _run(connection, statements.PROCESSED, Values(callback_id=int(callback_id), note=note))

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``PaymentStore.purge``."""
        values = Values(before=before, limit=limit, **account_values(account))
        with self._database.write() as connection:
            return _run(connection, statements.PURGE[account is not None], values).rowcount

    def _swapped(self, old: Payment, new: Payment, entry: HistoryEntry) -> bool:
        fulfil = self._on_success if entry.became_success else None
        begin = self._database.write if self._move is not None and fulfil is None else self._database.transaction
        with suppress(_NotWrittenError), begin() as connection:
            try:
                self._write(connection, old, new, entry)
            except Violated:
                raise _NotWrittenError from None
            if fulfil is not None:
                refuse_awaitable(fulfil(connection, new))
            return True
        return False

    def _write(self, connection: Connection, old: Payment, new: Payment, entry: HistoryEntry) -> None:
        if self._move is not None:
            if _inserted(_run(connection, self._move, move_values(old, new, entry))) is None:
                raise _NotWrittenError
            return
        if _run(connection, statements.SWAP, swap_values(old, new)).rowcount != 1:
            raise _NotWrittenError
        _run(connection, statements.REMEMBER, entry_values(entry))
        if entry.callback_id is not None:
            _run(connection, statements.PROCESSED, Values(callback_id=int(entry.callback_id), note=entry.event))

    def _asked_before(self, payment: Payment) -> Payment | None:
        if payment.idempotency_key is None:
            return None
        values = Values(idempotency_key=payment.idempotency_key, **account_values(payment.account))
        return self._payment(statements.ASKED_BEFORE, values)

    def _refuse_taken_id(self, payment: Payment) -> None:
        taken = payment.checkout_request_id and self.find(payment.checkout_request_id)
        if taken and taken.key != payment.key:
            message = f"payment {taken.key} has the CheckoutRequestID of payment {payment.key}"
            raise Conflict(message)

    def _payment(self, statement: Executable, values: Values) -> Payment | None:
        with self._database.read() as connection:
            return next(map(payment_of, _run(connection, statement, values)), None)

    def _payments(self, listing: statements.Listing, account: Account | None, **values: object) -> list[Payment]:
        with self._database.read() as connection:
            found = _run(connection, listing[account is not None], Values(values, **account_values(account)))
            return list(map(payment_of, found))


class _NotWrittenError(Exception):
    """Rolls a transaction back whose first statement found nothing to change."""


def _run(connection: Connection, statement: Executable, values: Values) -> CursorResult[Any]:  # Any: as in `statements`
    return attempt(lambda: connection.execute(statement, values))


def _inserted(result: CursorResult[Any]) -> int | str | None:  # Any: as above
    """Give what the row is called that was inserted, or None where none was."""
    if result.returns_rows:
        return result.scalar()
    return result.lastrowid if result.rowcount == 1 else None


def _unsettled(payment: Payment) -> StoreFailed:
    return StoreFailed(f"payment {payment.key} is refused for another one that cannot be found")
