"""Errors of a database show no phone number."""

import logging
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

import attrs
import pytest
from sqlalchemy import create_engine, make_url, text

from daraja.errors import Conflict, RecordUnreadable
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import ReceivedCallback, Unreadable
from daraja.payments.model import Payment
from daraja.stores.sql import SqlStore, StoreFailed
from daraja.values.secret import MaskedText
from tests.stores.sql.samples import CHECKOUT_REQUEST_ID, PHONE, a_callback, new_payment, paid
from tests.support.leaks import everything_shown
from tests.support.numbers import digits_shown
from tests.support.payments import START, with_facts

SECRETIVE: Final = new_payment(
    idempotency_key="attempt 1",
    metadata={"phone": PHONE},
    checkout_request_id=CHECKOUT_REQUEST_ID,
    result_description=f"Sent to {PHONE}",
    conflicts=frozenset({MaskedText(f"checkout_request_id={CHECKOUT_REQUEST_ID}")}),
)
CALLS: Final[list[Callable[[SqlStore], object]]] = [
    lambda store: store.insert(SECRETIVE),
    lambda store: store.load(SECRETIVE.key),
    lambda store: store.find("checkout_request_id", CHECKOUT_REQUEST_ID, "simulator"),
    lambda store: store.swap(SECRETIVE, *paid(SECRETIVE)),
    lambda store: store.due(START, 1),
    lambda store: store.need_attention(1, SECRETIVE.account),
    lambda store: store.history(SECRETIVE.key),
    lambda store: store.record(a_callback(SECRETIVE)),
    lambda store: store.unprocessed(1),
    lambda store: store.processed("1", "nothing new"),
    lambda store: store.purge(START, 1),
]


def execute(url: str, statement: str, **values: object) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def shown(error: BaseException) -> list[str]:
    return digits_shown(PHONE, everything_shown(error))


@pytest.mark.parametrize("call", CALLS)
def test_an_error_of_the_database_shows_no_number(
    store: SqlStore, url: str, call: Callable[[SqlStore], object]
) -> None:
    assert store.load(SECRETIVE.key) is None
    for table in ("payments", "payments_history", "payments_callbacks"):
        execute(url, f"DROP TABLE daraja_{table}")
    with pytest.raises(StoreFailed, match=r"^The store of payments failed: \w+: .*daraja_\w+.*\.$") as caught:
        call(store)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert shown(caught.value) == []


def test_the_log_of_sqlalchemy_shows_no_number(store: SqlStore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "sqlalchemy")
    old = store.insert(with_facts(SECRETIVE, checkout_request_id=None))
    store.swap(old, *paid(old, store.record(a_callback(old))))
    assert store.find("checkout_request_id", CHECKOUT_REQUEST_ID, "simulator")
    assert "UPDATE daraja_payments" in caplog.text
    assert digits_shown(PHONE, caplog.text) == []


def test_a_conflict_names_the_payments_and_shows_no_number(store: SqlStore) -> None:
    first = store.insert(SECRETIVE)
    second = attrs.evolve(first, key="1" * 32, idempotency_key=None)
    with pytest.raises(
        Conflict, match=rf"^payment {first.key} has the checkout_request_id of payment 1{{32}}$"
    ) as caught:
        store.insert(second)
    assert (caught.value.__cause__, caught.value.__context__, shown(caught.value)) == (None, None, [])

    third = store.insert(with_facts(second, checkout_request_id=None))
    with pytest.raises(
        Conflict, match=rf"^payment {first.key} has the checkout_request_id of payment 1{{32}}$"
    ) as caught:
        store.swap(third, *paid(third))
    assert (caught.value.__cause__, caught.value.__context__, shown(caught.value)) == (None, None, [])

    with pytest.raises(Conflict, match=rf"^payment {first.key} is there already$") as caught:
        store.insert(attrs.evolve(first, idempotency_key=None))
    assert (caught.value.__cause__, caught.value.__context__, shown(caught.value)) == (None, None, [])


def test_the_error_of_a_hook_shows_no_number_in_our_frames(url: str) -> None:
    def fail(_: object, __: Payment) -> None:
        message = "out of shirts"
        raise RuntimeError(message)

    with closing(SqlStore(url, on_success=fail)) as store:
        store.create_schema()
        old = store.insert(SECRETIVE)
        with pytest.raises(RuntimeError) as caught:
            store.swap(old, *paid(old))
    assert shown(caught.value) == []


@pytest.mark.parametrize("facts", ["", "[]", "{}", "5", "null", '{"phone": "254712345678"', '{"status": "refunded"}'])
def test_the_error_for_an_unreadable_payment_names_it(store: SqlStore, url: str, facts: str) -> None:
    payment = store.insert(attrs.evolve(SECRETIVE, next_check_at=START))
    execute(url, "UPDATE daraja_payments SET facts = :facts", facts=facts)
    with pytest.raises(RecordUnreadable, match=f"record {payment.key} cannot be read: .* Another release") as caught:
        store.load(payment.key)
    assert (caught.value.__cause__, caught.value.__context__, shown(caught.value)) == (None, None, [])
    assert [one.key for one in store.due(START, 1) if isinstance(one, Unreadable)] == [payment.key]


