"""PostgreSQL as it is hosted: restarts, failovers, poolers and defaults that somebody else has chosen."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Final

import attrs
import pytest
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from daraja import Secret
from daraja.payments.model import Payment
from daraja.stores.sql import SqlStore, StoreFailed, postgresql
from daraja.stores.sql.engine import read_url
from tests.stores.sql.samples import a_callback, new_payment, paid
from tests.support.payments import START, with_facts

AT_ONCE: Final = 8

CALLS: Final[list[Callable[[SqlStore, Payment], object]]] = [
    lambda store, old: store.insert(attrs.evolve(old, key="1" * 32, idempotency_key=None)),
    lambda store, old: store.load(old.key),
    lambda store, _: store.find("checkout_request_id", "ws_CO_none", "simulator"),
    lambda store, old: store.swap(old, *paid(old)),
    lambda store, old: store.due(START, 1, old.account),
    lambda store, _: store.need_attention(1),
    lambda store, old: store.history(old.key),
    lambda store, old: store.record(a_callback(old)),
    lambda store, _: store.unprocessed(1),
    lambda store, _: store.processed("1", "nothing new"),
    lambda store, _: store.purge(START, 1),
    lambda store, _: store.create_schema(),
]


@contextmanager
def administrator(address: str) -> Generator[Connection]:
    """Connect as somebody who looks after the server."""
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = off")
        yield connection
    engine.dispose()


def restart(address: str) -> None:
    """End all connections to the database, as a restart or a failover does."""
    with administrator(address) as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def set_default(address: str, setting: str) -> None:
    """Choose a default for all connections to the database that begin later."""
    name = make_url(address).database
    with administrator(address) as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET {setting}"))


def do_at_once(work: Callable[[], object]) -> list[object]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one.result() for one in [pool.submit(work) for _ in range(AT_ONCE)]]


# ------------------------------------------------------------------------------------------------- restart and failover


@pytest.mark.parametrize("is_borrowed", [False, True], ids=["own engine", "borrowed engine"])
def test_the_first_call_after_a_restart_is_answered(postgres: str, *, is_borrowed: bool) -> None:
    engine = create_engine(postgres)
    with closing(SqlStore(engine if is_borrowed else postgres)) as store:
        store.create_schema()
        old = store.insert(new_payment(idempotency_key="attempt 1"))
        for call in CALLS:
            restart(postgres)
            assert call(store, old) is not False
    engine.dispose()


def test_all_callbacks_that_come_at_once_after_a_restart_are_recorded(postgres: str) -> None:
    with closing(SqlStore(postgres)) as store:
        store.create_schema()
        payment = store.insert(new_payment())
        do_at_once(lambda: store.record(a_callback(payment)))
        restart(postgres)
        assert len(set(do_at_once(lambda: store.record(a_callback(payment))))) == AT_ONCE


def test_the_first_success_after_a_restart_is_fulfilled_once(postgres: str) -> None:
    fulfilled: list[str] = []
    with closing(SqlStore(postgres, on_success=lambda _, payment: fulfilled.append(payment.key))) as store:
        store.create_schema()
        old = store.insert(new_payment())
        restart(postgres)
        assert store.swap(old, *paid(old))
        assert store.load(old.key) == paid(old)[0]
    assert fulfilled == [old.key]


def test_when_the_connection_breaks_in_the_hook_its_error_reaches_the_caller_and_nothing_is_written(
    postgres: str,
) -> None:
    def look(connection: Connection, _: Payment) -> None:
        restart(postgres)
        connection.execute(text("SELECT 1"))

    with closing(SqlStore(postgres, on_success=look)) as store:
        store.create_schema()
        old = store.insert(new_payment())
        with pytest.raises(Exception, match="terminating connection"):
            store.swap(old, *paid(old))
        assert store.load(old.key) == old


def break_after(engine: Engine, word: str) -> list[str]:
    """Break the connection behind the first statement with *word*, which the server has carried out by then."""
    broken: list[str] = []

    @event.listens_for(engine, "after_cursor_execute")
    def _(connection: Connection, _: object, statement: str, *__: object) -> None:
        if word in statement and not broken:
            broken.append(statement)
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    return broken


@pytest.mark.parametrize("idempotency_key", [None, "attempt 1"])
def test_an_insert_whose_answer_was_lost_succeeds(postgres: str, idempotency_key: str | None) -> None:
    engine = create_engine(postgres)
    store = SqlStore(engine)
    store.create_schema()
    broken = break_after(engine, "INSERT INTO daraja_payments")
    payment = new_payment(idempotency_key=idempotency_key)
    assert store.insert(payment) == payment
    assert store.load(payment.key) == payment
    assert len(broken) == 1
    engine.dispose()


def test_a_swap_whose_answer_was_lost_is_carried_out_once(postgres: str) -> None:
    engine = create_engine(postgres)
    store = SqlStore(engine)
    store.create_schema()
    old = store.insert(new_payment())
    broken = break_after(engine, "INSERT INTO daraja_payments_history")
    new, entry = paid(old)
    assert not store.swap(old, new, entry)  # the caller reads again, and finds it done
    assert (store.load(old.key), store.history(old.key)) == (new, [entry])
    assert len(broken) == 1
    engine.dispose()


def test_a_connection_that_breaks_twice_is_an_error(postgres: str) -> None:
    engine = create_engine(postgres)
    store = SqlStore(engine)
    store.create_schema()

    @event.listens_for(engine, "before_cursor_execute")
    def _(_: Connection, __: object, statement: str, *___: object) -> None:
        if statement.startswith("SELECT daraja_payments"):
            restart(postgres)

    with pytest.raises(StoreFailed, match="terminating connection due to administrator") as caught:
        store.load("0" * 32)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    engine.dispose()


@pytest.mark.parametrize("is_borrowed", [False, True], ids=["own engine", "borrowed engine"])
def test_the_pool_leaves_a_server_that_has_become_read_only(postgres: str, *, is_borrowed: bool) -> None:
    """After a failover the sessions of the old primary may go on, and only a new connection finds the new one."""
    engine = create_engine(postgres)
    with closing(SqlStore(engine if is_borrowed else postgres)) as store:
        store.create_schema()
        set_default(postgres, "default_transaction_read_only = on")
        if is_borrowed:
            engine.dispose()
        else:
            store.close()
        assert do_at_once(lambda: store.load("0" * 32)) == [None] * AT_ONCE  # all of these read well
        set_default(postgres, "default_transaction_read_only = off")
        payment = store.insert(new_payment())
        assert [store.record(a_callback(payment)) for _ in range(AT_ONCE)]
        with administrator(postgres) as connection:
            open_transactions = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
            assert connection.scalar(text(open_transactions)) == 0
    engine.dispose()


def test_a_server_that_stays_read_only_is_an_error(postgres: str) -> None:
    with closing(SqlStore(postgres)) as store:
        store.create_schema()
        set_default(postgres, "default_transaction_read_only = on")
        store.close()
        with pytest.raises(
            StoreFailed, match="ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction"
        ):
            store.insert(new_payment())


# ------------------------------------------------------------------------------------------------------------- defaults


def pay_at_once(store: SqlStore, payments: int = 10) -> Counter[object]:
    """Have eight threads record and apply the same callback, payment after payment; count who won."""
    won: Counter[object] = Counter()
    for _ in range(payments):
        old = store.insert(new_payment())
        won.update(do_at_once(partial(receive, store, old)))
        found = store.load(old.key)
        assert found
        assert found.status == "success"
    return won


def receive(store: SqlStore, old: Payment) -> bool:
    new, entry = paid(old, store.record(a_callback(old)))
    return store.swap(old, with_facts(new, checkout_request_id=None), entry)


@pytest.mark.parametrize("level", ["serializable", "repeatable read"])
@pytest.mark.parametrize("way", ["own engine", "borrowed engine", "pooler"])
def test_simultaneous_callbacks_are_all_kept_at_any_default_isolation(
    request: pytest.FixtureRequest, postgres: str, way: str, level: str
) -> None:
    address: str = request.getfixturevalue("pgbouncer") if way == "pooler" else postgres
    set_default(address, f"default_transaction_isolation = '{level}'")
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    with closing(SqlStore(engine if way == "borrowed engine" else address)) as store:
        store.create_schema()
        assert pay_at_once(store) == {True: 10, False: 10 * (AT_ONCE - 1)}
    engine.dispose()


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_serialization_failure_is_tried_again(postgres: str, state: str) -> None:
    """A trigger of the shop fails as a serialization failure or a deadlock does."""
    with closing(SqlStore(postgres)) as store, administrator(postgres) as connection:
        store.create_schema()
        connection.exec_driver_sql(
            "CREATE SEQUENCE turns; CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF nextval('turns') <> 4 THEN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END IF;"
            " RETURN NEW; END $$; CREATE TRIGGER refuses BEFORE INSERT ON daraja_payments_callbacks"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        payment = store.insert(new_payment())
        assert store.record(a_callback(payment)) == "4"
        with pytest.raises(StoreFailed, match="refused"):
            store.record(a_callback(payment))
        assert connection.scalar(text("SELECT last_value FROM turns")) == 4 + 20


def test_a_commit_that_fails_writes_nothing(postgres: str) -> None:
    def fulfil(connection: Connection, payment: Payment) -> None:
        connection.execute(text("INSERT INTO orders VALUES (:key, 'nobody')"), {"key": payment.key})

    with closing(SqlStore(postgres, on_success=fulfil)) as store, administrator(postgres) as connection:
        store.create_schema()
        connection.exec_driver_sql(
            "CREATE TABLE customers (name text PRIMARY KEY); CREATE TABLE orders (key text PRIMARY KEY,"
            " customer text REFERENCES customers DEFERRABLE INITIALLY DEFERRED)"
        )
        old = store.insert(new_payment())
        with pytest.raises(StoreFailed, match="violates foreign key constraint"):
            store.swap(old, *paid(old))
        assert (store.load(old.key), store.history(old.key)) == (old, [])


def settings(address: str, *names: str) -> list[object]:
    """Say what holds in a session that the store has prepared."""
    engine = postgresql.make_engine(read_url(Secret(address)))
    with engine.connect() as connection:
        postgresql.prepare(connection, is_ours=True)
        found = [connection.scalar(text(f"SHOW {name}")) for name in names]
    engine.dispose()
    return found


def test_a_session_has_time_limits_of_a_few_seconds(postgres: str) -> None:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    assert settings(postgres, *names) == ["4s", "8s", "1min"]


def test_options_in_the_address_override_our_defaults(postgres: str) -> None:
    def with_query(**query: str) -> str:
        return make_url(postgres).update_query_dict(query).render_as_string(hide_password=False)

    names = ("lock_timeout", "statement_timeout", "application_name")
    told = with_query(options="-c lock_timeout=50ms", application_name="shop")
    assert settings(told, *names) == ["50ms", "8s", "shop"]
    serializable = with_query(options="-c default_transaction_isolation=serializable")
    assert settings(serializable, "transaction_isolation") == ["serializable"]


# -------------------------------------------------------------------------------------------------------------- poolers


@pytest.mark.parametrize("is_borrowed", [False, True], ids=["own engine", "borrowed engine"])
def test_a_pooler_in_transaction_mode_works(pgbouncer: str, *, is_borrowed: bool) -> None:
    engine = create_engine(make_url(pgbouncer).set(drivername="postgresql+psycopg"))
    with closing(SqlStore(engine if is_borrowed else pgbouncer)) as store:
        store.create_schema()
        assert pay_at_once(store, 20) == {True: 20, False: 20 * (AT_ONCE - 1)}
    engine.dispose()


def test_no_setting_of_ours_reaches_other_clients_of_a_pooler(pgbouncer: str) -> None:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    assert settings(pgbouncer, *names) == ["0", "0", "0"]


def test_a_write_through_a_pooler_has_a_lock_timeout(pgbouncer: str) -> None:
    with closing(SqlStore(pgbouncer)) as store, administrator(pgbouncer) as another:
        store.create_schema()
        another.exec_driver_sql(
            "CREATE TABLE told (setting text); CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO told VALUES (current_setting('lock_timeout')); RETURN NEW; END $$;"
            " CREATE TRIGGER tells AFTER INSERT OR UPDATE ON daraja_payments FOR EACH ROW EXECUTE FUNCTION tell()"
        )
        old = store.insert(new_payment())
        assert store.swap(old, *paid(old))
        assert another.scalars(text("SELECT setting FROM told")).all() == ["4s", "4s"]


def test_a_callback_after_a_restart_of_the_server_behind_a_pooler_is_recorded(pgbouncer: str) -> None:
    with closing(SqlStore(pgbouncer)) as store:
        store.create_schema()
        payment = store.insert(new_payment())
        for _ in range(3):
            restart(pgbouncer)
            assert store.record(a_callback(payment))


def test_a_success_is_fulfilled_once_through_a_pooler(pgbouncer: str) -> None:
    def fulfil(connection: Connection, payment: Payment) -> None:
        connection.execute(text("INSERT INTO orders VALUES (:key)"), {"key": payment.key})

    with closing(SqlStore(pgbouncer, on_success=fulfil)) as store, administrator(pgbouncer) as another:
        store.create_schema()
        another.exec_driver_sql("CREATE TABLE orders (key text PRIMARY KEY)")
        won: Counter[object] = pay_at_once(store, 5)
        assert won == {True: 5, False: 5 * (AT_ONCE - 1)}
        assert another.scalar(text("SELECT count(*) FROM orders")) == 5


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("sslmode=require&channel_binding=require", {"sslmode": "require", "channel_binding": "require"}),  # Neon
        ("options=endpoint%3Dep-1&sslmode=require", {"options": "endpoint=ep-1", "sslmode": "require"}),  # Neon, no SNI
        ("pgbouncer=true&connection_limit=1&pool_timeout=20", {}),  # Supabase, for Prisma
        ("sslmode=require&supa=base-pooler.x", {"sslmode": "require"}),  # Supabase by way of Vercel
        ("connect_timeout=15&workaround=supabase-pooler.vercel", {"connect_timeout": "15"}),
    ],
)
def test_addresses_are_accepted_as_hosting_companies_show_them(query: str, left: dict[str, str]) -> None:
    url = read_url(Secret(f"postgres://shop.ref:secret@aws-0-eu.pooler.supabase.com:6543/postgres?{query}"))
    assert url.query == left


@pytest.mark.parametrize(("is_patched", "chosen"), [(True, "wait_select"), (False, None)])
def test_psycopg_is_made_to_wait_as_eventlet_needs_it(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None, *, is_patched: bool
) -> None:
    """The tests of workers run a real eventlet."""
    monkeypatch.setenv("PSYCOPG_WAIT_FUNC", "put back after the test")
    monkeypatch.delenv("PSYCOPG_WAIT_FUNC")

    def is_monkey_patched(module: str) -> bool:
        return is_patched and module == "select"

    monkeypatch.setitem(sys.modules, "eventlet.patcher", SimpleNamespace(is_monkey_patched=is_monkey_patched))
    postgresql.make_engine(read_url(Secret("postgresql:///shop"))).dispose()
    assert os.environ.get("PSYCOPG_WAIT_FUNC") == chosen
