"""Which databases a store takes, and how long it waits for them."""

import subprocess
import sys
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from daraja import Secret
from daraja.errors import ConfigurationError
from daraja.stores.sql import SqlStore, StoreFailed
from daraja.stores.sql.engine import checked_url, engine_for
from daraja.stores.sql.sqlite import Turn
from tests.stores.sql.samples import new_payment
from tests.support.leaks import everything_shown

DRIVER = SimpleNamespace(paramstyle="format", __version__="1.31")
"""Stands for a driver that is not installed here."""

WITHOUT = """
import sys
sys.modules[{module!r}] = None
try:
    from daraja.stores.sql import SqlStore
    SqlStore({url!r})
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("sqlite:///payments.db", "sqlite+pysqlite"),
        ("sqlite+pysqlite:///payments.db", "sqlite+pysqlite"),
        ("postgres://user:secret@host/shop", "postgresql+psycopg"),
        ("postgresql://user:secret@host/shop", "postgresql+psycopg"),
        ("postgresql+psycopg://user:secret@host:5433/shop?sslmode=require", "postgresql+psycopg"),
    ],
)
def test_an_address_may_be_written_in_each_of_the_usual_ways(address: str, driver: str) -> None:
    assert checked_url(Secret(address)) == make_url(address).set(drivername=driver)
    assert checked_url(make_url(address)) == checked_url(Secret(address))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "payments.db",
        "mysql://user:secret@host/shop",
        "postgresql+asyncpg://user:secret@host/shop",
        "postgresql+psycopg2://user:secret@host/shop",
        "sqlite+aiosqlite:///payments.db",
        "postgresql://user:secret@host:port/shop",
        "postgresql:/user:secret@host/shop",
        create_engine("mysql+pymysql://user:secret@host/shop", module=DRIVER),
        create_engine("postgresql+pg8000://user:secret@host/shop", module=DRIVER),
        None,
        5,
    ],
    ids=str,
)
def test_what_is_no_database_of_ours_is_refused_and_not_shown(address: Any) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(ConfigurationError, match=r"; give sqlite:///payments\.db, postgresql://") as caught:
        SqlStore(address)
    assert caught.value.faults.keys() == {"url_or_engine"}
    assert "secret" not in everything_shown(caught.value)


@pytest.mark.parametrize(
    "address", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:shop?mode=memory&cache=shared&uri=true"]
)
def test_sqlite_in_memory_is_refused_since_each_connection_sees_another_one(address: str) -> None:
    engine = create_engine(address, poolclass=StaticPool)
    for store in (SqlStore(address), SqlStore(engine)):
        with closing(store), pytest.raises(ConfigurationError, match="give a file, as in sqlite:///payments"):
            store.load("0" * 32)
    engine.dispose()


@pytest.mark.parametrize(
    ("module", "url", "words"),
    [
        ("sqlalchemy", "sqlite:///payments.db", 'needs SQLAlchemy; install it with: pip install "daraja-kit[sql]"'),
        ("psycopg", "postgresql://h/d", 'needs psycopg 3; install it with: pip install "daraja-kit[postgres]"'),
    ],
)
def test_a_package_that_is_missing_is_named_with_its_extra(module: str, url: str, words: str) -> None:
    program = WITHOUT.format(module=module, url=url)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip().endswith(words)


def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    store = SqlStore("postgresql://user:secret@127.0.0.1:1/shop")
    with pytest.raises(StoreFailed, match="OperationalError: connection failed") as caught:
        store.load("0" * 32)
    assert "secret" not in everything_shown(caught.value)


def settings(url: URL, *names: str) -> list[str]:
    engine = engine_for(checked_url(url))
    with engine.connect() as connection:
        found = [str(connection.scalar(text(f"SHOW {name}"))) for name in names]
    engine.dispose()
    return found


def test_a_server_is_given_a_few_seconds(postgres: str) -> None:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "timezone")
    assert settings(make_url(postgres), *names) == ["4s", "8s", "1min", "UTC"]


def test_what_the_address_says_comes_before_what_we_say(postgres: str) -> None:
    url = make_url(postgres)
    told = url.update_query_dict({"options": "-c lock_timeout=50ms", "application_name": "shop"})
    names = ("lock_timeout", "statement_timeout", "application_name")
    assert settings(told, *names) == ["50ms", "8s", "shop"]
    twice = url.update_query_dict({"options": ["-c lock_timeout=50ms", "-c statement_timeout=60ms"]})
    assert settings(twice, *names[:2]) == ["50ms", "60ms"]


def test_a_connection_that_broke_while_it_was_idle_is_replaced(postgres: str) -> None:
    engine = engine_for(make_url(postgres), pause=0)
    killer = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        first = connection.scalar(text("SELECT pg_backend_pid()"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) == first
    with killer.connect() as connection:
        connection.scalar(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": first})
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != first
    engine.dispose()
    killer.dispose()


def test_a_connection_that_was_in_use_a_moment_ago_is_believed_until_it_fails(postgres: str) -> None:
    engine = engine_for(make_url(postgres))
    killer = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        first = connection.scalar(text("SELECT pg_backend_pid()"))
    with killer.connect() as connection:
        connection.scalar(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": first})
    with engine.connect() as connection, pytest.raises(OperationalError):
        connection.scalar(text("SELECT pg_backend_pid()"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != first
    engine.dispose()
    killer.dispose()


def test_a_file_that_cannot_be_is_said(sqlite: str) -> None:
    store = SqlStore(f"{sqlite}/no/such/folder.db")
    with pytest.raises(StoreFailed, match="unable to open database file"):
        store.load("0" * 32)


def test_a_turn_that_does_not_come_is_not_waited_for_for_ever() -> None:
    turn = Turn(patience=0)
    with turn, pytest.raises(StoreFailed, match="another thread has been writing for 0 s"), turn:
        pytest.fail("two threads would write")
    with turn:
        pass


def test_an_engine_of_the_callers_is_left_as_it_is(url: str) -> None:
    engine = create_engine(url)
    closed: list[object] = []

    @event.listens_for(engine, "close")
    def _(connection: object, _: object) -> None:
        closed.append(connection)

    store = SqlStore(engine)
    store.create_schema()
    payment = store.insert(new_payment())
    store.close()
    assert closed == []
    assert store.load(payment.key) == payment
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            assert connection.get_isolation_level() == "READ COMMITTED"
            assert not connection.connection.driver_connection.autocommit  # type: ignore[union-attr]  # psycopg's
    engine.dispose()
    assert closed


def test_an_engine_that_would_keep_transactions_open_is_refused() -> None:
    engine = create_engine("sqlite:///payments.db")
    engine.dialect.skip_autocommit_rollback = True
    with pytest.raises(ConfigurationError, match="skip_autocommit_rollback"):
        SqlStore(engine)
    engine.dispose()
