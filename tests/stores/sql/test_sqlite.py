"""SQLite: durable commits, one writer at a time, and a file that only its owner reads."""

import logging
import os
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any, ClassVar, Final

import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from daraja.ledger import Ledger
from daraja.payments.model import Payment
from daraja.stores.sql import SqlStore, StoreFailed
from daraja.stores.sql.database import Database
from daraja.stores.sql.errors import StoreBusy
from daraja.stores.sql.sqlite import prepare, write_ahead
from tests.stores.sql.samples import PHONE, a_callback, new_payment, paid

PROCESSES: Final = 4
ROUNDS: Final = 20

WRITES = """
import sys
from daraja.stores.sql import SqlStore
from tests.stores.sql.samples import a_callback, new_payment, paid
from tests.support.payments import with_facts

url, rounds = sys.argv[1], int(sys.argv[2])
store = SqlStore(url)
sys.stdin.readline()
for _ in range(rounds):
    old = store.insert(new_payment())
    new, entry = paid(old, store.record(a_callback(old)))
    import attrs
    assert store.swap(old, with_facts(new, checkout_request_id=None), entry)
print(rounds)
"""


def pragmas(connection: Connection) -> list[object]:
    return [connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "busy_timeout")]


@pytest.mark.parametrize("is_borrowed", [False, True])
def test_commits_survive_a_loss_of_power(sqlite: str, *, is_borrowed: bool) -> None:
    told: list[list[object]] = []

    def ask(connection: Connection, _: Payment) -> None:
        told.append(pragmas(connection))

    engine = create_engine(sqlite, connect_args={"timeout": 3})
    with closing(SqlStore(engine if is_borrowed else sqlite, on_success=ask)) as store:
        old = store.insert(new_payment())
        assert store.swap(old, *paid(old))
    full = 2
    assert told == [["wal", full, 3000 if is_borrowed else 4000]]
    engine.dispose()


def test_a_transaction_begins_immediate_and_a_read_does_not(sqlite: str, caplog: pytest.LogCaptureFixture) -> None:
    with closing(SqlStore(sqlite)) as store:
        old = store.insert(new_payment())
        caplog.set_level(logging.INFO, "sqlalchemy.engine")
        caplog.clear()
        assert store.load(old.key) == old
        assert "IMMEDIATE" not in caplog.text
        assert store.swap(old, *paid(old))
        assert caplog.text.count("BEGIN IMMEDIATE") == 1


def test_others_read_but_do_not_write_while_the_hook_runs(sqlite: str, tmp_path: Path) -> None:
    found: list[object] = []

    def look(_: Connection, payment: Payment) -> None:
        with closing(sqlite3.connect(tmp_path / "payments.db", timeout=0)) as another:
            found.extend(another.execute("SELECT status FROM daraja_payments WHERE key = ?", [payment.key]))
            with pytest.raises(sqlite3.OperationalError, match="database is locked"):
                another.execute("UPDATE daraja_payments SET status = ''")

    with closing(SqlStore(sqlite, on_success=look)) as store:
        old = store.insert(new_payment())
        assert store.swap(old, *paid(old))
    assert found == [("pending",)]


@pytest.mark.slow
def test_many_processes_may_write_at_the_same_time(sqlite: str) -> None:
    command = [sys.executable, "-c", WRITES, sqlite, str(ROUNDS)]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(PROCESSES)]

    def end(process: "subprocess.Popen[str]") -> tuple[str, str]:
        return process.communicate("now\n", timeout=120)

    with ThreadPoolExecutor(PROCESSES) as pool:
        assert list(pool.map(end, processes)) == [(f"{ROUNDS}\n", "")] * PROCESSES
    with closing(sqlite3.connect(sqlite.removeprefix("sqlite:///"))) as connection:
        written = connection.execute(
            "SELECT count(*) FROM daraja_payments JOIN daraja_payments_history USING (key)"
        ).fetchone()
    assert written == (PROCESSES * ROUNDS,)


