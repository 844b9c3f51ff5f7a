"""Two transactions at the same time on PostgreSQL: the second waits for the first."""

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import Connection, create_engine, text

from daraja.errors import Conflict
from daraja.payments.model import Payment
from daraja.stores.sql import SqlStore
from daraja.stores.sql.rows import record_values
from daraja.stores.sql.schema import PAYMENTS
from daraja.stores.sql.statements import Statements
from daraja.stores.sql.store import OnSuccess
from tests.stores.sql.samples import CHECKOUT_REQUEST_ID, new_payment, paid

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@contextmanager
def using(url: str, on_success: OnSuccess | None = None) -> Generator[tuple[SqlStore, ThreadPoolExecutor, Connection]]:
    """Give a store, a second thread for it, and a connection to look at both."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with (
        ThreadPoolExecutor(1) as pool,
        engine.connect() as connection,
        closing(SqlStore(url, on_success=on_success)) as store,
    ):
        store.create_schema()
        yield store, pool, connection
    engine.dispose()


def until_somebody_waits(connection: Connection) -> None:
    while not connection.scalar(WAITING):
        pass


def test_the_second_swap_to_a_checkout_request_id_is_a_conflict(postgres: str) -> None:
    """Both find it free; the second waits for the first to commit, and is refused by the index."""
    outcomes: list[Future[bool]] = []

    def meanwhile(_: Connection, __: Payment) -> None:
        if not outcomes:
            outcomes.append(pool.submit(store.swap, second, *paid(second)))
            until_somebody_waits(connection)

    with using(postgres, meanwhile) as (store, pool, connection):
        first, second = store.insert(new_payment()), store.insert(new_payment())
        assert store.swap(first, *paid(first))
        with pytest.raises(Conflict, match=first.key):
            outcomes[0].result(60)
        found = store.find("checkout_request_id", CHECKOUT_REQUEST_ID, "simulator")
        assert found is not None
        assert (found.key, store.load(second.key), store.history(second.key)) == (first.key, second, [])


def test_the_second_swap_of_a_payment_waits_and_loses(postgres: str) -> None:
    outcomes: list[Future[bool]] = []

    def meanwhile(_: Connection, __: Payment) -> None:
        outcomes.append(pool.submit(store.swap, old, *paid(old)))
        until_somebody_waits(connection)

    with using(postgres, meanwhile) as (store, pool, connection):
        old = store.insert(new_payment())
        assert store.swap(old, *paid(old))
        assert outcomes[0].result(60) is False
        assert len(outcomes) == len(store.history(old.key)) == 1


def test_the_second_insert_of_an_attempt_waits_and_gets_the_first(postgres: str) -> None:
    first, again = new_payment(idempotency_key="attempt 1"), new_payment(idempotency_key="attempt 1")
    engine = create_engine(postgres)
    with using(postgres) as (store, pool, connection):
        with engine.begin() as half_through:
            half_through.execute(Statements(PAYMENTS).insert["postgresql"], record_values(PAYMENTS, first))
            given = pool.submit(store.insert, again)
            until_somebody_waits(connection)
        assert given.result(60) == first
        assert store.load(again.key) is None
    engine.dispose()


def test_the_second_insert_of_an_attempt_is_written_if_the_first_is_rolled_back(postgres: str) -> None:
    first, again = new_payment(idempotency_key="attempt 1"), new_payment(idempotency_key="attempt 1")
    engine = create_engine(postgres)
    with using(postgres) as (store, pool, connection):
        with engine.connect() as half_through:
            half_through.execute(Statements(PAYMENTS).insert["postgresql"], record_values(PAYMENTS, first))
            given = pool.submit(store.insert, again)
            until_somebody_waits(connection)
        assert given.result(60) == again
        assert store.load(first.key) is None
    engine.dispose()
