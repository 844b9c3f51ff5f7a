"""Tables are created once where there are none, and those of another version are refused."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime

import attrs
import pytest
from sqlalchemy import Connection, create_engine, event, inspect, text

from daraja.errors import ConfigurationError
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import HistoryEntry
from daraja.stores.sql import SqlStore, metadata
from daraja.stores.sql.rows import record_values
from daraja.stores.sql.schema import PAYMENTS
from tests.stores.sql.samples import a_callback, new_payment, paid
from tests.support.payments import START


@contextmanager
def connected(url: str) -> Generator[Connection]:
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_a_new_file_gets_its_tables_at_first_use(sqlite: str) -> None:
    with closing(SqlStore(sqlite)) as store:
        payment = store.insert(new_payment())
    with closing(SqlStore(sqlite)) as store:
        assert store.load(payment.key) == payment


def test_a_file_with_other_tables_gets_ours_only_when_asked(sqlite: str) -> None:
    with connected(sqlite) as connection:
        connection.execute(text("CREATE TABLE orders (id INTEGER)"))
    with closing(SqlStore(sqlite)) as store:
        with pytest.raises(ConfigurationError, match=r"create_schema\(\)"):
            store.load("0" * 32)
        store.create_schema()
        assert store.load("0" * 32) is None


def test_a_server_gets_tables_only_when_asked(postgres: str) -> None:
    with closing(SqlStore(postgres)) as store:
        with pytest.raises(ConfigurationError, match=r"no tables of daraja; .*create_schema\(\), or with migrations"):
            store.insert(new_payment())
        store.create_schema()
        payment = store.insert(new_payment())
        assert store.load(payment.key) == payment


def test_existing_tables_stay(store: SqlStore) -> None:
    payment = store.insert(new_payment())
    store.create_schema()
    assert store.load(payment.key) == payment


def test_many_stores_may_create_tables_at_the_same_time(url: str) -> None:
    stores = [SqlStore(url) for _ in range(8)]
    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(SqlStore.create_schema, stores))
    payment = stores[0].insert(new_payment())
    assert [store.load(payment.key) for store in stores] == [payment] * len(stores)
    for store in stores:
        store.close()


def test_tables_made_by_migrations_work(url: str) -> None:
    with connected(url) as connection:
        metadata.create_all(connection)
    with closing(SqlStore(url)) as store:
        payment = store.insert(new_payment())
        assert store.load(payment.key) == payment


VERSION_1 = """
CREATE TABLE daraja_payments (
    key VARCHAR NOT NULL, environment VARCHAR NOT NULL, shortcode VARCHAR NOT NULL, tenant VARCHAR NOT NULL,
    idempotency_key VARCHAR, checkout_request_id VARCHAR, reference VARCHAR NOT NULL, amount INTEGER NOT NULL,
    status VARCHAR NOT NULL, receipt VARCHAR, needs_attention BOOLEAN NOT NULL, created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL, next_check_at TIMESTAMP, succeeded_at TIMESTAMP, version INTEGER NOT NULL,
    facts TEXT NOT NULL, CONSTRAINT pk_daraja_payments PRIMARY KEY (key));
