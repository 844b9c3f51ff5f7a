"""Logins through the API: how they end, what the database holds of them, and how often passwords may be tried."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import LazySettings, settings
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from rest_framework.test import APIClient

from shop.models import ApiToken, User
from shop.rest import by_address
from shops import PASSWORD, Shop

LOGIN, LOGOUT, ME = (f"/api/users/{name}/" for name in ("login", "logout", "me"))


def log_in(address: str = "127.0.0.1", email: str = "wanjiku@example.com", password: str = PASSWORD) -> APIClient:
    client = APIClient(REMOTE_ADDR=address)
    told = client.post(LOGIN, {"email": email, "password": password})
    if told.status_code == 200:
        client.credentials(HTTP_AUTHORIZATION=f"Token {told.json()['token']}")
    return client


def gets_in(client: APIClient) -> bool:
    return client.get(ME).status_code == 200


@pytest.mark.usefixtures("shop")
def test_a_logout_ends_one_login_and_no_other() -> None:
    phone, laptop = log_in(), log_in()
    assert gets_in(phone)
    assert gets_in(laptop)
    assert phone.post(LOGOUT).status_code == 204
    assert not gets_in(phone)
    assert gets_in(laptop)
    assert phone.post(LOGOUT).status_code == 401


def test_a_logout_of_a_browser_ends_its_session(shop: Shop) -> None:
    browser = Client(headers={"Content-Type": "application/json"})
    browser.force_login(shop.customer)
    assert browser.get(ME).status_code == 200
    assert browser.post("/api/users/logout").status_code == 204
    assert browser.get(ME).status_code == 401


def test_a_new_password_ends_every_login(shop: Shop) -> None:
    phone = log_in()
    shop.customer.set_password("another long enough password")
    shop.customer.save()
    assert not gets_in(phone)
    assert gets_in(log_in(password="another long enough password"))


def test_a_customer_who_is_shut_out_is_out_at_once(shop: Shop) -> None:
    phone = log_in()
    User.objects.filter(pk=shop.customer.pk).update(is_active=False)
    assert not gets_in(phone)


def test_a_login_ends_by_itself_and_is_forgotten(shop: Shop, settings: LazySettings) -> None:
    settings.API_TOKEN_DAYS = 3
    ApiToken.objects.all().delete()
    with time_machine.travel(timedelta(0)) as time:
        phone = log_in()
        time.shift(timedelta(days=3, seconds=-1))
        assert gets_in(phone)
        time.shift(2)
        assert not gets_in(phone)
        assert ApiToken.objects.filter(user=shop.customer).count() == 1
        log_in()
        assert ApiToken.objects.filter(user=shop.customer).count() == 1


def test_the_database_holds_nothing_that_lets_one_in(shop: Shop) -> None:
    token = ApiToken.issue(shop.customer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM shop_apitoken")
        rows = cursor.fetchall()
    assert token not in str(rows)
    for value in (value for row in rows for value in row):
        assert not gets_in(APIClient(HTTP_AUTHORIZATION=f"Token {value}"))


@pytest.mark.parametrize("token", ["", "x", "x" * 5_000, "\u00e9", "null"])
@pytest.mark.usefixtures("shop")
def test_no_other_text_is_a_token(token: str) -> None:
    assert not gets_in(APIClient(HTTP_AUTHORIZATION=f"Token {token}".encode().decode("latin-1")))


@pytest.mark.usefixtures("shop")
def test_one_account_is_not_tried_from_many_addresses() -> None:
    for number in range(100):
        log_in(f"198.51.100.{number}", password="guessed")
    refused = APIClient(REMOTE_ADDR="203.0.113.9").post(LOGIN, {"email": "Wanjiku@example.com", "password": PASSWORD})
    assert refused.status_code == 429
    assert 60 < int(refused["Retry-After"]) <= 3_600


@pytest.mark.usefixtures("shop")
def test_all_addresses_of_one_ipv6_customer_count_together() -> None:
    asked = {"email": "wanjiku@example.com", "password": "guessed"}
    statuses = [
        APIClient(REMOTE_ADDR=f"2001:db8:0:7::{number:x}").post(LOGIN, asked).status_code for number in range(12)
    ]
    assert statuses == [400] * 10 + [429] * 2
    neighbour = APIClient(REMOTE_ADDR="2001:db8:0:8::1").post(LOGIN, asked)
    assert neighbour.status_code == 400


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("unix:", ""),
    ],
)
def test_an_address_counts_as_its_block(address: str, counted: str) -> None:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = address
    assert by_address(request) == counted


def test_the_rate_for_one_account_is_what_owasp_asks_for() -> None:
    assert settings.THROTTLES["login_of_account"] == "100/hour"
