"""Every statement of a ``SqlStore``, made once and executed with parameters."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Integer,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from daraja.payments.model import Payment
from daraja.stores.sql.schema import callbacks, history, payments

__all__ = [
    "DUE",
    "FIND",
    "FIND_ATTEMPT",
    "HISTORY",
    "INSERT",
    "INSERT_HISTORY",
    "LOAD",
    "MARK_PROCESSED",
    "NEED_ATTENTION",
    "PURGE",
    "PURGE_UNSIGNED",
    "RECORD",
    "SWAP",
    "SWAP_WITH_HISTORY",
    "UNPROCESSED",
]

# Any, here and below: SQLAlchemy does not know what the rows of a table hold.
Listing: TypeAlias = "Mapping[bool, Select[*tuple[Any, ...]]]"
"""A list in two forms: of all accounts (False) and of one (True)."""

_LIMIT: Final = bindparam("limit", type_=Integer)
_OFFSET: Final = bindparam("offset", type_=Integer)


def _is_of_account(table: Table) -> ColumnElement[bool]:
    is_there: ColumnElement[bool] = table.c.environment == bindparam("environment")
    return is_there & (table.c.shortcode == bindparam("shortcode")) & (table.c.tenant == bindparam("tenant"))


def _listing(listed: "Select[*tuple[Any, ...]]", table: Table) -> Listing:
    return {False: listed.limit(_LIMIT), True: listed.where(_is_of_account(table)).limit(_LIMIT)}


def _paged(listing: Listing) -> Listing:
    return {of_one: listed.offset(_OFFSET) for of_one, listed in listing.items()}


# ------------------------------------------------------------------------------------------------------------- payments

# SQLite knows RETURNING only from 3.35 on, so there the rows are counted.
_COUNTED: Final = {"preserve_rowcount": True}

INSERT: Final[Mapping[str, Insert]] = {
    "postgresql": postgresql.insert(payments).on_conflict_do_nothing().returning(payments.c.key),
    "sqlite": sqlite.insert(payments).on_conflict_do_nothing().execution_options(**_COUNTED),
}

LOAD: Final = select(payments.c.key, payments.c.facts).where(payments.c.key == bindparam("key"))

FIND: Final = {
    name: select(payments.c.key, payments.c.facts).where(
        payments.c[name] == bindparam("value"), payments.c.environment == bindparam("environment")
    )
    for name in Payment.kind.unique
}

FIND_ATTEMPT: Final = select(payments.c.key, payments.c.facts).where(
    payments.c.idempotency_key == bindparam("idempotency_key"), _is_of_account(payments)
)

_CHANGES: Final = (
    "checkout_request_id",
    "status",
    "receipt",
    "needs_attention",
    "updated_at",
    "next_check_at",
    "succeeded_at",
    "version",
    "facts",
)
_another: Final = payments.alias()

# Asked first, since PostgreSQL logs the values that violate an index, and a CheckoutRequestID ends in a number.
_FACTS_ARE_FREE: Final = [
    ~exists().where(
        _another.c[name] == bindparam(name),
        _another.c.environment == payments.c.environment,
        _another.c.key != bindparam("old_key"),
    )
    for name in Payment.kind.unique
]

SWAP: Final[Update] = (
    update(payments)
    .where(payments.c.key == bindparam("old_key"), payments.c.version == bindparam("old_version"), *_FACTS_ARE_FREE)
    .values({name: bindparam(name, type_=payments.c[name].type) for name in _CHANGES})
)

DUE: Final = _paged(
    _listing(
        select(payments.c.key, payments.c.facts)
        .where(payments.c.next_check_at <= bindparam("now"))
        .order_by(payments.c.next_check_at),
        payments,
    )
)

NEED_ATTENTION: Final = _paged(
    _listing(
        select(payments.c.key, payments.c.facts)
        .where(payments.c.needs_attention.is_(True))
        .order_by(payments.c.created_at),
        payments,
    )
)

# -------------------------------------------------------------------------------------------------------------- history

INSERT_HISTORY: Final = insert(history)

HISTORY: Final = select(history).where(history.c.key == bindparam("key")).order_by(history.c.id)

# ------------------------------------------------------------------------------------------------------------ callbacks

_RECORDED: Final = tuple(column.name for column in callbacks.c if column.name not in {"id", "note"})

_HOW_MANY: Final = (
    select(func.count())
    .where(callbacks.c.key == bindparam("key"), _is_of_account(callbacks))
    .select_from(callbacks)
    .scalar_subquery()
)

_record: Final = insert(callbacks).from_select(
    _RECORDED,
    select(*(bindparam(name, type_=callbacks.c[name].type) for name in _RECORDED)).where(_HOW_MANY < _LIMIT),
)
RECORD: Final[Mapping[str, Insert]] = {
    "postgresql": _record.returning(callbacks.c.id),
    "sqlite": _record.execution_options(**_COUNTED),
}

UNPROCESSED: Final = _listing(
    select(callbacks).where(callbacks.c.note.is_(None), callbacks.c.id > bindparam("after")).order_by(callbacks.c.id),
    callbacks,
)

MARK_PROCESSED: Final = (
    update(callbacks)
    .where(callbacks.c.id == bindparam("callback_id"), callbacks.c.note.is_(None))
    .values(note=bindparam("note"))
)


def _purge(*which: ColumnElement[bool]) -> Mapping[bool, Delete]:
    old = (
        select(callbacks.c.id)
        .where(callbacks.c.received_at < bindparam("before"), callbacks.c.note.is_not(None), *which)
        .order_by(callbacks.c.received_at)
    )
    return {
        of_one: delete(callbacks).where(callbacks.c.id.in_(ids)) for of_one, ids in _listing(old, callbacks).items()
    }


PURGE: Final = _purge(~exists().where(payments.c.key == callbacks.c.key, payments.c.needs_attention.is_(True)))

PURGE_UNSIGNED: Final = _purge(callbacks.c.key == "")

# ----------------------------------------------------------------------------------------------------------------- swap

_swapped: Final = SWAP.returning(payments.c.key).cte("swapped")
_marked: Final = (
    update(callbacks)
    .where(
        callbacks.c.id == bindparam("callback_id"),
        callbacks.c.note.is_(None),
        exists().where(_swapped.c.key == bindparam("old_key")),
    )
    .values(note=bindparam("event"))
    .cte("marked")
)
_ENTRY: Final = {column.name: column for column in history.c if column.name != "id"}

# SWAP, INSERT_HISTORY and MARK_PROCESSED in one: over a network the trips to the server take most of the time.
SWAP_WITH_HISTORY: Final[Mapping[str, Insert]] = {
    "postgresql": insert(history)
    .from_select(
        tuple(_ENTRY),
        select(
            *(bindparam("old_key" if name == "key" else name, type_=column.type) for name, column in _ENTRY.items())
        ).select_from(_swapped),
    )
    .add_cte(_marked)
    .returning(history.c.id),
}
