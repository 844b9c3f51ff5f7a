"""The statements over callbacks. Each is made when it is first used, and executed with parameters from then on."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from sqlalchemy import ColumnElement, Delete, Insert, Update, bindparam, delete, exists, func, insert, select, update

from daraja.stores.sql.queries import COUNTED, LIMIT, Listing, Rows, is_of_account, listing
from daraja.stores.sql.tables import Tables

__all__ = ["CallbackStatements"]


class CallbackStatements:
    """The statements over the callbacks of one kind.

    Args:
        tables: The tables.
    """

    def __init__(self, tables: Tables[Any]) -> None:  # Any: records of any kind
        self._records: Final = tables.records
        self._callbacks: Final = tables.callbacks

    @cached_property
    def record(self) -> Mapping[str, Insert]:
        """Insert a callback, unless there are enough of its account and key; by dialect."""
        callbacks = self._callbacks
        columns = {column.name: column.type for column in callbacks.c if column.name not in {"id", "note"}}
        how_many = (
            select(func.count())
            .where(callbacks.c.key == bindparam("key"), is_of_account(callbacks))
            .select_from(callbacks)
            .scalar_subquery()
        )
        values = select(*(bindparam(name, type_=kind) for name, kind in columns.items())).where(how_many < LIMIT)
        recorded = insert(callbacks).from_select(tuple(columns), values)
        return {
            "postgresql": recorded.returning(callbacks.c.id),
            "sqlite": recorded.execution_options(**COUNTED),
        }

    @cached_property
    def callbacks(self) -> Rows:
        """Select the callbacks of a record."""
        callbacks = self._callbacks
        return select(callbacks).where(callbacks.c.key == bindparam("key")).order_by(callbacks.c.id)

    @cached_property
    def unprocessed(self) -> Listing:
        """List the callbacks that are not processed."""
        return self._list(self._callbacks.c.note.is_(None))

    @cached_property
    def processed(self) -> Listing:
        """List the callbacks that are processed."""
        return self._list(self._callbacks.c.note.is_not(None))

    def _list(self, which: ColumnElement[bool]) -> Listing:
        callbacks = self._callbacks
        is_next = which & (callbacks.c.id > bindparam("after"))
        return listing(select(callbacks).where(is_next).order_by(callbacks.c.id), callbacks)

    @cached_property
    def delete_callbacks(self) -> Delete:
        """Delete the processed ones of some callbacks."""
        callbacks = self._callbacks
        is_one = callbacks.c.id.in_(bindparam("ids", expanding=True))
        return delete(callbacks).where(is_one, callbacks.c.note.is_not(None))

    @cached_property
    def mark_processed(self) -> Update:
        """Write the note of a callback that has none."""
        callbacks = self._callbacks
        is_open = (callbacks.c.id == bindparam("callback_id")) & callbacks.c.note.is_(None)
        return update(callbacks).where(is_open).values(note=bindparam("note"))

    @cached_property
    def delete_processed(self) -> Delete:
        """Delete the processed callbacks of a record."""
        callbacks = self._callbacks
        return delete(callbacks).where(callbacks.c.key == bindparam("old_key"), callbacks.c.note.is_not(None))

    @cached_property
    def purge(self) -> Mapping[bool, Delete]:
        """Delete old callbacks that no person needs."""
        records = self._records.c
        return self._purge(~exists().where(records.key == self._callbacks.c.key, records.needs_attention.is_(True)))

    @cached_property
    def purge_unsigned(self) -> Mapping[bool, Delete]:
        """Delete old callbacks without a key."""
        return self._purge(self._callbacks.c.key == "")

    def _purge(self, may_go: ColumnElement[bool]) -> Mapping[bool, Delete]:
        callbacks = self._callbacks
        old = (
            select(callbacks.c.id)
            .where(callbacks.c.received_at < bindparam("before"), callbacks.c.note.is_not(None), may_go)
            .order_by(callbacks.c.received_at)
        )
        ids = listing(old, callbacks)
        return {of_one: delete(callbacks).where(callbacks.c.id.in_(some)) for of_one, some in ids.items()}