def test_unreadable_payments_do_not_hide_others(store: SqlStore, url: str) -> None:
    payments = [store.insert(new_payment(next_check_at=START, conflicts=frozenset({"amount=1"}))) for _ in range(9)]
    for payment in payments[:5]:
        execute(url, "UPDATE daraja_payments SET facts = '{}' WHERE key = :key", key=payment.key)

    for page in (store.due(START, 3), store.need_attention(3)):
        assert sum(isinstance(one, Payment) for one in page) == 3
    everything = store.due(START, 100)
    assert {one.key for one in everything if isinstance(one, Unreadable)} == {one.key for one in payments[:5]}
    assert {one.key for one in everything if isinstance(one, Payment)} == {one.key for one in payments[5:]}


def test_an_unreadable_callback_does_not_hide_others(store: SqlStore, url: str) -> None:
    payment = store.insert(new_payment())
    ids = [store.record(a_callback(payment)) for _ in range(3)]
    execute(url, "UPDATE daraja_payments_callbacks SET purpose = 'gossip' WHERE id = :id", id=int(ids[1]))

    first, unreadable, last = store.unprocessed(9)
    assert isinstance(first, ReceivedCallback)
    assert isinstance(last, ReceivedCallback)
    assert unreadable == Unreadable(ids[1], "it has a purpose that this release does not know")


@pytest.mark.parametrize("facts", ["facts", "'{}'"])
def test_times_that_somebody_has_spoilt_in_sqlite_hide_no_other_row(sqlite: str, facts: str) -> None:
    with closing(SqlStore(sqlite)) as store:
        payments = [store.insert(new_payment(next_check_at=START, conflicts=frozenset({"amount=1"}))) for _ in range(3)]
        ids = [store.record(a_callback(payments[0])) for _ in range(3)]
        spoil = f"SET facts = {facts}, created_at = '2026 at noon', next_check_at = '2026 at noon'"
        execute(sqlite, f"UPDATE daraja_payments {spoil} WHERE key = :key", key=payments[0].key)
        execute(sqlite, "UPDATE daraja_payments_callbacks SET received_at = 'noon' WHERE id = :id", id=int(ids[1]))

        for listed in (store.due(START, 9), store.need_attention(9), store.list(Filter(), 9)):
            assert {one.key for one in listed} == {payment.key for payment in payments}
        assert [one.key for one in store.due(START, 1)] == [payments[0].key]
        first, spoilt, last = store.unprocessed(9)
        assert {type(first), type(last)} == {ReceivedCallback}
        assert spoilt == Unreadable(ids[1], "the time at which it came cannot be read")


def test_the_error_for_a_payment_with_wrong_facts_names_it_and_shows_no_number(store: SqlStore, url: str) -> None:
    payment = store.insert(SECRETIVE)
    execute(url, "UPDATE daraja_payments SET facts = replace(facts, '\"pending\"', '\"refunded\"')")
    with pytest.raises(RecordUnreadable, match=f"record {payment.key} cannot be read") as caught:
        store.find("checkout_request_id", CHECKOUT_REQUEST_ID, "simulator")
    assert (caught.value.__cause__, caught.value.__context__, shown(caught.value)) == (None, None, [])


def test_a_unique_index_of_the_shop_that_refuses_a_payment_is_an_error(store: SqlStore, url: str) -> None:
    execute(url, "CREATE UNIQUE INDEX one_success ON daraja_payments (succeeded_at)")
    execute(url, "CREATE UNIQUE INDEX one_reference ON daraja_payments (reference)")
    first = store.insert(new_payment(reference="A", succeeded_at=START))
    refused = new_payment(reference="A")
    with pytest.raises(StoreFailed, match=f"payment {refused.key} is refused for another one that cannot be found"):
        store.insert(refused)
    second = store.insert(new_payment(reference="B"))
    with pytest.raises(StoreFailed, match=f"payment {second.key} is refused for another one that cannot be found"):
        store.swap(second, *paid(second))
    assert [store.load(one.key) for one in (first, refused, second)] == [first, None, second]


def test_a_lock_that_is_held_too_long_is_an_error(postgres: str) -> None:
    hurried = make_url(postgres).update_query_dict({"options": "-c lock_timeout=50ms"})
    engine = create_engine(postgres)
    with closing(SqlStore(hurried)) as store:
        store.create_schema()
        old = store.insert(SECRETIVE)
        with engine.begin() as connection:
            connection.execute(text("SELECT 1 FROM daraja_payments FOR UPDATE"))
            with pytest.raises(
                StoreFailed, match="LockNotAvailable: canceling statement due to lock timeout"
            ) as caught:
                store.swap(old, *paid(old))
        assert shown(caught.value) == []
        assert store.swap(old, *paid(old))
    engine.dispose()


def test_metadata_that_is_not_json_is_refused(store: SqlStore) -> None:
    wrong: list[Any] = [float("nan"), float("inf"), object(), {1, 2}]
    for value in wrong:
        with pytest.raises((TypeError, ValueError)):
            store.insert(new_payment(metadata={"value": value}))


@pytest.mark.parametrize("identity", ["a\x00", "a\ud800"])
def test_an_id_that_no_database_can_hold_is_not_found(url: str, identity: str) -> None:
    with closing(SqlStore(url)) as store:
        store.create_schema()
        assert store.find("checkout_request_id", identity, "simulator") is None


def test_text_that_no_database_can_hold_is_refused_and_not_shown(url: str) -> None:
    with closing(SqlStore(url)) as store:
        store.create_schema()
        with pytest.raises(StoreFailed, match="no database can hold") as refused:
            store.insert(attrs.evolve(new_payment(), idempotency_key=f"{PHONE}\ud800"))
    assert digits_shown(PHONE, everything_shown(refused.value)) == []
