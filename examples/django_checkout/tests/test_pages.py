"""The pages as the server renders them: who sees them, the lists, and what they answer to nonsense."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import attrs
import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path

from daraja.django import rows
from daraja.simulator import Answer
from desk import owner
from payments.models import Payment
from reader import CHECKOUT, OWN, logged_in, post, text_of
from shop import urls as shop_urls
from shop.models import Order, User
from shops import DARAJA, PASSWORD, Shop


def break_down(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(request.path)


handler400, handler403 = shop_urls.handler400, shop_urls.handler403
handler404, handler500 = shop_urls.handler404, shop_urls.handler500
urlpatterns = [path("broken", break_down), path("api/broken", break_down), *shop_urls.urlpatterns]


@pytest.fixture
def browser(shop: Shop) -> Client:
    """Give a browser in which the customer is logged in."""
    return logged_in(shop)


# Who may see what


@pytest.mark.parametrize("address", OWN)
def test_a_page_needs_a_login_and_is_shown_after_it(shop: Shop, address: str) -> None:
    response = Client().get(address)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/login?{urlencode({'next': address}, safe='/')}"
    inside = post(Client(enforce_csrf_checks=True), "/login", username=shop.customer.email, password=PASSWORD)
    assert inside.headers["Location"] == "/"


@pytest.mark.django_db
def test_login_by_e_mail_in_upper_or_lower_case_and_logout(shop: Shop) -> None:
    client = Client(enforce_csrf_checks=True)
    response = post(client, "/login", username="WANJIKU@example.com", password=PASSWORD, next=CHECKOUT)
    assert response.headers["Location"] == CHECKOUT
    assert client.get("/login").headers["Location"] == "/"
    assert post(client, "/logout").headers["Location"] == "/login"
    assert client.get(CHECKOUT).status_code == 302
    assert shop.customer.email == "wanjiku@example.com"


@pytest.mark.parametrize(
    ("username", "password"), [("wanjiku@example.com", "a wrong one"), ("nobody@example.com", PASSWORD)]
)
def test_a_wrong_login_does_not_tell_what_was_wrong(shop: Shop, username: str, password: str) -> None:
    assert shop.customer.is_active
    response = post(Client(enforce_csrf_checks=True), "/login", username=username, password=password)
    assert "The e-mail address or the password is wrong." in text_of(response)
    assert password not in response.content.decode()


def test_passwords_cannot_be_tried_without_end_neither_here_nor_through_the_api(shop: Shop) -> None:
    client = Client(enforce_csrf_checks=True)
    for _ in range(10):
        assert post(client, "/login", username="wanjiku@example.com", password="wrong").status_code == 200
    response = post(client, "/login", username="wanjiku@example.com", password=PASSWORD)
    assert response.status_code == 429
    assert "Wait a little" in text_of(response)
    again = client.post(
        "/api/users/login/", {"email": shop.customer.email, "password": PASSWORD}, content_type="application/json"
    )
    assert again.status_code == 429


def test_passwords_are_limited_at_the_admin_which_lets_in_only_staff(shop: Shop) -> None:
    User.objects.create_superuser("admin@example.com", PASSWORD)
    address = "/admin/login/?next=/admin/shop/order/"
    for email in ("admin@example.com", shop.customer.email):
        client = Client()
        client.get(address)
        let_in = client.post(address, {"username": email, "password": PASSWORD, "next": "/admin/shop/order/"})
        assert let_in.status_code == (302 if email == "admin@example.com" else 200)

    client = Client()
    for _ in range(9):
        assert client.post(address, {"username": "admin@example.com", "password": "wrong"}).status_code == 200
    refused = client.post(address, {"username": "admin@example.com", "password": PASSWORD})
    assert (refused.status_code, "Wait a little, then try again." in text_of(refused)) == (429, True)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "address",
    ["/checkout?order_id=ORD-9&amount=500", "/orders/ORD-9/payment-status", "/orders/%00/payment-status"],
)
@pytest.mark.parametrize("send", [Client.get, post])
def test_an_order_that_is_not_ones_own_does_not_exist(browser: Client, address: str, send: Any) -> None:  # Any: either
    stranger = User.objects.create_user("otieno@example.com", PASSWORD)
    Order.objects.create(order_id="ORD-9", user=stranger, description="Ironing", amount=500)
    response = send(browser, address)
    assert response.status_code == 404
    assert "There is nothing at this address, or it is not yours." in text_of(response)
    assert Payment.objects.count() == 0


# The lists


def test_the_orders_say_how_far_each_is(shop: Shop, browser: Client) -> None:
    for name in ("ORD/2 #?", "ORD-3", "ORD-4"):
        shop.another_order(name)
    stranger = User.objects.create_user("otieno@example.com", PASSWORD)
    Order.objects.create(order_id="ORD-9", user=stranger, description="Shoes", amount=500)
    shop.push()
    shop.answer()
    shop.push(order_id="ORD-3", phone="0712 345 679")
    shop.push(order_id="ORD-4", phone="0712 345 670")
    looked_into = attrs.evolve(Payment.objects.get(order="ORD-4").record, conflicts=frozenset({"amount"}))
    Payment.objects.filter(order="ORD-4").update(**rows.changing_values(Payment, looked_into))
    page = browser.get("/")
    shown = text_of(page)
    for number, word in {"ORD-2026-001": "Paid", "ORD-3": "Waiting for you", "ORD-4": "We are looking into it"}.items():
        assert re.search(rf"{number} · [^·]+ KES 500 {word}", shown)
    assert 'href="/checkout?order_id=ORD%2F2%20%23%3F&amp;amount=500"' in page.content.decode()
    assert "Shoes" not in shown
    assert browser.get("/orders/ORD/2%20%23%3F/payment-status").status_code == 200


def test_twenty_orders_are_on_a_page(shop: Shop, browser: Client) -> None:
    for number in range(20):
        shop.another_order(f"ORD-{number}")
    assert "Page 1 of 2 Older" in text_of(browser.get("/"))
    assert "Newer Page 2 of 2" in text_of(browser.get("/?page=2"))
    assert browser.get("/?page=9").status_code == 404


def test_the_history_is_ones_own(shop: Shop, browser: Client) -> None:
    shop.push()
    shop.answer()
    assert f"0712 345 678 · {shop.payment.receipt}" in text_of(browser.get("/payments"))
    browser.force_login(User.objects.create_user("otieno@example.com", PASSWORD))
    assert "You have not paid for anything yet." in text_of(browser.get("/payments"))


def test_each_payment_of_the_history_leads_to_its_order(shop: Shop, browser: Client) -> None:
    with time_machine.travel(timedelta(0)) as time:
        shop.push()
        shop.answer(Answer.CANCEL)
        time.shift(61)
        shop.push()
        page = browser.get("/payments")
    assert re.findall("Waiting for you|Not paid", text_of(page)) == ["Waiting for you", "Not paid"]
    assert page.content.decode().count('href="/orders/ORD-2026-001/payment-status"') == 2


@pytest.mark.parametrize("address", ["/", "/payments", "/api/payments/", "/admin/payments/payment/"])
def test_a_longer_list_asks_the_database_no_more_often(shop: Shop, address: str) -> None:
    browser = owner() if "admin" in address else logged_in(shop)

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address).status_code == 200
        return len(asked)

    shop.push()
    browser.get(address)
    one = questions()
    for number in range(4):
        shop.push(order_id=shop.another_order(f"ORD-{number}").pk, phone=f"07220000{number:02}")
    assert questions() == one


# What holds for all of them


@pytest.mark.parametrize("address", ["/login", "/nothing", *OWN])
def test_every_page_obeys_its_own_policy(shop: Shop, browser: Client, address: str) -> None:
    shop.push()
    response = browser.get(address, follow=True)
    body = response.content.decode()
    assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", body) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)", body) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', body.replace(DARAJA, "")) == []
    assert re.search(r"<title>[^<·]+ · Duka</title>", body)
    fields = set(re.findall(r'<input id="(\w+)"', body))
    assert fields == set(re.findall(r'<label for="(\w+)"', body))


@pytest.mark.parametrize("address", OWN)
def test_pages_of_ones_own_are_kept_nowhere(browser: Client, address: str) -> None:
    assert "no-store" in browser.get(address).headers["Cache-Control"]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status", "words"),
    [("nothing", 404, "There is nothing at this address"), ("broken", 500, "Something went wrong on our side.")],
)
def test_an_error_is_words_for_people_and_json_for_programs(address: str, status: int, words: str) -> None:
    client = Client(raise_request_exception=False)
    page = client.get(f"/{address}")
    assert page.status_code == status
    assert words in text_of(page)
    assert "RuntimeError" not in page.content.decode()
    answer = client.get(f"/api/{address}")
    assert answer.status_code == status
    assert list(answer.json()) == ["detail"]
    assert words in answer.json()["detail"]


def test_an_unknown_address_of_the_api_is_json_also_where_debug_is_on(settings: LazySettings) -> None:
    settings.DEBUG = True
    for send in (Client().get, Client().post):
        answer = send("/api/nothing/here")
        assert (answer.status_code, list(answer.json())) == (404, ["detail"])


def test_a_request_for_another_host_gets_only_that_error() -> None:
    answer = Client(headers={"Host": "evil.example"}).get("/api/users/me/")
    assert (answer.status_code, answer.json()) == (
        400,
        {"detail": "We could not read this request. Please try again."},
    )


def test_a_form_that_is_too_old_is_explained(browser: Client) -> None:
    response = browser.post(CHECKOUT, {"phone": "0712 345 678"})
    assert response.status_code == 403
    assert "This page is too old Nothing was done." in text_of(response)
    assert Payment.objects.count() == 0


def test_a_browser_finds_the_icon_where_it_looks_by_itself() -> None:
    assert Client().get("/favicon.ico").headers["Location"] == "/static/shop/icon.svg"


def test_the_names_that_settings_know_lead_somewhere() -> None:
    assert [resolve_url(name) for name in ("orders", "login", "checkout", "history")] == [
        "/",
        "/login",
        "/checkout",
        "/payments",
    ]
