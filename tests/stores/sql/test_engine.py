"""Which databases a store accepts, and what it shows of their addresses."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.pool import NullPool, StaticPool

from daraja import Secret
from daraja.errors import ConfigurationError
from daraja.stores.sql import SqlStore, StoreFailed
from daraja.stores.sql.engine import read_url
from daraja.stores.sql.sqlite import WriteLock
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
def test_the_usual_forms_of_an_address_are_accepted(address: str, driver: str) -> None:
    url = read_url(Secret(address))
    assert url.drivername == driver
    assert url.set(database="") == make_url(address).set(drivername=driver, database="")


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
def test_another_database_is_refused_and_its_address_not_shown(address: Any) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(ConfigurationError, match=r"; give sqlite:///payments\.db, postgresql://") as caught:
        SqlStore(address)
    assert caught.value.faults.keys() == {"url_or_engine"}
    assert "secret" not in everything_shown(caught.value)


@pytest.mark.parametrize("address", ["sqlite://payments.db", "sqlite://srv/payments.db"])
def test_a_missing_slash_before_the_file_of_sqlite_is_named(address: str) -> None:
    with pytest.raises(ConfigurationError, match="three slashes before a relative path"):
        SqlStore(address)


@pytest.mark.parametrize(
    "address", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:shop?mode=memory&cache=shared&uri=true"]
)
def test_sqlite_in_memory_is_refused_because_each_connection_sees_another_database(address: str) -> None:
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
def test_the_error_for_a_missing_package_names_the_extra(module: str, url: str, words: str) -> None:
    program = WITHOUT.format(module=module, url=url)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip().endswith(words)


def test_the_error_for_an_absent_server_hides_the_password() -> None:
    store = SqlStore("postgresql://user:secret@127.0.0.1:1/shop")
    with pytest.raises(StoreFailed, match="OperationalError: connection failed") as caught:
        store.load("0" * 32)
    assert "secret" not in everything_shown(caught.value)


@given(st.text(st.sampled_from("@/#?:%&=+ $~Ss3cret"), min_size=1, max_size=12))
@example("Sec@ret2026")
@example("ret@2026/Sec:ret")
def test_no_error_shows_a_part_of_an_unescaped_password(password: str) -> None:
    """Unescaped, as people paste it; nobody listens there, so that each store fails."""
    with pytest.raises((ConfigurationError, StoreFailed)) as caught:
        SqlStore(f"postgresql://shop:{password}@127.0.0.1:1/shop").load("0" * 32)
    shown = everything_shown(caught.value)
    parts = [
        part for part in re.split("[@/#?:%&=+ ]", password) if len(part) > 3
    ]  # shorter ones may be part of any words
    assert [part for part in parts if part in shown] == []


def test_the_error_for_an_at_sign_in_a_password_says_what_to_write() -> None:
    for address in ("postgresql://shop:Sec@ret2026@db/shop", make_url("postgresql://shop:Sec@ret2026@db/shop")):
        with pytest.raises(ConfigurationError, match="write %40 for each @ in the password or elsewhere") as caught:
            SqlStore(address)
        assert not re.search("Sec@|ret2026", everything_shown(caught.value))
    assert SqlStore("postgresql://shop:Sec%40ret2026@db/shop").location == "PostgreSQL database shop on db"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (
            "postgresql://shop:secret@db.example:5433/shop?sslmode=require",
            "PostgreSQL database shop on db.example:5433",
        ),
        ("postgresql://shop:secret@db.example", "PostgreSQL database shop on db.example"),
        ("postgresql:///shop?host=/run/postgresql", "PostgreSQL database shop on /run/postgresql"),
        ("postgresql://u:secret@/shop?host=a:5432&host=b:5432", "PostgreSQL database shop on a:5432, b:5432"),
        ("postgresql:///shop", "PostgreSQL database shop on the default host"),
        ("postgresql://shop:secret@", "PostgreSQL database shop on the default host"),
        ("postgresql://shop:secret@[::1]:5433/shop", "PostgreSQL database shop on [::1]:5433"),
        ("sqlite:////srv/shop/payments.db", "SQLite file /srv/shop/payments.db"),
    ],
)
def test_the_location_of_a_store_has_no_password(address: str, words: str) -> None:
    engine = create_engine(read_url(Secret(address)))
    for store in (SqlStore(address), SqlStore(make_url(address)), SqlStore(engine)):
        assert store.location == words
        assert repr(store) == f"<SqlStore in {words}>"
    engine.dispose()


@pytest.mark.parametrize("address", ["postgresql://shop@db.example/shop", "postgresql:///shop"])
def test_a_password_among_the_parameters_is_used_and_not_shown(address: str) -> None:
    url = read_url(Secret(f"{address}?password=s3cret%2B&sslmode=require"))
    assert (url.password, url.query) == ("s3cret+", {"sslmode": "require"})
    engine = create_engine(url)
    assert engine.dialect.create_connect_args(engine.url)[1]["password"] == "s3cret+"
    assert "s3cret" not in repr(engine)
    engine.dispose()


def test_a_relative_path_is_resolved_when_the_store_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(SqlStore("sqlite:///payments.db")) as store:
        monkeypatch.chdir("/")  # as a daemon does
        store.insert(new_payment())
        assert store.location == f"SQLite file {tmp_path}/payments.db"
    assert (tmp_path / "payments.db").is_file()


def test_a_file_that_cannot_be_opened_is_an_error(sqlite: str) -> None:
    store = SqlStore(f"{sqlite}/no/such/folder.db")
    with pytest.raises(StoreFailed, match="unable to open database file"):
        store.load("0" * 32)


def test_the_write_lock_has_a_timeout() -> None:
    turn = WriteLock(timeout=0)
    with turn, pytest.raises(StoreFailed, match="another thread has been writing for 0 s"), turn:
        pytest.fail("two threads would write")
    with turn:
        pass


def test_a_borrowed_engine_is_not_closed_or_changed(url: str) -> None:
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


class _InTransaction(sqlite3.Connection):
    """As Python 3.12 and newer connect with ``autocommit=False``."""

    autocommit = False


def test_an_engine_whose_driver_keeps_transactions_open_is_refused(tmp_path: Path) -> None:
    connect = partial(sqlite3.connect, tmp_path / "payments.db", factory=_InTransaction)
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    with pytest.raises(ConfigurationError, match="autocommit=False would keep transactions open"):
        SqlStore(engine).load("0" * 32)
    engine.dispose()
