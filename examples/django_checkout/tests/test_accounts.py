"""Payments of another shortcode or environment in the same tables: never asked about, never asked for twice."""

import pytest

from daraja.django.apps import this_app
from daraja.http.messages import HttpRequest
from daraja.simulator import Answer
from desk import PAYMENTS, do, owner, page_of, said
from payments.models import Payment
from reader import OWN, logged_in
from shops import PHONE, Shop, post_callback

SWITCHES = {
    "another shortcode": {"MPESA_BUSINESS_SHORTCODE": "600111"},
    "production": {
        "MPESA_ENVIRONMENT": "production",
        "MPESA_BASE_URL": "",
        "MPESA_BUSINESS_SHORTCODE": "600111",
        "MPESA_PASSKEY": "one-of-our-own",
        "MPESA_CALLBACK_URL": "https://shop.example/api/payments/callback/",
    },
}


@pytest.fixture(params=SWITCHES)
def late(shop: Shop, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> HttpRequest:
    """Leave a payment open, be paid elsewhere from now on, and give the callback that comes too late."""
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)
    (callback,) = shop.simulator.due()
    for name, value in SWITCHES[request.param].items():
        monkeypatch.setenv(name, value)
    this_app()._forget()
    return callback


@pytest.mark.usefixtures("late")
def test_an_open_payment_of_another_account_gets_no_second_prompt(shop: Shop) -> None:
    response = shop.push()
    assert (response.status_code, "M-Pesa messages" in response.json()["detail"]) == (409, True)
    assert Payment.objects.count() == len(shop.simulator.pushes) == 1


def test_nothing_breaks_over_it(shop: Shop, late: HttpRequest) -> None:
    status = f"/api/orders/{shop.order.pk}/payment-status/"
    assert [post_callback(late).status_code, shop.api.post(f"{status}check/").status_code] == [404, 200]
    assert [row["status"] for row in shop.api.get("/api/payments/").json()] == ["initiated"]
    browser, admin = logged_in(shop), owner()
    assert [browser.get(path).status_code for path in OWN] == [200, 200, 200, 200]
    assert "ORD-2026-001" in page_of(admin, PAYMENTS)
    [told] = said(do(admin, "query", shop.payment.key))
    assert "the store has no payment" in told
