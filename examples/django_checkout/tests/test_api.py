"""Logging in, who one is, the history and the status of an order, as front ends rely on them."""

from datetime import timedelta
from typing import Any

import attrs
import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient

from daraja import Payment as DarajaPayment
from daraja import Status
from daraja.django import checkout, rows
from daraja.simulator import Answer
from payments.models import Payment
from payments.views import MOST_LISTED
from shop.models import Order, User
from shops import PASSWORD, PHONE, Shop, edited, pay_another_amount, post_callback


@pytest.mark.parametrize("email", ["wanjiku@example.com", "Wanjiku@Example.COM"])
def test_a_customer_logs_in_by_e_mail_address(shop: Shop, email: str) -> None:
    told = APIClient().post("/api/users/login/", {"email": email, "password": PASSWORD}).json()
    me = {
        "id": shop.customer.pk,
        "email": "wanjiku@example.com",
        "first_name": "Wanjiku",
        "last_name": "",
        "phone": PHONE,
    }
    assert told["user"] == me
    assert APIClient(HTTP_AUTHORIZATION=f"Token {told['token']}").get("/api/users/me/").json() == me


@pytest.mark.parametrize(
    ("typed", "given"),
    [("0110 555 666", "254110555666"), ("+254 733 000 031", "254733000031"), ("+1 202 555 0100", ""), ("", "")],
)
def test_front_ends_get_the_phone_in_the_form_that_they_check_for(shop: Shop, typed: str, given: str) -> None:
    User.objects.update(phone=typed)
    logged_in = APIClient().post("/api/users/login", {"email": "wanjiku@example.com", "password": PASSWORD})
    assert logged_in.json()["user"]["phone"] == shop.api.get("/api/users/me/").json()["phone"] == given


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "wanjiku@example.com", "password": "guessed"},
        {"email": "nobody@example.com", "password": PASSWORD},
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_wrong_password_or_address_does_not_log_in(asked: dict[str, str]) -> None:
    response = APIClient().post("/api/users/login/", asked)
    told = {"detail": "The e-mail address or the password is wrong."}
    assert (response.status_code, response.json()) == (400, told)


@pytest.mark.parametrize(
    ("asked", "errors"),
    [
        ({"email": "no address", "password": PASSWORD}, {"email": "Enter your e-mail address."}),
        ({"email": "wanjiku@example.com"}, {"password": "Enter your password."}),
        ({}, {"email": "Enter your e-mail address.", "password": "Enter your password."}),
    ],
)
def test_each_wrong_field_of_a_login_has_one_sentence(asked: dict[str, str], errors: dict[str, str]) -> None:
    response = APIClient().post("/api/users/login/", asked)
    assert response.status_code == 400
    assert response.json() == {"detail": next(iter(errors.values())), "errors": errors}


@pytest.mark.usefixtures("shop")
def test_guessing_passwords_is_throttled() -> None:
    asked = {"email": "wanjiku@example.com", "password": "guessed"}
    statuses = [APIClient().post("/api/users/login/", asked).status_code for _ in range(12)]
    assert statuses == [400] * 10 + [429] * 2
    refused = APIClient().post("/api/users/login/", asked)
    assert refused.json() == {"detail": "That was a few times too often. Wait a little, then try again."}
    assert 0 < int(refused["Retry-After"]) <= 60


@pytest.mark.usefixtures("shop")
def test_customers_who_share_an_address_do_not_keep_each_other_out() -> None:
    customers = [User.objects.create_user(f"customer{number}@example.com", PASSWORD) for number in range(12)]
    for customer in customers:
        asked = {"email": customer.email, "password": PASSWORD}
        assert APIClient().post("/api/users/login/", asked).status_code == 200


@pytest.mark.usefixtures("shop")
def test_one_address_cannot_try_names_without_end() -> None:
    allowed = int(settings.THROTTLES["login_of_address"].partition("/")[0])
    asked = [{"email": f"customer{number}@example.com", "password": "123456"} for number in range(allowed + 2)]
    statuses = [APIClient().post("/api/users/login/", guess).status_code for guess in asked]
    assert statuses == [400] * allowed + [429] * 2


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("spelt", [" wanjiku@example.com", "WANJIKU@EXAMPLE.COM", "wanjiku@example.com "])
def test_another_spelling_of_a_name_counts_as_the_same(spelt: str) -> None:
    for _ in range(10):
        APIClient().post("/api/users/login/", {"email": "wanjiku@example.com", "password": "guessed"})
    assert APIClient().post("/api/users/login/", {"email": spelt, "password": "guessed"}).status_code == 429


