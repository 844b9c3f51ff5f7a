"""Ctrl-C and the end of a worker, in the middle of anything: what is written is whole, and the store goes on."""

import signal
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import Final

import attrs
import pytest
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from daraja.payments.model import Payment
from daraja.stores.sql import SqlStore
from tests.stores.sql.samples import a_callback, new_payment, paid

ORDER: Final = "INSERT INTO orders VALUES (:key)"
POINTS: Final = ("begin", "before_cursor_execute", "after_cursor_execute", "commit", "rollback")


def fulfil(connection: Connection, payment: Payment) -> None:
    connection.execute(text(ORDER), {"key": payment.key})


class Interruption:
    """Raises an exception at one point of what SQLAlchemy does, counted from the moment when it is armed."""

    def __init__(self, engine: Engine, kind: type[BaseException]) -> None:
        self._kind: Final = kind
        self._left = -1
        for name in POINTS:
            event.listen(engine, name, self._pass)

    def arm(self, points: int) -> None:
        self._left = points

    @property
    def happened(self) -> bool:
        return self._left < 0

    def disarm(self) -> None:
        self._left = -1

    def _pass(self, *_: object) -> None:
        if self._left < 0:
            return
        self._left -= 1
        if self._left < 0:
            raise self._kind


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interruption_at_any_point_leaves_all_of_a_success_or_nothing(url: str, kind: type[BaseException]) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (key VARCHAR(32) PRIMARY KEY)"))
    store = SqlStore(engine, on_success=fulfil)
    store.create_schema()
    interruption = Interruption(engine, kind)

    def receive(old: Payment) -> None:
        new, entry = paid(old, store.record(a_callback(old)))
        store.swap(old, attrs.evolve(new, facts={}), entry)

    points = 0
    while True:
        old = store.insert(new_payment())
        interruption.arm(points)
        with suppress(kind):
            receive(old)
        happened = interruption.happened
        interruption.disarm()
        found = store.load(old.key)
        assert found
        with engine.connect() as connection:
            orders = connection.scalar(text("SELECT count(*) FROM orders WHERE key = :key"), {"key": old.key})
        assert (len(store.history(old.key)), orders) == ((1, 1) if found.paid else (0, 0))
        if not happened:
            break
        points += 1
    assert points > 10
    assert found.paid
    engine.dispose()


@contextmanager
def ended_while_it_waits(until: threading.Event) -> Generator[None]:
    """Have a signal raise SystemExit in this thread, as the signal of gunicorn does in a worker that takes too long."""

    def end(*_: object) -> None:
        ended.set()
        raise SystemExit(1)

    def send() -> None:
        assert until.wait(30)
        while not ended.wait(0.3):  # psycopg looks for signals each time that 0.1 s have passed without one
            signal.pthread_kill(this, signal.SIGUSR1)

    ended, this = threading.Event(), threading.get_ident()
    before = signal.signal(signal.SIGUSR1, end)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        try:
            with pytest.raises(SystemExit):
                yield
            sending.result(30)
        finally:
            ended.set()
            signal.signal(signal.SIGUSR1, before)


def test_a_worker_may_end_while_it_waits_for_another_thread_to_write(sqlite: str) -> None:
    holding, go_on = threading.Event(), threading.Event()

    def hold(_: Connection, __: Payment) -> None:
        holding.set()
        assert go_on.wait(30)

    with closing(SqlStore(sqlite, on_success=hold)) as store, ThreadPoolExecutor(1) as pool:
        first, second = store.insert(new_payment()), new_payment()
        success = pool.submit(store.swap, first, *paid(first))
        with ended_while_it_waits(holding):
            store.insert(second)
        go_on.set()
        assert success.result(30)
        assert store.load(second.key) is None
        assert store.insert(second) == second


def test_a_worker_may_end_while_a_statement_waits_for_a_lock(postgres: str) -> None:
    lasting = make_url(postgres).update_query_dict({"options": "-c lock_timeout=30s -c statement_timeout=30s"})
    engine = create_engine(postgres)
    waiting = threading.Event()
    waiting.set()
    with closing(SqlStore(lasting)) as store:
        store.create_schema()
        old = store.insert(new_payment())
        with engine.begin() as another:
            another.execute(text("SELECT 1 FROM daraja_payments FOR UPDATE"))
            with ended_while_it_waits(waiting):
                store.swap(old, *paid(old))
        # Old releases of psycopg leave the statement to the server, which carries it out; newer ones cancel it.
        store.swap(old, *paid(old))
        new, entry = paid(old)
        assert (store.load(old.key), store.history(old.key)) == (new, [entry])
    engine.dispose()
