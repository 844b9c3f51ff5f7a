"""The statements for a callback, run as a careful shop runs them without this library."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol, Self

import psycopg
from sqlalchemy import ClauseElement, create_engine, event, make_url
from sqlalchemy.engine.interfaces import Dialect

from bench.waiting import Waiting
from daraja.stores.sql.rows import callback_values, entry_values, swap_values, swap_with_history_values
from daraja.stores.sql.schema import PAYMENTS
from daraja.stores.sql.statements import Statements

__all__ = ["Core", "Postgres", "Rival", "Sqlite"]

Values = dict[str, Any]  # Any: whatever columns hold

_STATEMENTS: Final = Statements(PAYMENTS)
_PRAGMAS: Final = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")


class Rival(Protocol):
    """A contender that receives callbacks."""

    def take_in(self, each: Waiting, /) -> None:
        """Record it, load the payment, and write the new state."""
        ...


class Core:
    """SQLAlchemy Core with the statements of ``SqlStore``."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self._sqlite: Final = address.get_backend_name() == "sqlite"
        if self._sqlite:
            self._engine = create_engine(address, connect_args={"isolation_level": None})
            event.listen(self._engine, "connect", _prepare)
            self._alone = self._engine
        else:
            self._engine = create_engine(address)
            self._alone = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._record: Final = _STATEMENTS.record[address.get_backend_name()]
        self._swap_with_history: Final = _STATEMENTS.swap_with_history.get(address.get_backend_name())

    def take_in(self, each: Waiting, /) -> None:
        """See ``Rival.take_in``."""
        with self._alone.connect() as connection:
            recorded = connection.execute(self._record, callback_values(each.callback))
            number = recorded.lastrowid if self._sqlite else recorded.scalar_one()
        with self._alone.connect() as connection:
            connection.execute(_STATEMENTS.load, {"key": each.payment.key}).scalar_one()
        if self._swap_with_history is not None:
            with self._alone.connect() as connection:
                values = swap_with_history_values(PAYMENTS, each.payment, each.paid, each.entry)
                connection.execute(self._swap_with_history, {**values, "callback_id": number}).scalar_one()
            return
        swap, entry = swap_values(PAYMENTS, each.payment, each.paid), entry_values(each.entry)
        with self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.execute(_STATEMENTS.swap, swap)
            connection.execute(_STATEMENTS.insert_history, entry)
            connection.execute(_STATEMENTS.mark_processed, {"callback_id": number, "note": each.entry.event})

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


class Sqlite:
    """The module ``sqlite3`` with the text of those statements."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        self._sql: Final = _Texts(create_engine("sqlite://", paramstyle="named").dialect, "sqlite")

    def __enter__(self) -> Self:
        """Open the connection."""
        self._connection = sqlite3.connect(self._path, isolation_level=None)
        for pragma in _PRAGMAS:
            self._connection.execute(pragma)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()

    def take_in(self, each: Waiting, /) -> None:
        """See ``Rival.take_in``."""
        run, sql = self._connection.execute, self._sql
        number = run(sql.record, _as_text(callback_values(each.callback))).lastrowid
        run(sql.load, {"key": each.payment.key}).fetchone()
        run("BEGIN IMMEDIATE")
        run(sql.swap, _as_text(swap_values(PAYMENTS, each.payment, each.paid)))
        run(sql.remember, _as_text({"id": None, **entry_values(each.entry)}))
        run(sql.processed, {"callback_id": number, "note": each.entry.event})
        run("COMMIT")


class Postgres:
    """The driver psycopg with the text of those statements."""

    def __init__(self, url: str) -> None:
        self._address: Final = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._sql: Final = _Texts(create_engine("postgresql+psycopg://").dialect, "postgresql")

    def __enter__(self) -> Self:
        """Open the connection."""
        self._connection = psycopg.connect(self._address, autocommit=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()

    def take_in(self, each: Waiting, /) -> None:
        """See ``Rival.take_in``."""
        run, sql = self._connection.execute, self._sql
        row = run(sql.record.encode(), callback_values(each.callback)).fetchone()
        run(sql.load.encode(), {"key": each.payment.key}).fetchone()
        values = swap_with_history_values(PAYMENTS, each.payment, each.paid, each.entry)
        run(sql.move.encode(), {**values, "callback_id": row and row[0]}).fetchone()


class _Texts:
    """The statements as text for one driver."""

    def __init__(self, dialect: Dialect, name: str) -> None:
        def text(statement: ClauseElement) -> str:
            return str(statement.compile(dialect=dialect, column_keys=None))

        self.record: Final = text(_STATEMENTS.record[name])
        self.load: Final = text(_STATEMENTS.load)
        self.swap: Final = text(_STATEMENTS.swap)
        self.move: Final = text(_STATEMENTS.swap_with_history[name]) if name in _STATEMENTS.swap_with_history else ""
        columns = [column.name for column in PAYMENTS.history.c if column.name != "id"]
        self.remember: Final = str(_STATEMENTS.insert_history.compile(dialect=dialect, column_keys=columns))
        self.processed: Final = text(_STATEMENTS.mark_processed)


def _as_text(values: Mapping[str, Any]) -> Values:  # Any: as above
    return {
        name: value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)