CREATE TABLE daraja_schema (version INTEGER NOT NULL, CONSTRAINT pk_daraja_schema PRIMARY KEY (version));
INSERT INTO daraja_schema VALUES (1)
"""


def test_tables_of_version_1_are_refused_until_create_schema_adds_what_is_missing(url: str) -> None:
    payment = attrs.evolve(new_payment(), order=None, attempt=0)
    values = {
        name: value
        for name, value in record_values(PAYMENTS, payment).items()
        if not name.endswith(("order", "attempt", "phone"))
    }
    with connected(url) as connection:
        for statement in VERSION_1.split(";"):
            connection.exec_driver_sql(statement)
        names = ", ".join(values)
        connection.execute(
            text(f"INSERT INTO daraja_payments ({names}) VALUES (:{names.replace(', ', ', :')})"),  # noqa: S608 - of ours
            {name: str(value) if isinstance(value, datetime) else value for name, value in values.items()},
        )
    with closing(SqlStore(url)) as store, pytest.raises(ConfigurationError, match=r"of version 1.*create_schema\(\)"):
        store.load(payment.key)
    with closing(SqlStore(url)) as store:
        store.create_schema()
        assert store.load(payment.key) == payment
        assert store.list(Filter(phone=payment.phone), 9) == [payment]
        of_order = store.insert(new_payment(order="ORD-1", attempt=1))
        assert store.insert(new_payment(order="ORD-1", attempt=2)) == of_order
        assert store.attempts("ORD-1", of_order.account) == [of_order]


def test_history_and_callbacks_under_their_names_of_version_1_are_kept(store: SqlStore, url: str) -> None:
    payment = store.insert(new_payment())
    changed, entry = paid(payment, store.record(a_callback(payment)))
    assert store.swap(payment, changed, entry)
    [callback] = store.callbacks(payment.key)
    with connected(url) as connection:
        for name in ("history", "callbacks"):
            connection.execute(text(f"ALTER TABLE daraja_payments_{name} RENAME TO daraja_{name}"))
        connection.execute(text("UPDATE daraja_schema SET version = 1"))
    with closing(SqlStore(url)) as another:
        another.create_schema()
        assert list(another.history(payment.key)) == [entry]
        assert list(another.callbacks(payment.key)) == [callback]


@pytest.mark.parametrize(("version", "advice"), [(3, "upgrade daraja-kit"), (-1, "create_schema")])
def test_tables_of_another_version_are_refused(store: SqlStore, url: str, version: int, advice: str) -> None:
    payment = store.insert(new_payment())
    with connected(url) as connection:
        connection.execute(text("UPDATE daraja_schema SET version = :version"), {"version": version})
    with closing(SqlStore(url)) as another, pytest.raises(ConfigurationError, match=f"version {version}, .*{advice}"):
        another.load(payment.key)


def test_the_database_matches_the_metadata(store: SqlStore, url: str) -> None:
    assert store.load("") is None
    with connected(url) as connection:
        found = inspect(connection)
        assert set(found.get_table_names()) == set(metadata.tables)
        for name, table in metadata.tables.items():
            assert name.startswith("daraja_")
            assert [column["name"] for column in found.get_columns(name)] == [column.name for column in table.columns]
            constraints = found.get_unique_constraints(name)
            indexes = {index["name"] for index in found.get_indexes(name)} - {one["name"] for one in constraints}
            assert indexes == {index.name for index in table.indexes}
            assert all(one["name"] and one["name"].startswith(f"uq_{name}_") for one in constraints)
            # SQLite has no name for a key that counts by itself.
            assert found.get_pk_constraint(name)["name"] in {f"pk_{name}", None}


def test_tables_of_a_later_version_stay_as_they_are(store: SqlStore, url: str) -> None:
    with connected(url) as connection:
        connection.execute(text("UPDATE daraja_schema SET version = 9"))
    with closing(SqlStore(url)) as another, pytest.raises(ConfigurationError, match="upgrade daraja-kit"):
        another.create_schema()
    assert store.location


def test_each_method_runs_few_statements_and_checks_the_schema_once(url: str) -> None:
    engine = create_engine(url)
    executed: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith("BEGIN"):
            executed.append(statement.split(maxsplit=1)[0])

    store = SqlStore(engine)
    store.create_schema()
    old = store.insert(new_payment(idempotency_key="attempt 1"))
    new, entry = paid(old, store.record(a_callback(old)))

    def statements() -> list[str]:
        taken = executed.copy()
        executed.clear()
        return taken

    statements()
    assert store.load(old.key) == old
    assert statements() == ["SELECT"]
    store.insert(new_payment())
    assert statements() == ["INSERT"]
    store.record(a_callback(old))
    assert statements() == ["INSERT"]
    assert store.swap(old, new, entry)
    assert statements() == (["UPDATE", "INSERT", "UPDATE"] if engine.dialect.name == "sqlite" else ["WITH"])
    assert store.find("checkout_request_id", str(new.checkout_request_id), new.environment) == new
    assert store.due(START, 9) == []
    assert statements() == ["SELECT", "SELECT"]
    assert isinstance(store.history(old.key)[0], HistoryEntry)
    assert store.purge(START, 9) == 0
    assert statements() == ["SELECT", "DELETE"]
    engine.dispose()
