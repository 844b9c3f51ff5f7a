"""What the hook of a shop writes is committed together with the success, or not at all."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress

import attrs
import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from daraja.errors import ConfigurationError
from daraja.payments.model import Payment
from daraja.stores.sql import SqlStore, StoreFailed
from daraja.stores.sql.store import OnSuccess
from tests.stores.sql.samples import a_callback, new_payment, paid
from tests.support.payments import START

ORDER = text("INSERT INTO orders (key) VALUES (:key)")

DIES = """
import os, signal, sys
from sqlalchemy import text
from daraja.stores.sql import SqlStore
from tests.stores.sql.samples import paid

def ship(connection, payment):
    connection.execute(text("INSERT INTO orders (key) VALUES (:key)"), {"key": payment.key})
    os.kill(os.getpid(), signal.SIGKILL)

url, key, callback_id = sys.argv[1:]
store = SqlStore(url, on_success=ship)
old = store.load(key)
store.swap(old, *paid(old, callback_id))
"""


@contextmanager
def shop(url: str, on_success: OnSuccess) -> Generator[SqlStore]:
    """Give a store beside the table of a shop."""
    with closing(SqlStore(url, on_success=on_success)) as store:
        store.create_schema()
        execute(url, "CREATE TABLE orders (key VARCHAR PRIMARY KEY)")
        yield store


def execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def orders(url: str) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(connection.scalars(text("SELECT key FROM orders")))
    engine.dispose()
    return found


def order(connection: Connection, payment: Payment) -> None:
    connection.execute(ORDER, {"key": payment.key})


def test_writes_of_the_hook_are_committed_with_the_success(url: str) -> None:
    with shop(url, order) as store:
        old = store.insert(new_payment())
        assert store.swap(old, *paid(old))
    assert orders(url) == [old.key]


def test_writes_of_on_refund_due_are_committed_with_a_second_success_or_rolled_back(url: str) -> None:
    failures = [RuntimeError("out of shirts")]

    def refund(connection: Connection, payment: Payment) -> None:
        order(connection, payment)
        if failures:
            raise failures.pop()

    with shop(url, order) as first_store, closing(SqlStore(url, on_refund_due=refund)) as store:
        old = first_store.insert(new_payment(order="ORD-1", attempt=1))
        new, entry = paid(old)
        second = attrs.evolve(new, is_second=True, succeeded_at=None)
        entry = attrs.evolve(entry, became_success=False)
        with pytest.raises(RuntimeError, match="out of shirts"):
            store.swap(old, second, entry)
        assert store.load(old.key) == old
        assert orders(url) == []
        assert store.swap(old, second, entry)
        assert orders(url) == [old.key]
        assert store.swap(second, attrs.evolve(second, version=2, refund_notified_at=START), entry)
    assert orders(url) == [old.key]


def test_writes_of_a_hook_that_fails_are_rolled_back(url: str) -> None:
    def order_and_fail(connection: Connection, payment: Payment) -> None:
        order(connection, payment)
        message = "out of shirts"
        raise RuntimeError(message)

    with shop(url, order_and_fail) as store:
        old = store.insert(new_payment())
        callback = a_callback(old)
        callback = attrs.evolve(callback, id=store.record(callback))
        with pytest.raises(RuntimeError, match=r"^out of shirts$"):
            store.swap(old, *paid(old, callback.id))
        assert (store.load(old.key), store.history(old.key)) == (old, [])
        assert store.unprocessed(9) == [callback]
    assert orders(url) == []


def test_a_database_error_of_the_hook_reaches_the_caller(url: str) -> None:
    def order_twice(connection: Connection, payment: Payment) -> None:
        order(connection, payment)
        order(connection, payment)

    with shop(url, order_twice) as store:
        old = store.insert(new_payment())
        with pytest.raises(IntegrityError):
            store.swap(old, *paid(old))
        assert store.load(old.key) == old
    assert orders(url) == []


def test_the_hook_may_use_a_savepoint(url: str) -> None:
    def order_at_last(connection: Connection, payment: Payment) -> None:
        order(connection, payment)
        with pytest.raises(IntegrityError), connection.begin_nested():
            order(connection, payment)

    with shop(url, order_at_last) as store:
        old = store.insert(new_payment())
        assert store.swap(old, *paid(old))
    assert orders(url) == [old.key]


def test_the_hook_may_use_an_orm_session(url: str) -> None:
    def order_with_a_session(connection: Connection, payment: Payment) -> None:
        with Session(connection, join_transaction_mode="create_savepoint") as session, session.begin():
            session.execute(ORDER, {"key": payment.key})

    with shop(url, order_with_a_session) as store:
        old = store.insert(new_payment())
        assert store.swap(old, *paid(old))
    assert orders(url) == [old.key]


def test_a_hook_that_hides_a_database_error_and_writes_more_gets_an_error(url: str) -> None:
    def order_twice(connection: Connection, payment: Payment) -> None:
        with suppress(DBAPIError):
            connection.execute(text("INSERT INTO no_such_table VALUES (1)"))
        connection.execute(ORDER, {"key": payment.key})

    with shop(url, order_twice) as store:
        old = store.insert(new_payment())
        if url.startswith("sqlite"):  # where an error breaks nothing off
            assert store.swap(old, *paid(old))
            return
        with pytest.raises(DBAPIError, match="aborted"):
            store.swap(old, *paid(old))
        assert store.load(old.key) == old
    assert orders(url) == []


def test_a_hook_that_hides_a_database_error_and_ends_gets_an_error(postgres: str) -> None:
    def hide(connection: Connection, _: Payment) -> None:
        with suppress(DBAPIError):
            connection.execute(text("INSERT INTO no_such_table VALUES (1)"))

    with shop(postgres, hide) as store:
        old = store.insert(new_payment())
        with pytest.raises(StoreFailed, match="begin_nested"):
            store.swap(old, *paid(old))
        assert store.load(old.key) == old


async def fulfil_later(_: Connection, __: Payment) -> None: ...


def test_a_hook_that_returns_an_awaitable_is_refused_and_nothing_is_written(url: str) -> None:
    with shop(url, lambda connection, payment: fulfil_later(connection, payment)) as store:  # noqa: PLW0108 - the test
        old = store.insert(new_payment())
        with pytest.raises(TypeError, match="awaits"):
            store.swap(old, *paid(old))
        assert store.load(old.key) == old


def test_a_hook_that_is_not_callable_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="on_success"):
        SqlStore("sqlite:///payments.db", on_success=fulfil_later)


def test_a_hook_that_commits_gets_an_error(url: str) -> None:
    with shop(url, lambda connection, _: connection.commit()) as store:
        old = store.insert(new_payment())
        with pytest.raises(StoreFailed, match="ended before its time; on_success must not commit"):
            store.swap(old, *paid(old))


def test_a_process_that_dies_in_the_middle_of_a_swap_writes_nothing(url: str) -> None:
    with shop(url, order) as store:
        old = store.insert(new_payment())
        callback = a_callback(old)
        callback = attrs.evolve(callback, id=store.record(callback))

        run = subprocess.run([sys.executable, "-c", DIES, url, old.key, callback.id], check=False, timeout=60)
        assert run.returncode == -9

        assert (store.load(old.key), store.history(old.key)) == (old, [])
        assert store.unprocessed(9) == [callback]
        assert orders(url) == []
        assert store.swap(old, *paid(old, callback.id))
    assert orders(url) == [old.key]


def test_the_shop_and_the_store_may_share_an_engine(url: str) -> None:
    engine: Engine = create_engine(url)
    store = SqlStore(engine, on_success=order)
    store.create_schema()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (key VARCHAR PRIMARY KEY)"))
    old = store.insert(new_payment())
    assert store.swap(old, *paid(old))
    store.close()  # which leaves the engine open
    with engine.begin() as connection:
        assert list(connection.scalars(text("SELECT key FROM orders"))) == [old.key]
    engine.dispose()
