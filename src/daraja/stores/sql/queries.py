"""The parts of statements: the rows of one account, lists, and how a statement runs."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, CursorResult, Executable, Integer, Select, Table, bindparam

from daraja.stores.sql.errors import translate_errors
from daraja.stores.sql.rows import Values

# Any, here and below: SQLAlchemy does not know what the rows of a table hold.
Rows: TypeAlias = "Select[*tuple[Any, ...]]"
Listing: TypeAlias = Mapping[bool, Rows]
"""A list in two forms: of all accounts (False) and of one (True)."""

LIMIT: Final = bindparam("limit", type_=Integer)

# SQLite knows RETURNING only from 3.35 on, so there the rows are counted.
COUNTED: Final = {"preserve_rowcount": True}


def run(connection: Connection, statement: Executable, values: Values, /) -> CursorResult[Any]:
    """Execute a statement; an error of the database becomes one of ours."""
    return translate_errors(lambda: connection.execute(statement, values))


def is_of_account(table: Table, /) -> ColumnElement[bool]:
    """Return the condition that a row is of one account."""
    is_there: ColumnElement[bool] = table.c.environment == bindparam("environment")
    return is_there & (table.c.shortcode == bindparam("shortcode")) & (table.c.tenant == bindparam("tenant"))


def listing(listed: Rows, table: Table, /) -> Listing:
    """Return both forms of a list, with a limit."""
    return {False: listed.limit(LIMIT), True: listed.where(is_of_account(table)).limit(LIMIT)}


def inserted(result: CursorResult[Any], /) -> int | str | None:
    """Return the key or id of the row that was inserted, or None if none was."""
    if result.returns_rows:
        return result.scalar()
    return result.lastrowid if result.rowcount == 1 else None
