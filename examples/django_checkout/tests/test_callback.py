"""Safaricom's calls: heard whatever guards the rest of the site, and believed only where they prove themselves."""

import json
from typing import Any

import attrs
import pytest
from django.db import connections
from django.test import Client

from daraja.django import checkout
from daraja.django.models import Callback
from daraja.http.messages import HttpRequest
from daraja.lifecycle.source_ip import SAFARICOM_ADDRESSES
from daraja.simulator import Answer
from daraja.testing import assert_not_paid, assert_paid_once
from payments.models import Payment
from shops import Shop, edited, post_callback

ACCEPTED = {"ResultCode": 0, "ResultDesc": "Accepted"}
UNSIGNED = "http://127.0.0.1:8000/api/payments/mpesa/callback/"


@pytest.fixture
def paid(shop: Shop) -> HttpRequest:
    """Give the callback that says that the order is paid; it is still to be delivered."""
    shop.push()
    shop.simulator.answer("0712345678", Answer.PAY)
    (callback,) = shop.simulator.due()
    return callback


def test_a_callback_pays_the_order(shop: Shop, paid: HttpRequest) -> None:
    response = post_callback(paid)
    assert (response.status_code, response.json(), response["Content-Type"]) == (200, ACCEPTED, "application/json")
    shop.order.refresh_from_db()
    assert shop.order.paid_at is not None
    assert (shop.payment.status, len(shop.payment.receipt or "")) == ("success", 10)
    assert shop.status()["receipt"] == shop.payment.receipt


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/plain", "", "image/png;q=0.1"])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_a_callback_is_taken_with_any_accept_and_user_agent_header(
    shop: Shop, paid: HttpRequest, accept: str, content_type: str
) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Accept": accept})
    path = paid.url.removeprefix("http://127.0.0.1:8000")
    assert client.generic("POST", path, paid.body, content_type).json() == ACCEPTED
    assert shop.status()["status"] == "success"


@pytest.mark.parametrize("slash", ["", "/"])
def test_with_and_without_a_slash_at_the_end(shop: Shop, paid: HttpRequest, slash: str) -> None:
    assert post_callback(attrs.evolve(paid, url=paid.url.rstrip("/") + slash)).status_code == 200
    assert shop.status()["status"] == "success"
    assert post_callback(attrs.evolve(paid, url=UNSIGNED.rstrip("/") + slash)).status_code == 200


@pytest.mark.filterwarnings("ignore:.*Safaricom filters:daraja.errors.ConfigurationWarning")
@pytest.mark.parametrize("slash", ["", "/"])
def test_signed_ones_come_to_the_other_address_too_if_that_is_the_setting(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, slash: str
) -> None:
    monkeypatch.setenv("MPESA_CALLBACK_URL", UNSIGNED)
    shop.push()
    shop.simulator.answer("0712345678", Answer.PAY)
    (callback,) = shop.simulator.due()
    assert callback.url.startswith(UNSIGNED)
    assert post_callback(attrs.evolve(callback, url=f"{callback.url[:-9]}00000000/")).status_code == 404
    assert post_callback(attrs.evolve(callback, url=callback.url.rstrip("/") + slash)).status_code == 200
    assert shop.status()["paid"]


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head"])
def test_nothing_but_post(paid: HttpRequest, method: str) -> None:
    response = getattr(Client(), method)(paid.url.removeprefix("http://127.0.0.1:8000"))
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert not Callback.objects.exists()


def test_where_every_page_wants_a_login(
    shop: Shop, paid: HttpRequest, settings: Any
) -> None:  # Any: pytest-django's own
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    assert post_callback(paid).json() == ACCEPTED
    assert shop.status()["status"] == "success"
    assert shop.push().status_code == 409


def test_behind_a_proxy_that_ends_https(shop: Shop, paid: HttpRequest, settings: Any) -> None:  # Any: as above
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert post_callback(paid, {"X-Forwarded-Proto": "http"}).status_code == 301
    assert post_callback(paid, {"X-Forwarded-Proto": "https"}).json() == ACCEPTED
    assert shop.payment.status == "success"


