"""Every statement of a store. Each is made when it is first used, and executed with parameters from then on."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Insert,
    Update,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from daraja.stores.sql.callbacks import CallbackStatements
from daraja.stores.sql.queries import COUNTED, LIMIT, Listing, Rows, is_of_account, listing
from daraja.stores.sql.tables import BY_ACCOUNT, Tables


class Statements(CallbackStatements):
    """The statements over the tables of one kind.

    Args:
        tables: The tables.
    """

    def __init__(self, tables: Tables[Any]) -> None:
        super().__init__(tables)
        self._history: Final = tables.history
        self._changing: Final = tables.changing
        self._unique: Final[tuple[str, ...]] = tables.record.kind.unique
        self._unique_in_account: Final[tuple[tuple[str, ...], ...]] = tables.record.kind.unique_in_account
        self._row: Final[Rows] = select(tables.records.c.key, tables.records.c.facts)
        self._lists: Final[dict[frozenset[str], Rows | None]] = {}

    @cached_property
    def insert(self) -> Mapping[str, Insert]:
        """Insert a record, unless it is there; by dialect."""
        records = self._records
        return {
            "postgresql": postgresql.insert(records).on_conflict_do_nothing().returning(records.c.key),
            "sqlite": sqlite.insert(records).on_conflict_do_nothing().execution_options(**COUNTED),
        }

    @cached_property
    def load(self) -> Rows:
        """Select a record by its key."""
        return self._row.where(self._records.c.key == bindparam("key"))

    @cached_property
    def find(self) -> Mapping[str, Rows]:
        """Select a record by one of its unique facts; by the name of the fact."""
        is_there = self._records.c.environment == bindparam("environment")
        return {name: self._row.where(self._records.c[name] == bindparam("value"), is_there) for name in self._unique}

    @cached_property
    def find_in_account(self) -> Mapping[tuple[str, ...], Rows]:
        """Select the record of an account that has a unique value; by the names of the columns."""
        records = self._records
        return {
            names: self._row.where(*(records.c[name] == bindparam(name) for name in names), is_of_account(records))
            for names in self._unique_in_account
        }

    def alike(self, column: str, /, *, by: str) -> Rows:
        """Select the records of an account that have one value in a column, in the order of another column."""
        records = self._records
        is_it = (records.c[column] == bindparam(column)) & is_of_account(records)
        return self._row.where(is_it).order_by(records.c[by])

    @cached_property
    def due(self) -> Listing:
        """List the records that are due, after a place in the list."""
        at = self._records.c.next_check_at
        return self._in_order(at, at <= bindparam("now"))

    @cached_property
    def count_due(self) -> Listing:
        """Count the records that are due."""
        records = self._records
        counted = select(func.count()).select_from(records).where(records.c.next_check_at <= bindparam("now"))
        return {False: counted, True: counted.where(is_of_account(records))}

    @cached_property
    def need_attention(self) -> Listing:
        """List the records that need a person, after a place in the list."""
        return self._in_order(self._records.c.created_at, self._records.c.needs_attention.is_(True))

    def _in_order(self, at: Column[Any], is_listed: ColumnElement[bool]) -> Listing:
        key = self._records.c.key
        is_next = tuple_(at, key) > tuple_(bindparam("after_at", type_=at.type), bindparam("after_key"))
        listed = self._row.add_columns(at.label("at")).where(is_listed, is_next).order_by(at, key)
        return listing(listed, self._records)

    @cached_property
    def place(self) -> Rows:
        """Select the time by which a record is listed."""
        return select(self._records.c.created_at).where(self._records.c.key == bindparam("key"))

    def listed(self, limits: frozenset[str], /) -> "Rows | None":
        """List records, the newest first.

        Args:
            limits: What limits the list: columns, ``since``, ``until``, ``check_after`` and ``after_key``.

        Returns:
            The statement; None if these records have no such column, so that none of them is listed.
        """
        if limits not in self._lists:
            self._lists[limits] = self._listed(limits)
        return self._lists[limits]

    def _listed(self, limits: frozenset[str]) -> "Rows | None":
        records = self._records.c
        at, key = records.created_at, records.key
        others = {
            "since": at >= bindparam("since"),
            "until": at < bindparam("until"),
            "check_after": records.next_check_at > bindparam("check_after"),
            "after_key": tuple_(at, key) < tuple_(bindparam("after_at", type_=at.type), bindparam("after_key")),
        }
        columns = sorted(limits - others.keys())
        if not {*columns}.issubset(records.keys()):
            return None
        conditions = [records[name] == bindparam(name) for name in columns]
        conditions += [condition for name, condition in others.items() if name in limits]
        # Few records are put off so far: SQLite has to find them, and not to go through all of them in their order.
        age = func.coalesce(at, at) if "check_after" in limits else at
        return self._row.where(*conditions).order_by(age.desc(), key.desc()).limit(LIMIT)

    # ------------------------------------------------------------------------------------------------------------- swap

    @cached_property
    def swap(self) -> Update:
        """Write the next version of a record."""
        records, another = self._records, self._records.alias()
        # Asked first, since PostgreSQL logs the values that violate an index, and a CheckoutRequestID ends in a number.
        facts_are_free = [
            ~exists().where(
                another.c[name] == bindparam(name),
                another.c.environment == records.c.environment,
                another.c.key != bindparam("old_key"),
            )
            for name in self._unique
        ]
        names_are_free = [
            ~exists().where(
                *(another.c[name] == bindparam(name) for name in names),
                *(another.c[name] == records.c[name] for name in BY_ACCOUNT),
                another.c.key != bindparam("old_key"),
            )
            for names in self._unique_in_account
            if set(names) <= set(self._changing)
        ]
        is_old = (records.c.key == bindparam("old_key")) & (records.c.version == bindparam("old_version"))
        changes = {name: bindparam(name, type_=records.c[name].type) for name in self._changing}
        return update(records).where(is_old, *facts_are_free, *names_are_free).values(changes)

    @cached_property
    def insert_history(self) -> Insert:
        """Insert an entry of the history."""
        return insert(self._history)

    @cached_property
    def swap_with_history(self) -> Mapping[str, Insert]:
        """Do ``swap``, ``insert_history`` and ``mark_processed`` in one, if the dialect can.

        Over a network the trips to the server take most of the time.
        """
        history, callbacks = self._history, self._callbacks
        swapped = self.swap.returning(self._records.c.key).cte("swapped")
        marked = (
            update(callbacks)
            .where(
                callbacks.c.id == bindparam("callback_id"),
                callbacks.c.note.is_(None),
                exists().where(swapped.c.key == bindparam("old_key")),
            )
            .values(note=bindparam("event"))
            .cte("marked")
        )
        entry = {column.name: column.type for column in history.c if column.name != "id"}
        values = [bindparam("old_key" if name == "key" else name, type_=kind) for name, kind in entry.items()]
        inserted = insert(history).from_select(tuple(entry), select(*values).select_from(swapped))
        return {"postgresql": inserted.add_cte(marked).returning(history.c.id)}

    @cached_property
    def erase(self) -> Update:
        """Write all columns of a record but its key and its account."""
        records = self._records
        is_old = (records.c.key == bindparam("old_key")) & (records.c.version == bindparam("old_version"))
        kept = {"key", "environment", "shortcode", "tenant"}
        changes = {one.name: bindparam(one.name, type_=one.type) for one in records.c if one.name not in kept}
        return update(records).where(is_old).values(changes)

    @cached_property
    def delete_history(self) -> Delete:
        """Delete the history of a record."""
        return delete(self._history).where(self._history.c.key == bindparam("old_key"))

    @cached_property
    def history(self) -> Rows:
        """Select the history of a record."""
        history = self._history
        return select(history).where(history.c.key == bindparam("key")).order_by(history.c.id)
