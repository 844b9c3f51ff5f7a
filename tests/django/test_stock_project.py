"""From ``startproject`` to a paid order: one line in INSTALLED_APPS, one include, one function, one call."""

import pytest
from asgiref.sync import async_to_sync
from django.conf import LazySettings
from django.core.management import call_command
from django.test import AsyncClient, Client

from daraja import Checkout
from daraja import Payment as DarajaPayment
from daraja.django.models import Payment
from daraja.django.signals import payment_changed, payment_succeeded
from daraja.testing import MountedDaraja, assert_paid_once
from daraja.testing.delivery import path_of
from tests.django.project.shop.models import Order

PHONE = "254712345678"


@pytest.fixture
def order(transactional_db: None) -> Order:
    return Order.objects.create(number="ORD-1", total=500)


def pay(client: Client, **more: str) -> str:
    response = client.post("/pay/ORD-1/", {"phone": "0712 345 678"}, **more)  # type: ignore[arg-type] # of the WSGI environ
    assert response.status_code == 200
    return response.content.decode()


def test_an_order_is_paid(
    client: Client, order: Order, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    assert "PIN" in pay(client)
    daraja_simulator.pay(PHONE)
    order.refresh_from_db()
    assert order.paid_at is not None
    assert daraja_django.order("ORD-1").paid
    payment = Payment.objects.get(status="success")
    assert (payment.order, payment.amount, payment.attempt) == ("ORD-1", 500, 1)
    assert payment.receipt


def test_a_double_click_asks_once(
    client: Client, order: Order, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    pay(client)
    pay(client)
    assert Payment.objects.filter(status="initiated").count() == 1
    assert len(daraja_simulator.prompts) == 1


def test_the_clock_of_the_test_moves_both_sides(
    client: Client, order: Order, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    pay(client)
    daraja_simulator.cancel(PHONE)
    assert not daraja_django.order("ORD-1").may_charge
    daraja_simulator.advance(seconds=300)
    daraja_django.reconcile()
    assert daraja_django.order("ORD-1").may_charge
    pay(client)
    daraja_simulator.pay(PHONE)
    assert daraja_django.order("ORD-1").paid


def test_settings_of_a_careful_project_lose_no_callback(
    settings: LazySettings, client: Client, order: Order, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    settings.SECURE_SSL_REDIRECT = True
    settings.DATABASES["default"]["ATOMIC_REQUESTS"] = True
    try:
        payment = daraja_django.charge(order="ORD-1", phone=PHONE, amount=500)
        daraja_simulator.pay(PHONE)
    finally:
        settings.DATABASES["default"]["ATOMIC_REQUESTS"] = False
    assert_paid_once(daraja_django, payment)


def test_signals_are_sent_once_it_is_committed(
    order: Order, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    statuses, succeeded = list[str](), list[str]()

    def changed(payment: DarajaPayment, before: DarajaPayment, **_: object) -> None:
        statuses.append(Payment.objects.get(key=payment.key).status)
        assert payment != before

    def paid(payment: DarajaPayment, **_: object) -> None:
        succeeded.append(payment.order or "")

    payment_changed.connect(changed)
    payment_succeeded.connect(paid)
    try:
        daraja_django.charge(order="ORD-1", phone=PHONE, amount=500)
        daraja_simulator.pay(PHONE)
    finally:
        payment_changed.disconnect(changed)
        payment_succeeded.disconnect(paid)
    assert statuses[0] == "initiated"
    assert statuses[-1] == "success"
    assert succeeded == ["ORD-1"]


def test_it_works_under_asgi_too(order: Order, daraja_django: Checkout, daraja_simulator: MountedDaraja) -> None:
    async def browse() -> None:
        client = AsyncClient()
        assert (await client.post("/pay/ORD-1/", {"phone": PHONE})).status_code == 200
        with daraja_simulator.hold():
            daraja_simulator.pay(PHONE)
            (callback,) = daraja_simulator.due()
        response = await client.post(path_of(callback), callback.body, content_type="application/json")
        assert response.status_code == 200

    async_to_sync(browse)()
    assert daraja_django.order("ORD-1").paid


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