def test_the_write_ahead_log_is_turned_on_once_other_readers_end(sqlite: str) -> None:
    file = sqlite.removeprefix("sqlite:///")
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("CREATE TABLE orders (id INTEGER)")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM orders").fetchall()
    statements: list[str] = []

    def follow(statement: str) -> None:
        statements.append(statement)
        if statement == "BEGIN EXCLUSIVE":
            reader.rollback()

    engine = create_engine(sqlite, connect_args={"timeout": 0})

    @event.listens_for(engine, "connect")
    def _(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's
        connection.set_trace_callback(follow)

    with engine.connect() as connection:
        prepare(connection)
        assert pragmas(connection)[0] == "wal"
    assert statements.count("PRAGMA journal_mode=WAL") == 2
    engine.dispose()
    reader.close()


def test_an_error_is_raised_if_the_write_ahead_log_cannot_be_turned_on() -> None:
    class Refusing(sqlite3.Cursor):
        """Stands for a database that somebody begins to read anew whenever nobody does."""

        def execute(self, statement: str, *parameters: Any) -> "Refusing":  # noqa: ANN401 - as sqlite3 has it
            if statement == "PRAGMA journal_mode=WAL":
                message = "database is locked"
                raise sqlite3.OperationalError(message)
            super().execute(statement, *parameters)
            return self

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        cursor: Any = connection.cursor(Refusing)  # Any: for SQLAlchemy it is a cursor of any driver's
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            write_ahead(cursor)


def test_a_borrowed_engine_may_begin_transactions_by_itself(sqlite: str) -> None:
    """As SQLAlchemy's documentation tells those who want savepoints in SQLite."""
    engine = create_engine(sqlite)

    @event.listens_for(engine, "connect")
    def _(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    store = SqlStore(engine)
    old = store.insert(new_payment())
    new, entry = paid(old)
    assert store.swap(old, new, entry)
    engine.dispose()
    with closing(SqlStore(sqlite)) as another:
        assert (another.load(old.key), another.history(old.key)) == (new, [entry])


def test_only_the_owner_may_read_the_file_and_its_log(sqlite: str, tmp_path: Path) -> None:
    modes: dict[str, int] = {}

    def look(_: Connection, __: Payment) -> None:
        modes.update({file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()})

    mask = os.umask(0o022)
    try:
        with closing(SqlStore(sqlite, on_success=look)) as store:
            assert list(tmp_path.iterdir()) == []  # nothing is opened before it is used
            old = store.insert(new_payment())
            assert store.swap(old, *paid(old))
    finally:
        os.umask(mask)
    assert modes == dict.fromkeys(["payments.db", "payments.db-wal", "payments.db-shm"], 0o600)


def test_an_existing_file_keeps_its_mode(sqlite: str, tmp_path: Path) -> None:
    (tmp_path / "payments.db").touch(0o660)
    (tmp_path / "payments.db").chmod(0o660)
    with closing(SqlStore(sqlite)) as store:
        store.insert(new_payment())
    assert stat.S_IMODE((tmp_path / "payments.db").stat().st_mode) == 0o660


class CrowdedPool(QueuePool):
    """A pool of one connection that tells when it has refused somebody."""

    refused: ClassVar[Event]

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            return super()._do_get()
        except PoolTimeout:
            self.refused.set()
            raise


def test_a_callback_is_recorded_however_long_hooks_hold_the_connections(sqlite: str) -> None:
    CrowdedPool.refused = Event()
    engine = create_engine(sqlite, poolclass=CrowdedPool, pool_size=1, max_overflow=0, pool_timeout=0.01)
    store = SqlStore(engine)
    payment = store.insert(new_payment())
    with ThreadPoolExecutor(1) as pool, engine.connect():
        recorded = pool.submit(store.record, a_callback(payment))
        assert CrowdedPool.refused.wait(10)
        with pytest.raises(StoreFailed, match="TimeoutError: QueuePool limit"):
            store.load(payment.key)  # a person who waits is told soon
        assert not recorded.done()
    assert recorded.result(10) == "1"
    engine.dispose()


def test_a_callback_is_recorded_however_long_another_process_writes(sqlite: str) -> None:
    refused = Event()
    engine = create_engine(sqlite, connect_args={"timeout": 0.01})

    @event.listens_for(engine, "handle_error")
    def _(_: object) -> None:
        refused.set()

    store = SqlStore(engine)
    payment = store.insert(new_payment())
    with closing(sqlite3.connect(sqlite.removeprefix("sqlite:///"), isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            recorded = pool.submit(store.record, a_callback(payment))
            assert refused.wait(10)
            with pytest.raises(StoreFailed, match="OperationalError: database is locked"):
                store.insert(new_payment())
            assert not recorded.done()
            another.execute("ROLLBACK")
            assert recorded.result(10) == "1"
    engine.dispose()


def test_waiting_for_a_lock_goes_on_until_its_timeout(sqlite: str) -> None:
    tries: list[Connection] = []
    engine = create_engine(sqlite)
    database = Database(engine)
    database.create_schema()

    def refuse(connection: Connection) -> None:
        tries.append(connection)
        message = "the lock did not come"
        raise StoreBusy(message)

    def refuse_twice(connection: Connection) -> None:
        if len(tries) < 2:
            refuse(connection)

    database.write(refuse_twice, timeout=60)
    assert len(tries) == 2
    with pytest.raises(StoreBusy):
        database.write(refuse)
    assert len(tries) == 3
    with pytest.raises(StoreBusy):
        database.write(refuse, timeout=0.05)
    engine.dispose()


def test_an_erased_number_is_in_no_file_of_the_database(tmp_path: Path) -> None:
    file = tmp_path / "payments.db"
    engine = create_engine(f"sqlite:///{file}")

    @event.listens_for(engine, "connect")
    def as_most_builds_have_it(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.execute("PRAGMA secure_delete=OFF")

    store = SqlStore(engine)
    payment = store.insert(new_payment())
    callback_id = store.record(a_callback(payment))
    assert store.swap(payment, *paid(payment, callback_id))
    store.insert(new_payment(phone="254722000000"))
    assert Ledger(store).erase(PHONE).erased == (payment.key,)
    engine.dispose()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert [path.name for path in tmp_path.iterdir() if PHONE[-9:].encode() in path.read_bytes()] == []
