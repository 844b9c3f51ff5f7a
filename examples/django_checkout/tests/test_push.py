"""Asking for money through the API: once for each order, and never for anything but its amount."""

from datetime import datetime, timedelta

import pytest
import requests
import requests_mock
import time_machine
from django.conf import LazySettings, settings
from django.db import connections, transaction
from rest_framework.test import APIClient

from daraja import explain, short_reference
from daraja.simulator import Answer
from daraja.simulator.products.stk.scenarios import MAGIC_NUMBERS
from daraja.testing import assert_not_pushed, assert_pushed
from payments.charging import charge
from payments.models import Payment
from shop.models import ApiToken, Order, User
from shops import DARAJA, PHONE, Shop, post_callback

PUSH = "/api/payments/mpesa/stk-push/"
NUMBERS = {row.name: row.number for row in MAGIC_NUMBERS}


def test_a_push_is_answered_as_front_ends_expect(shop: Shop) -> None:
    response = shop.push()
    assert (response.status_code, response.json()) == (
        200,
        {
            "status": "success",
            "message": "Enter your M-Pesa PIN on your phone.",
            "checkout_request_id": shop.engine.stk.pushes[0].checkout_request_id,
            "order_id": "ORD-2026-001",
            "amount": "500",
        },
    )
    assert_pushed(shop.simulator, phone=PHONE, amount=500, reference="ORD-2026-001")


def test_a_payment_can_be_asked_for_by_its_status(shop: Shop) -> None:
    shop.push()
    payment = Payment.objects.filter(status="initiated").get()
    assert (payment.user, payment.order_id, payment.amount) == (shop.customer, "ORD-2026-001", 500)
    assert (payment.phone, payment.receipt) == (PHONE, None)
    assert payment.checkout_request_id == shop.engine.stk.pushes[0].checkout_request_id


def test_an_order_id_of_any_length_is_shown_as_a_short_reference(shop: Shop) -> None:
    order = shop.another_order("ORDER/2026/November/000000000000000117")
    assert shop.push(order_id=order.pk).status_code == 200
    assert_pushed(shop.simulator, reference=short_reference(order.pk))


WRONG: list[tuple[dict[str, object], str]] = [
    ({"amount": None}, "amount"),
    ({"amount": "many"}, "amount"),
    ({"amount": 0}, "amount"),
    ({"amount": -500}, "amount"),
    ({"amount": 10**9}, "amount"),
    ({"amount": "NaN"}, "amount"),
    ({"amount": True}, "amount"),
    ({"amount": [500]}, "amount"),
    ({"phone": None}, "phone"),
    ({"phone": "call me"}, "phone"),
    ({"phone": "0812345678"}, "phone"),
    ({"phone": "+1 202 555 0100"}, "phone"),
    ({"phone": 712345678.5}, "phone"),
    ({"phone": {"number": PHONE}}, "phone"),
    ({"order_id": None}, "order_id"),
    ({"order_id": ["ORD-2026-001"]}, "order_id"),
    ({"order_id": "x" * 2_000}, "order_id"),
    ({"order_id": "ORD\0"}, "order_id"),
]
WORDS = {
    "order_id": "Name the order that is to be paid, in order_id.",
    "amount": "Give the amount of the order in KES, such as 500.",
    "phone": "Enter a Kenyan mobile number such as 0712 345 678.",
}


@pytest.mark.parametrize(("changes", "field"), WRONG, ids=str)
def test_a_wrong_field_is_explained_in_one_sentence_and_prompts_nobody(
    shop: Shop, changes: dict[str, object], field: str
) -> None:
    response = shop.push(**changes)
    assert response.status_code == 400
    assert response.json() == {"detail": WORDS[field], "errors": {field: WORDS[field]}}
    assert_not_pushed(shop.simulator)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("amount", [499, "500.50"])
def test_another_amount_than_the_order_s_prompts_nobody(shop: Shop, amount: object) -> None:
    response = shop.push(amount=amount)
    told = "This order costs KES 500. Go back to your orders and start again."
    assert (response.status_code, response.json()) == (400, {"detail": told})
    assert_not_pushed(shop.simulator)


@pytest.mark.parametrize("body", ["{", "[]", "null", '"ORD-2026-001"', "[" * 5_000, "\ud800"])
def test_a_body_that_is_not_a_json_object_is_refused(shop: Shop, body: str) -> None:
    response = shop.api.post(PUSH, body.encode("utf-8", "surrogatepass"), content_type="application/json")
    assert response.status_code == 400
    assert response.json() == {"detail": "The body of this request has to be a JSON object."}
    assert_not_pushed(shop.simulator)


