"""Records of any kind in SQLite or PostgreSQL."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import URL, Connection, Engine, Executable, Row

from daraja.errors import ConfigurationError, Conflict
from daraja.fields import raise_faults, value_or_fault
from daraja.lifecycle.charges import Charge, changed_charges
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.policy import check_hook, refuse_awaitable
from daraja.lifecycle.ports import HistoryEntry, Unreadable
from daraja.lifecycle.record import Account, Record
from daraja.stores.sql.callbacks import SqlCallbacks
from daraja.stores.sql.charges import Charges
from daraja.stores.sql.database import Database
from daraja.stores.sql.errors import StoreFailed, UniqueViolation
from daraja.stores.sql.queries import Listing, inserted, run
from daraja.stores.sql.rows import (
    Values,
    account_values,
    entry_of,
    entry_values,
    erase_values,
    record_of,
    record_or_unreadable,
    record_values,
    swap_values,
    swap_with_history_values,
)
from daraja.stores.sql.statements import Statements
from daraja.stores.sql.tables import BEFORE_ALL, Tables
from daraja.system.machine import timed
from daraja.values.secret import MaskedText, Secret, hide_locals

R = TypeVar("R", bound=Record)
Result = TypeVar("Result")

_TRIES: Final = 3
"""How often a write is tried that was refused because of another record, which then is not found."""


class SqlRecords(SqlCallbacks[Statements], Generic[R]):
    """A ``RecordStore`` in SQLite or PostgreSQL, for as many threads and processes as you like.

    ``SqlStore`` describes what all of them share.
    """

    @hide_locals  # the address has a password
    def __init__(
        self,
        source: "str | URL | Engine | SqlRecords[Any]",  # Any: records of another kind
        tables: Tables[R],
        /,
        *,
        on_success: Callable[[Connection, R], object] | None = None,
        on_refund_due: Callable[[Connection, R], object] | None = None,
        hook: str = "on_success",
    ) -> None:
        """Make a store.

        Args:
            source: The address, an ``Engine`` of your own, or another store of this module, whose connections are
                shared.
            tables: The tables of the kind.
            on_success: Called inside the transaction that makes a record a success.
            on_refund_due: Called inside the transaction that makes a record a second success.
            hook: The name that *on_success* has in an error.
        """
        hooks = {hook: on_success, "on_refund_due": on_refund_due}
        raise_faults({name: value_or_fault(check_hook, given) for name, given in hooks.items()}, ConfigurationError)
        super().__init__(self._database_of(source), Statements(tables))
        self._on_success: Final = on_success
        self._on_refund_due: Final = on_refund_due
        self._tables: Final = tables
        self._insert: Final = self._statements.insert[self._database.dialect]
        self._charges: Final = None if tables.charges is None else Charges(tables.charges, self._database.dialect)
        self._swap_with_history: Final = self._statements.swap_with_history.get(self._database.dialect)

    @staticmethod
    @hide_locals
    def _database_of(source: "str | URL | Engine | SqlRecords[Any]") -> Database:  # Any: as above
        if isinstance(source, SqlRecords):
            return source._database  # noqa: SLF001 - a store of ours
        if isinstance(source, URL):
            source = source.render_as_string(hide_password=False)
        return Database(Secret(source) if isinstance(source, str) else source)

    def __repr__(self) -> str:
        # A traceback may show a store whose address was refused.
        return f"<{type(self).__name__} in {getattr(self, 'location', 'no database')}>"

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

    def insert(self, record: R, /) -> R:
        """See ``RecordStore.insert``."""
        for _ in range(_TRIES):
            if self._insert_once(record):
                return record
            if found := next(self._in_place_of(record), None):
                return found
            if self.load(record.key):
                raise Conflict(f"{record.kind.name} {record.key} is there already")
            self._refuse_taken(record)
        raise _unsettled(record)

    def load(self, key: str, /) -> R | None:
        """See ``RecordStore.load``."""
        return self._one(self._statements.load, Values(key=key))

    def find(self, name: str, value: str, environment: str, /) -> R | None:
        """See ``RecordStore.find``."""
        value = MaskedText(value)  # masked, should anything fail and show its variables
        statement = self._statements.find.get(name)
        if statement is None or not value.isprintable():
            return None  # no fact of Safaricom's, and not every database takes it
        return self._one(statement, Values(value=str(value), environment=environment))

    def swap(self, old: R, new: R, entry: HistoryEntry, /) -> bool:
        """See ``RecordStore.swap``."""
        for _ in range(_TRIES):
            if self._swapped(old, new, entry):
                return True
            current = self.load(old.key)
            if current is None or current.version != old.version:
                return False
            self._refuse_taken(new)
        raise _unsettled(old)

    def due(self, now: datetime, limit: int, account: Account | None = None, /) -> Sequence[R | Unreadable]:
        """See ``RecordStore.due``."""
        return self._page_by_page(self._statements.due, account, limit, now=now)

    def count_due(self, now: datetime, account: Account | None = None, /) -> int:
        """See ``RecordStore.count_due``."""
        statement = self._statements.count_due[account is not None]
        (count,) = self._read(statement, Values(now=now, **account_values(account)), _first)
        return int(count)

    def need_attention(self, limit: int, account: Account | None = None, /) -> Sequence[R | Unreadable]:
        """See ``RecordStore.need_attention``."""
        return self._page_by_page(self._statements.need_attention, account, limit)

    def list(self, which: Filter, limit: int, after: str | None = None, /) -> Sequence[R | Unreadable]:
        """See ``RecordStore.list``."""
        times = {"since": which.since, "until": which.until, "check_after": which.check_after}
        values = Values(which.equals, **{name: at for name, at in times.items() if at is not None})
        if after is not None:
            values.update(after_key=after)
        statement = self._statements.listed(frozenset(values))
        if statement is None:
            return []
        if after is not None:
            values.update(after_at=next(iter(self._read(self._statements.place, Values(key=after), _first)), None))
        return self._read(statement, Values(values, limit=limit), self._record_or_unreadable)

    def history(self, key: str, /) -> Sequence[HistoryEntry]:
        """See ``RecordStore.history``."""
        return self._read(self._statements.history, Values(key=key), entry_of)

    def erase(self, old: R, new: R, history: Sequence[HistoryEntry], /) -> bool:
        """See ``RecordStore.erase``."""
        statements, values = self._statements, erase_values(self._tables, old, new)
        its = Values(old_key=old.key)

        def work(connection: Connection) -> None:
            if run(connection, statements.erase, values).rowcount != 1:
                raise _NotWrittenError
            run(connection, statements.delete_history, its)
            for entry in history:
                run(connection, statements.insert_history, entry_values(entry))
            run(connection, statements.delete_processed, its)

        with suppress(_NotWrittenError):
            self._database.transaction(work)
            return True
        return False

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``RecordStore.purge``."""
        if self._charges is not None:
            self._database.write(partial(self._charges.purge, before=before, account=account))
        return super().purge(before, limit, account)

    def _insert_once(self, record: R) -> bool:
        values, charges, tries = record_values(self._tables, record), changed_charges((), record.charges), 0

        def work(connection: Connection) -> bool:
            nonlocal tries
            tries += 1
            if inserted(run(connection, self._insert, values)) is None:
                return False
            self._charge(connection, record, charges)
            return True

        written = self._database.transaction(work) if charges else self._database.write(work)
        # If the connection broke, the first try may have written it, and nobody else knows its key.
        return written or (tries > 1 and self.load(record.key) == record)

    def _charge(self, connection: Connection, record: R, charges: Sequence[Charge]) -> None:
        # Last in the transaction, since others wait for these rows.
        if self._charges is not None:
            self._charges.add(connection, record.account, charges)

    def _swapped(self, old: R, new: R, entry: HistoryEntry) -> bool:
        hook = self._on_success if entry.became_success else None
        if new.refund_due and not old.refund_due:
            hook = self._on_refund_due
        charges = changed_charges(old.charges, new.charges)

        def work(connection: Connection) -> None:
            try:
                self._write(connection, old, new, entry)
            except UniqueViolation:
                raise _NotWrittenError from None
            if hook is not None:
                with timed(hook):
                    refuse_awaitable(hook(connection, new))
            self._charge(connection, new, charges)

        with suppress(_NotWrittenError):
            if self._swap_with_history is not None and hook is None and not charges:
                self._database.write(work)
            else:
                self._database.transaction(work)
            return True
        return False

    def _write(self, connection: Connection, old: R, new: R, entry: HistoryEntry) -> None:
        if self._swap_with_history is not None:
            values = swap_with_history_values(self._tables, old, new, entry)
            if inserted(run(connection, self._swap_with_history, values)) is None:
                raise _NotWrittenError
            return
        if run(connection, self._statements.swap, swap_values(self._tables, old, new)).rowcount != 1:
            raise _NotWrittenError
        run(connection, self._statements.insert_history, entry_values(entry))
        if entry.callback_id is not None:
            values = Values(callback_id=int(entry.callback_id), note=entry.event)
            run(connection, self._statements.mark_processed, values)

    def _in_place_of(self, record: R) -> Iterator[R]:
        """Yield the records that have a value which must be unique in the account of *record*."""
        of_account = account_values(record.account)
        for names, statement in self._statements.find_in_account.items():
            values = Values((name, getattr(record, name)) for name in names)
            found = None if None in values.values() else self._one(statement, Values(values, **of_account))
            if found is not None:
                yield found

    def _refuse_taken(self, record: R) -> None:
        """Raise ``Conflict`` if another record has a value that must be unique."""
        kind = record.kind
        for name in kind.unique:
            taken = self.find(name, record.facts[name], record.environment) if name in record.facts else None
            if taken is not None and taken.key != record.key:
                raise Conflict(f"{kind.name} {taken.key} has the {name} of {kind.name} {record.key}")
        for other in self._in_place_of(record):
            if other.key != record.key:
                raise Conflict(f"{kind.name} {other.key} stands in the place of {kind.name} {record.key}")

    def _one(self, statement: Executable, values: Values) -> R | None:
        return next(iter(self._all(statement, values)), None)

    def _all(self, statement: Executable, values: Values) -> Sequence[R]:
        return self._read(statement, values, partial(record_of, self._tables.record))

    def _page_by_page(
        self, listing: Listing, account: Account | None, limit: int, **values: object
    ) -> Sequence[R | Unreadable]:
        """Read page after page until *limit* rows can be read, so that unreadable ones hide no others."""
        found: list[R | Unreadable] = []
        wanted, at, key = limit, BEFORE_ALL, ""
        while wanted > 0:
            page_values = Values(values, limit=wanted, after_at=at, after_key=key, **account_values(account))
            page = self._read(listing[account is not None], page_values, self._record_and_place)
            found += [one for one, _ in page]
            if len(page) < wanted:
                break
            at, key = page[-1][1]
            if at == BEFORE_ALL:
                break  # the time of the last row cannot be read, so nobody knows which rows come after it
            wanted = sum(isinstance(one, Unreadable) for one, _ in page)
        return found

    def _record_or_unreadable(self, row: Row[Any]) -> R | Unreadable:  # Any: as in `statements`
        return record_or_unreadable(self._tables.record, row)

    def _record_and_place(self, row: Row[Any]) -> tuple[R | Unreadable, tuple[datetime, str]]:  # Any: as above
        return self._record_or_unreadable(row), (row.at, row.key)


def _first(row: Row[Any]) -> Any:  # noqa: ANN401 - whatever a column holds
    return row[0]


class _NotWrittenError(Exception):
    """Rolls back a transaction whose first statement found nothing to change."""


def _unsettled(record: Record) -> StoreFailed:
    return StoreFailed(f"{record.kind.name} {record.key} is refused for another one that cannot be found")