def test_without_the_cache_nobody_is_limited(
    shop: Shop, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:  # Any: pytest-django's own
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1"}}
    asked = {"email": "wanjiku@example.com", "password": PASSWORD}
    assert [APIClient().post("/api/users/login/", asked).status_code for _ in range(12)] == [200] * 12
    assert [shop.push().status_code for _ in range(2)] == [200] * 2
    assert len(shop.simulator.pushes) == 1
    assert "throttle.cache_away error=ConnectionError" in caplog.text


@pytest.mark.django_db
def test_one_customer_for_each_address_in_upper_or_lower_case() -> None:
    User.objects.create_user("wanjiku@example.com")
    with pytest.raises(IntegrityError):
        User.objects.create_user("WANJIKU@example.com")


@pytest.mark.parametrize("path", ["users/me/", "payments/", "orders/ORD-2026-001/payment-status/"])
@pytest.mark.usefixtures("shop")
def test_without_a_login_no_data_is_returned(path: str) -> None:
    response = APIClient().get(f"/api/{path}")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Token")
    assert response.json() == {"detail": "Please log in first."}


@pytest.mark.parametrize("send", [APIClient.get, APIClient.post])
def test_a_text_that_no_database_can_search_is_not_found(shop: Shop, send: Any) -> None:  # Any: either
    check = "" if send is APIClient.get else "check/"
    response = send(shop.api, f"/api/orders/%00/payment-status/{check}")
    assert (response.status_code, response.json()) == (
        404,
        {"detail": "There is nothing at this address, or it is not yours."},
    )


def test_the_status_of_an_unpaid_order(shop: Shop) -> None:
    assert shop.status() == {
        "order_id": "ORD-2026-001",
        "amount": "500",
        "paid": False,
        "status": "unpaid",
        "message": "This order is not paid yet.",
        "checkout_request_id": "",
        "receipt": "",
        "may_retry": True,
        "retry_at": None,
        "final": False,
    }


def test_the_status_of_an_order_follows_its_payment(shop: Shop) -> None:
    with time_machine.travel(timedelta(0)) as time:
        shop.push()
        assert (shop.status()["status"], shop.status()["may_retry"]) == ("initiated", False)
        assert not shop.status()["final"]
        shop.answer(Answer.CANCEL)
        assert (shop.status()["status"], shop.status()["may_retry"], bool(shop.status()["retry_at"])) == (
            "failed",
            False,
            True,
        )
        time.shift(61)
        assert (shop.status()["may_retry"], shop.status()["final"]) == (True, True)
        shop.push()
        shop.answer()
        told = shop.status()
    assert (told["status"], told["receipt"]) == ("success", shop.payment.receipt)
    assert (told["paid"], told["may_retry"], told["final"]) == (True, False, True)


def test_a_success_is_called_one_only_where_it_counts(shop: Shop) -> None:
    def told() -> list[str]:
        rows = shop.api.get("/api/payments/").json()
        chosen = shop.api.get(f"/api/payments/?status={rows[0]['status']}").json()
        assert chosen == rows
        return [shop.status()["status"], rows[0]["status"]]

    pay_another_amount(shop)
    assert shop.payment.status == "success"
    assert told() == ["unconfirmed"] * 2
    assert (shop.status()["paid"], shop.status()["may_retry"]) == (False, False)
    assert "do not pay again" in shop.status()["message"]
    assert shop.api.get("/api/payments/?status=success").json() == []

    key = shop.payment.key
    checkout().resolve(key, paid=False, note="not on the statement", by="otieno")
    assert told() == ["failed"] * 2
    assert shop.status()["message"] == "We have looked, and your payment did not arrive."

    checkout().resolve(key, paid=True, note="on the next page of it", by="otieno")
    assert told() == ["success"] * 2
    assert shop.status()["paid"]


def test_another_attempt_is_offered_only_where_every_one_before_charged_nobody(shop: Shop) -> None:
    with time_machine.travel(timedelta(0)) as time:
        first = shop.cancelled()
        time.shift(61)
        shop.push()
        shop.answer(Answer.CANCEL)
        time.shift(61)
        assert shop.status()["may_retry"]
        post_callback(edited(first, ResultCode=0, ResultDesc="Paid", CheckoutRequestID="ws_CO_another"))
        assert (shop.status()["status"], shop.status()["may_retry"]) == ("unconfirmed", False)
        assert shop.push().status_code == 409
    assert len(shop.simulator.pushes) == 2


def test_checking_again_asks_daraja_when_that_is_due_and_not_before(shop: Shop) -> None:
    path = f"/api/orders/{shop.order.pk}/payment-status/check/"
    with time_machine.travel(timedelta(0)) as time:
        assert shop.api.post(path).json()["status"] == "unpaid"
        shop.push()
        shop.simulator.answer(PHONE, Answer.PAY)  # and its callback gets lost
        assert shop.api.post(path).json()["status"] == "initiated"
        assert _asked(shop) == 0
        time.shift(60)
        told = shop.api.post(path).json()
    assert (told["status"], told["message"]) == ("success", "Thank you, your payment has arrived.")
    assert _asked(shop) == 1
    shop.order.refresh_from_db()
    assert shop.order.paid_at is not None


def _asked(shop: Shop) -> int:
    prompt = shop.engine.stk.find(shop.engine.stk.pushes[0].checkout_request_id)
    assert prompt
    return prompt.queried


def test_the_history_shows_the_customer_s_own_payments_and_can_be_filtered(shop: Shop) -> None:
    stranger = User.objects.create_user("otieno@example.com")
    shop.push()
    shop.answer()
    other = shop.another_order()
    shop.push(order_id=other.pk, phone="0712345679")
    listed: list[dict[str, Any]] = shop.api.get("/api/payments/").json()  # Any: whatever JSON holds
    assert [(row["order_id"], row["status"], row["amount"]) for row in listed] == [
        ("ORD-2026-002", "initiated", "500"),
        ("ORD-2026-001", "success", "500"),
    ]
    assert [row["order_id"] for row in shop.api.get("/api/payments/?status=success").json()] == ["ORD-2026-001"]
    assert [row["order_id"] for row in shop.api.get("/api/payments/?order_id=ORD-2026-002").json()] == ["ORD-2026-002"]
    assert shop.api.get("/api/payments/?status=lost").json() == []
    for name in ("status", "order_id"):
        assert shop.api.get(f"/api/payments/?{name}=%00").json() == []
    client = APIClient()
    client.force_authenticate(stranger)
    assert client.get("/api/payments/").json() == []


def fill_the_list(shop: Shop, payment: DarajaPayment) -> None:
    """Store as many newer ones as are listed."""
    others = [attrs.evolve(payment, key=f"{number:032}", attempt=number + 2) for number in range(MOST_LISTED)]
    whose = {"order": shop.order, "user": shop.customer}
    Payment.objects.bulk_create(Payment(**whose, **rows.new_values(Payment, one)) for one in others)


def test_of_a_long_history_the_newest_are_listed(shop: Shop) -> None:
    shop.push()
    shop.answer(Answer.CANCEL)
    first = shop.payment.record
    other = attrs.evolve(first, idempotency_key=None, facts={})
    fill_the_list(shop, other)
    Payment.objects.filter(pk=first.key).update(created_at=first.created_at - timedelta(days=1))
    listed = shop.api.get("/api/payments/").json()
    assert len(listed) == MOST_LISTED
    assert first.checkout_request_id not in {row["checkout_request_id"] for row in listed}


def test_the_status_is_looked_for_among_all_payments_and_not_only_among_the_newest(shop: Shop) -> None:
    shop.push()
    shop.answer()
    paid = shop.payment.record
    other = attrs.evolve(paid, idempotency_key=None, facts={}, status=Status.FAILED, succeeded_at=None)
    fill_the_list(shop, other)
    Payment.objects.filter(pk=paid.key).update(created_at=paid.created_at - timedelta(days=1))
    assert [row["status"] for row in shop.api.get("/api/payments/?status=success").json()] == ["success"]


@pytest.mark.usefixtures("shop")
def test_a_front_end_elsewhere_is_let_in_only_where_it_is_listed(settings: Any) -> None:  # Any: as above
    settings.CORS_ALLOWED_ORIGINS = ["https://front.example"]
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

    def allowed(origin: str) -> str | None:
        response = Client().options("/api/payments/mpesa/stk-push/", headers={"Origin": origin, **asked})
        return response.headers.get("Access-Control-Allow-Origin")

    assert allowed("https://front.example") == "https://front.example"
    assert allowed("https://elsewhere.example") is None


def test_a_payment_above_nothing_and_one_open_payment_for_each_order(shop: Shop) -> None:
    shop.push()
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=shop.order.pk).update(amount=0)
    row = Payment.objects.get()
    row.pk, row.checkout_request_id = "another", "ws_CO_2"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