def test_a_callback_is_kept_though_each_request_is_a_transaction(shop_in_threads: Shop) -> None:
    connections["default"].settings_dict["ATOMIC_REQUESTS"] = True
    try:
        shop_in_threads.push()
        (response,) = shop_in_threads.answer()
    finally:
        connections["default"].settings_dict["ATOMIC_REQUESTS"] = False
    assert response.json() == ACCEPTED
    assert shop_in_threads.payment.status == "success"


def test_a_callback_at_the_unsigned_address_is_stored_and_queried(shop: Shop, paid: HttpRequest) -> None:
    assert post_callback(attrs.evolve(paid, url=UNSIGNED)).json() == ACCEPTED
    assert shop.status()["status"] == "initiated"
    assert shop.payment.next_check_at
    checkout().reconcile()
    assert shop.status()["status"] == "success"


def _forgeries(paid: HttpRequest) -> dict[str, HttpRequest]:
    signed, ours = paid.url.rstrip("/"), json.loads(paid.body)
    bodies = {
        "a list": b"[]",
        "null": b"null",
        "text": b'"paid"',
        "nothing": b"",
        "brackets": b"[" * 65_536,
        "a body that is too long": paid.body + b" " * 65_536,
        "not UTF-8": b"\xff\xfe{}",
        "an envelope of text": b'{"Body": "paid"}',
        "no result": json.dumps(
            {"Body": {"stkCallback": {**ours["Body"]["stkCallback"], "ResultCode": None}}}
        ).encode(),
    }
    return {
        "another signature": attrs.evolve(paid, url=f"{signed[:-8]}00000000"),
        "no signature": attrs.evolve(paid, url=f"{signed.rpartition('/')[0]}/paid"),
        "the key alone": attrs.evolve(paid, url=f"{signed.rpartition('/')[0]}/{Payment.objects.get().key}"),
        "another amount": edited(paid, Amount=1),
        "another id": edited(paid, CheckoutRequestID="ws_CO_150120261200007712345678"),
        "the address for everybody": attrs.evolve(paid, url=UNSIGNED),
        **{name: attrs.evolve(paid, body=body) for name, body in bodies.items()},
    }


def test_no_forgery_pays_for_anything(shop: Shop, paid: HttpRequest) -> None:
    forgeries = _forgeries(paid)
    statuses = {name: post_callback(forgery).status_code for name, forgery in forgeries.items()}
    unknown = {"another signature", "no signature", "the key alone"}
    assert statuses == {name: 404 if name in unknown else 200 for name in forgeries}
    shop.order.refresh_from_db()
    assert shop.order.paid_at is None
    assert_not_paid(checkout(), shop.payment.key)


def test_a_repeated_callback_changes_nothing(shop: Shop, paid: HttpRequest) -> None:
    first = [post_callback(paid).status_code, shop.payment.version, shop.payment.receipt]
    again = [post_callback(paid).status_code, shop.payment.version, shop.payment.receipt]
    assert first == again
    assert_paid_once(checkout(), shop.payment.key)


def test_the_addresses_of_safaricom_are_a_second_lock(
    shop: Shop, paid: HttpRequest, settings: Any
) -> None:  # Any: as above
    settings.DARAJA = settings.DARAJA | {"SENDERS": SAFARICOM_ADDRESSES, "NUM_PROXIES": 1}
    forged = "196.201.214.200, 203.0.113.9"  # the last one is what our own proxy wrote
    assert post_callback(paid, {"X-Forwarded-For": forged}).json() == ACCEPTED
    assert shop.payment.status == "initiated"
    assert post_callback(paid, {"X-Forwarded-For": "203.0.113.9, 196.201.214.200"}).json() == ACCEPTED
    assert shop.payment.status == "success"
    assert list(Callback.objects.values_list("remote_ip", flat=True)) == ["203.0.113.9", "196.201.214.200"]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_cannot_write_asks_safaricom_to_call_again(shop_in_threads: Shop) -> None:
    shop_in_threads.push()
    shop_in_threads.simulator.answer("0712345678", Answer.PAY)
    (callback,) = shop_in_threads.simulator.due()
    with connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE daraja_callback RENAME TO elsewhere")
    try:
        assert post_callback(callback).status_code == 503
    finally:
        with connections["default"].cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO daraja_callback")
    assert post_callback(callback).status_code == 200
    assert shop_in_threads.payment.status == "success"
