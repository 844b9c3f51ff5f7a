"""Riders are paid by two people: one asks for today's pay, another one approves it."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from daraja.django import payouts
from daraja.django.models import Payout
from daraja.simulator import SANDBOX_INITIATOR, SANDBOX_PASSWORD
from daraja.simulator.operators import certificate
from daraja.testing import assert_paid_out
from demo import goods
from demo.__main__ import CAPS
from shop.models import Rider, User
from shops import Shop, post_callback

RIDERS = "/admin/shop/rider/"
PAYOUTS = "/admin/daraja/payout/"


@pytest.fixture
def _payouts(settings: LazySettings) -> None:
    initiator = {"MPESA_INITIATOR_NAME": SANDBOX_INITIATOR, "MPESA_INITIATOR_PASSWORD": SANDBOX_PASSWORD}
    for name, value in {**CAPS, **initiator, "MPESA_CERTIFICATE": certificate().decode().strip()}.items():
        setattr(settings, name, value)


def member(email: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client


def shown(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def do(client: Client, path: str, **fields: object) -> str:
    """Post a form, and return the page that it leads to."""
    response: Any = client.post(path, fields, follow=True)  # Any: of the test client
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.mark.usefixtures("_payouts")
def test_the_riders_of_the_demo_are_paid_once_by_two_people(shop_in_threads: Shop) -> None:
    goods.lay_out()
    asks, approves = map(member, goods.STAFF)
    brian = Rider.objects.get(name="Brian Mwangi")
    for status in ("held", "held"):
        assert f"KES 800 for Brian Mwangi: {status}" in do(asks, RIDERS, action="pay", _selected_action=brian.pk)
    (row,) = Payout.objects.all()
    assert "Approve and pay" not in shown(asks, f"{PAYOUTS}{row.key}/decide/")
    assert "pay" not in [action for action in ("Ask for today",) if action in shown(approves, RIDERS)]

    page = f"{PAYOUTS}{row.key}/decide/"
    assert brian.phone in shown(approves, page)
    assert "is accepted" in do(approves, page, fingerprint=row.record.fingerprint, approve="yes")
    shop_in_threads.simulator.advance(seconds=10)
    for callback in shop_in_threads.simulator.due():
        post_callback(callback)
    row.refresh_from_db()
    assert row.status == "paid"
    assert row.receipt
    assert row.receipt in shown(asks, RIDERS)
    assert_paid_out(shop_in_threads.simulator, to=brian.phone, amount=800, times=1)


@pytest.mark.usefixtures("_payouts")
def test_the_page_of_an_order_shows_what_was_given_back(shop_in_threads: Shop) -> None:
    shop = shop_in_threads
    shop.push()
    shop.answer()
    client, page = Client(), f"/orders/{shop.order.pk}/payment-status"
    client.force_login(shop.customer)
    assert "Given back" not in shown(client, page)

    refund = payouts().refund(shop.payment.record, reason="broken kettle", by="wanjiku")
    payouts().approve(refund.key, by="otieno", fingerprint=refund.fingerprint)
    shop.simulator.advance(seconds=10)
    for callback in shop.simulator.due():
        post_callback(callback)
    assert '<dt>Given back</dt><dd class="whole">KES 500</dd>' in shown(client, page)


@pytest.mark.usefixtures("shop_in_threads")
def test_without_caps_nobody_is_paid() -> None:
    goods.lay_out()
    rider = Rider.objects.earliest("name")
    page = do(member("akinyi@example.com"), RIDERS, action="pay", _selected_action=rider.pk)
    assert "MPESA_PAYOUT_MAX" in page
    assert not Payout.objects.exists()
