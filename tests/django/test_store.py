"""The store keeps what every store promises, on the stock settings of each database."""

from datetime import timedelta
from threading import Event

import pytest
from django.conf import LazySettings, settings
from django.db import OperationalError, transaction
from django.test import Client

from daraja import Checkout, Status
from daraja.django.apps import this_app
from daraja.django.checks import check_project
from daraja.django.models import Payment
from daraja.django.store import DjangoStore
from daraja.ledger import Filter, Ledger
from daraja.lifecycle.ports import Unreadable
from daraja.testing import MountedDaraja
from daraja.testing.delivery import path_of
from daraja.testing.django.contract import (
    DjangoFulfilmentContract,
    DjangoPayoutStoreContract,
    DjangoReceiptStoreContract,
    DjangoStoreContract,
)
from daraja.testing.store_contract.base import NOON, PaymentCase

make = PaymentCase()


class TestDjangoStore(DjangoStoreContract):
    pass


class TestDjangoFulfilment(DjangoFulfilmentContract):
    pass


class TestDjangoPayoutStore(DjangoPayoutStoreContract):
    pass


class TestDjangoReceiptStore(DjangoReceiptStoreContract):
    pass


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "value"), [("reference", "ORD-1"), ("receipt", "UAF\0")])
def test_only_unique_facts_are_looked_for(name: str, value: str) -> None:
    assert DjangoStore().find(name, value, "simulator") is None


@pytest.mark.django_db
def test_a_row_that_cannot_be_read_is_reported_and_hides_no_other() -> None:
    store = DjangoStore()
    spoilt, good = (
        store.insert(make.make_payment(next_check_at=NOON - timedelta(seconds=seconds))) for seconds in (1, 0)
    )
    Payment.objects.filter(key=spoilt.key).update(facts="{}")
    assert {type(one) for one in store.due(NOON, 1)} == {Unreadable, type(good)}


@pytest.mark.django_db
def test_a_callback_of_an_unknown_purpose_is_reported() -> None:
    store = DjangoStore()
    callback_id = store.record(make.make_callback())
    store._callbacks.update(purpose="something newer")
    (found,) = store.unprocessed(9)
    assert isinstance(found, Unreadable)
    assert found.key == callback_id


@pytest.mark.django_db(transaction=True)
def test_a_transaction_of_the_shop_is_refused_with_the_remedy() -> None:
    with transaction.atomic(), pytest.raises(transaction.TransactionManagementError, match="non_atomic_requests"):
        DjangoStore().insert(make.make_payment())


class DeadlockError(Exception):
    sqlstate = "40P01"


@pytest.mark.django_db
@pytest.mark.parametrize("deadlocks", [1, 4])
def test_a_deadlock_is_tried_again(deadlocks: int) -> None:
    left = [DeadlockError()] * deadlocks

    def fulfil(_: object) -> None:
        if left:
            raise OperationalError from left.pop()

    store = DjangoStore(on_success=fulfil)
    payment = store.insert(make.make_payment())
    new = make.next_of(payment)
    assert store.swap(payment, new, make.entry_of(payment, new, became_success=True))
    assert not left
    assert len(store.history(payment.key)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error", [OperationalError(1213, "Deadlock found"), OperationalError("no such table")], ids=str
)
def test_an_error_that_stays_reaches_the_caller(error: OperationalError) -> None:
    def fulfil(_: object) -> None:
        raise error

    store = DjangoStore(on_success=fulfil)
    payment = store.insert(make.make_payment())
    new = make.next_of(payment)
    with pytest.raises(OperationalError) as caught:
        store.swap(payment, new, make.entry_of(payment, new, became_success=True))
    assert caught.value is error


@pytest.mark.slow
@pytest.mark.django_db
def test_a_hook_that_holds_the_transaction_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def slow(_: object) -> None:
        Event().wait(1.1)

    store = DjangoStore(on_success=slow)
    payment = store.insert(make.make_payment())
    new = make.next_of(payment)
    assert store.swap(payment, new, make.entry_of(payment, new, became_success=True))
    assert "payment.slow_hook" in caplog.text


class PaymentsElsewhere:
    """A router that keeps payments in a database of their own."""

    def db_for_write(self, model: type, **_: object) -> str | None:
        return "payments" if model.__module__ == "daraja.django.models" else None

    db_for_read = db_for_write


@pytest.mark.skipif("payments" not in settings.DATABASES, reason="a second database is made in SQLite only")
@pytest.mark.django_db(databases=["default", "payments"])
def test_payments_are_kept_where_the_router_says(settings: LazySettings) -> None:
    settings.DATABASE_ROUTERS = [PaymentsElsewhere()]
    store = DjangoStore()
    payment = store.insert(make.make_payment())
    assert store.location == "Django's database 'payments'"
    assert store.load(payment.key) == payment
    assert Payment.objects.using("payments").count() == 1
    assert not Payment.objects.using("default").exists()


@pytest.mark.django_db(transaction=True)
def test_a_ledger_finds_exports_and_erases_what_django_stores() -> None:
    store = DjangoStore()
    payment = store.insert(
        make.make_payment(status=Status.SUCCESS, receipt="UAF1AAAAAA", reference="INV712345678", metadata={"cart": 7})
    )
    ledger = Ledger(store)
    assert ledger.list(Filter(receipt="UAF1AAAAAA")).records == (payment,)
    assert len(ledger.export("0712 345 678")["records"]) == 1
    assert ledger.erase("0712 345 678").erased == (payment.key,)
    row = Payment.objects.get(key=payment.key)
    assert (row.phone, row.receipt, row.amount) == ("", "UAF1AAAAAA", payment.amount)
    assert row.reference == f"erased-{payment.key[:12]}"
    assert payment.phone[-9:] not in row.facts


@pytest.mark.skipif("payments" not in settings.DATABASES, reason="a second database is made in SQLite only")
@pytest.mark.django_db(databases=["default", "payments"], transaction=True)
def test_a_callback_is_kept_where_every_database_has_atomic_requests(
    settings: LazySettings, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    settings.DATABASE_ROUTERS = [PaymentsElsewhere()]
    settings.DARAJA = {}  # makes a new checkout, whose store asks the router
    checkout = this_app().checkout
    for database in settings.DATABASES.values():
        database["ATOMIC_REQUESTS"] = True
    try:
        assert 'non_atomic_requests(using="payments") on' in str(check_project()[-1].hint)
        checkout.charge(order="ORD-1", phone="254712345678", amount=500)
        with daraja_simulator.hold():
            daraja_simulator.pay("254712345678")
            (callback,) = daraja_simulator.due()
        response = Client().post(path_of(callback), callback.body, content_type="application/json")
    finally:
        for database in settings.DATABASES.values():
            database["ATOMIC_REQUESTS"] = False
    assert response.status_code == 200
    assert checkout.order("ORD-1").paid


@pytest.mark.django_db(transaction=True)
def test_orders_that_differ_in_case_or_accents_are_different_orders(
    daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    orders = ["ORD-1", "ord-1", "\u00d3RD-1", "O\u0301RD-1", "STRASSE", "Stra\u00dfe", "x" * 200, "X" * 200]
    for last, order in enumerate(orders):
        payment = daraja_django.charge(order=order, phone=f"25471234560{last}", amount=5)
        assert [(one.key, one.order) for one in daraja_django.order(order).attempts] == [(payment.key, order)]
    daraja_simulator.pay("254712345600")
    assert [order for order in orders if daraja_django.order(order).paid] == ["ORD-1"]