@pytest.mark.parametrize("body", ["", "{}"])
def test_missing_fields_are_named(shop: Shop, body: str) -> None:
    response = shop.api.post(PUSH, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json() == {"detail": WORDS["order_id"], "errors": WORDS}
    assert_not_pushed(shop.simulator)


def test_a_form_is_refused(shop: Shop) -> None:
    body = f"order_id={shop.order.pk}&amount=500&phone={PHONE}"
    response = shop.api.post(PUSH, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415
    told = "Send this request as JSON, with the header Content-Type: application/json."
    assert response.json() == {"detail": told}
    assert_not_pushed(shop.simulator)


def test_a_request_without_a_valid_token_gets_401(shop: Shop) -> None:
    asked = {"order_id": shop.order.pk, "amount": 500, "phone": PHONE}
    assert APIClient().post(PUSH, asked).status_code == 401
    ApiToken.objects.all().delete()
    assert shop.push().status_code == 401
    assert_not_pushed(shop.simulator)


def test_the_order_of_another_customer_does_not_exist(shop: Shop) -> None:
    stranger = User.objects.create_user("otieno@example.com")
    order = Order.objects.create(order_id="ORD-2026-009", user=stranger, description="Laundry", amount=500)
    assert shop.push(order_id=order.pk).status_code == 404
    assert shop.push(order_id="ORD-404").status_code == 404
    for path in (f"/api/orders/{order.pk}/payment-status/", "/api/orders/ORD-404/payment-status/"):
        assert shop.api.get(path).status_code == 404
        assert shop.api.post(f"{path}check/").status_code == 404
    assert_not_pushed(shop.simulator)


def test_an_order_above_m_pesa_s_limit_is_a_clear_error(shop: Shop) -> None:
    Order.objects.filter(pk=shop.order.pk).update(amount=250_001)
    response = shop.push(amount=250_001)
    assert (response.status_code, "Please contact us" in response.json()["detail"]) == (400, True)
    assert_not_pushed(shop.simulator)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("key", ["PASSKEY", "CALLBACK_URL"])
def test_settings_that_cannot_be_used_are_our_mistake_and_in_the_log(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    monkeypatch.setenv(f"MPESA_{key}", "")
    shop.api.raise_request_exception = False
    response = shop.push()
    assert response.status_code == 500
    assert response.json() == {"detail": "Something went wrong on our side. Please try again in a little while."}
    assert [record.name for record in caplog.records if record.levelname == "ERROR"] == ["django.request"]
    assert_not_pushed(shop.simulator)
    assert not Payment.objects.exists()


def test_an_order_in_progress_is_not_pushed_again(shop: Shop) -> None:
    first = shop.push().json()
    assert shop.push(phone="+254712345678").json() == first
    assert shop.push().json() == first
    assert_pushed(shop.simulator)


def test_another_phone_gets_the_prompted_phone_and_its_time(shop: Shop) -> None:
    with time_machine.travel(timedelta(0)) as time:
        shop.push(phone="0733 000 031")
        time.shift(50)
        refused = shop.push(phone="0110 000 044")
        told = refused.json()
        assert refused.status_code == 409
        assert told["detail"].startswith("2547*****031 is being asked to pay KES 500 for this order.")
        assert "0110" not in told["detail"]
        assert (refused["Retry-After"], "try again in 130 seconds" in told["detail"]) == ("130", True)
        assert datetime.fromisoformat(told["retry_at"]) == shop.payment.created_at + timedelta(minutes=3)
    assert_pushed(shop.simulator, phone="254733000031")


@pytest.mark.parametrize("path", ["payments/mpesa/stk-push", "payments/mpesa/stk-push/"])
def test_a_slash_at_the_end_is_not_needed(shop: Shop, path: str) -> None:
    asked = {"order_id": shop.order.pk, "amount": "500", "phone": PHONE}
    assert shop.api.post(f"/api/{path}", asked).status_code == 200
    assert shop.api.post(f"/api/orders/{shop.order.pk}/payment-status/check").status_code == 200
    assert shop.api.get("/api/payments").status_code == 200
    assert_pushed(shop.simulator)


def test_messages_that_ask_for_a_call_say_where(shop: Shop, settings: LazySettings) -> None:
    settings.SHOP_CONTACT = "0722 000 000"
    Order.objects.filter(pk=shop.order.pk).update(amount=300_000)
    assert (
        shop.push(amount=300_000).json()["detail"].endswith("Please contact us about another way to pay. 0722 000 000")
    )


def test_a_paid_order_says_so(shop: Shop) -> None:
    shop.push()
    shop.answer()
    response = shop.push()
    assert (response.status_code, response.json()) == (409, {"detail": "This order is already paid. Thank you!"})
    assert_pushed(shop.simulator)


def test_a_customer_who_cancelled_may_try_again_a_minute_later(shop: Shop) -> None:
    with time_machine.travel(timedelta(0)) as time:
        shop.push()
        shop.answer(Answer.CANCEL)
        time.shift(22)
        too_early = shop.push(phone="0722 000 034")
        told = {
            "detail": "You were not charged. You can try again in 38 seconds.",
            "retry_at": shop.status()["retry_at"],
        }
        assert (too_early.status_code, too_early["Retry-After"], too_early.json()) == (409, "38", told)
        time.shift(39)
        assert shop.push().status_code == 200
        shop.answer()
        assert [payment.status for payment in Payment.objects.all()] == ["success", "failed"]
    assert_pushed(shop.simulator, times=2)


def test_an_answer_that_was_lost_is_not_pushed_again(shop: Shop) -> None:
    response = shop.push(phone=NUMBERS["ANSWER_LOST"])
    assert (response.status_code, response.json()["checkout_request_id"]) == (200, "")
    assert shop.push(phone=NUMBERS["ANSWER_LOST"]).json() == response.json()
    assert [payment.status for payment in Payment.objects.all()] == ["pending"]
    assert_pushed(shop.simulator)


def test_nobody_is_told_a_time_while_an_answer_is_lost(shop: Shop) -> None:
    shop.push(phone=NUMBERS["ANSWER_LOST"])
    refused = shop.push(phone=PHONE)
    assert (refused.status_code, list(refused.json())) == (409, ["detail"])
    assert "do not pay in another way yet" in refused.json()["detail"]
    assert "Retry-After" not in refused
    assert_pushed(shop.simulator)


@pytest.mark.parametrize("busy_seconds", [60])
def test_a_second_order_of_a_phone_waits_a_minute_as_daraja_takes_one_request_of_a_phone(shop: Shop) -> None:
    other = shop.another_order()
    with time_machine.travel(timedelta(0)) as time:
        assert shop.push().status_code == 200
        refused = shop.push(order_id=other.pk)
        told = "Another M-Pesa request is open on your phone. Try again in 60 seconds, or use another phone."
        assert (refused.status_code, refused.json()["detail"], refused["Retry-After"]) == (429, told, "60")
        time.shift(61)
        assert shop.push(order_id=other.pk).status_code == 200
    assert_pushed(shop.simulator, times=2)


def test_a_request_that_daraja_takes_and_then_finds_the_phone_busy_is_explained(shop: Shop) -> None:
    with time_machine.travel(timedelta(0)) as time:
        shop.push(phone="0700 001 001")
        time.shift(10)
        for callback in shop.simulator.due():
            post_callback(callback)
        told = shop.status()
    assert (told["status"], told["message"]) == ("failed", explain("stk", "1001").customer_message)


REFUSALS = [
    (400, {"errorCode": "400.002.02", "errorMessage": "Bad Request - Invalid Amount"}, 500),
    (500, {"errorCode": "500.001.1001", "errorMessage": "Unable to lock subscriber, a transaction is in process"}, 429),
    (500, {"errorCode": "500.001.1001", "errorMessage": "Wrong credentials"}, 500),
]


@pytest.mark.parametrize(("status", "body", "told"), REFUSALS, ids=str)
def test_a_refusal_of_daraja_is_shown_in_plain_words(
    shop: Shop, requests_mock: requests_mock.Mocker, status: int, body: dict[str, str], told: int
) -> None:
    requests_mock.post(f"{DARAJA}/mpesa/stkpush/v1/processrequest", status_code=status, json=body)
    response = shop.push()
    assert response.status_code == told
    assert set(response.json()) - {"retry_at"} == {"detail"}
    assert body["errorMessage"] not in response.json()["detail"]
    assert [payment.status for payment in Payment.objects.all()] == ["failed"]


def test_a_daraja_that_is_down_charges_nobody_and_may_be_tried_again_at_once(
    shop: Shop, requests_mock: requests_mock.Mocker
) -> None:
    down = ["Daraja"]
    requests_mock.get(
        f"{DARAJA}/oauth/v1/generate", exc=requests.ConnectTimeout, additional_matcher=lambda _: bool(down)
    )
    response = shop.push()
    assert (response.status_code, "nothing was charged" in response.json()["detail"]) == (500, True)
    assert [payment.status for payment in Payment.objects.all()] == ["failed"]
    down.clear()
    assert shop.push().status_code == 200
    assert_pushed(shop.simulator)


def test_a_burst_is_throttled(shop: Shop) -> None:
    allowed = int(settings.THROTTLES["push"].partition("/")[0])
    statuses = [shop.push().status_code for _ in range(100)]
    assert statuses == [200] * allowed + [429] * (100 - allowed)
    assert_pushed(shop.simulator)


@pytest.mark.django_db(transaction=True)
def test_no_prompt_is_sent_inside_a_transaction(shop_in_threads: Shop) -> None:
    with transaction.atomic(), pytest.raises(transaction.TransactionManagementError, match="non_atomic_requests"):
        charge(shop_in_threads.order, PHONE)
    assert_not_pushed(shop_in_threads.simulator)


def test_requests_in_transactions_of_their_own_leave_the_push_out(shop_in_threads: Shop) -> None:
    status = f"/api/orders/{shop_in_threads.order.pk}/payment-status/"
    connections["default"].settings_dict["ATOMIC_REQUESTS"] = True
    try:
        assert shop_in_threads.push().status_code == 200
        assert shop_in_threads.answer()[0].status_code == 200
        assert shop_in_threads.api.post(f"{status}check/").status_code == 200
    finally:
        connections["default"].settings_dict["ATOMIC_REQUESTS"] = False
