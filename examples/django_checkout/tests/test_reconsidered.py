"""A person finds that the money of a paid order is not there: all that shows it says so, and other money counts."""

from datetime import timedelta

import pytest
import time_machine

from daraja.http.messages import HttpRequest
from desk import paid
from payments.models import Payment
from payments.mpesa import checkout
from reader import CHECKOUT, WAITING, logged_in, text_of
from shops import Shop, edited, post_callback


def decide(payment: Payment, *, is_there: bool) -> None:
    checkout().resolve(payment.key, paid=is_there, note="I looked at the statement", by="otieno")


def paid_by(shop: Shop) -> str | None:
    shop.order.refresh_from_db()
    assert (shop.order.paid_by_id is None) is (shop.order.paid_at is None)
    return shop.order.paid_by_id


def late(cancelled: HttpRequest) -> None:
    post_callback(edited(cancelled, ResultCode=0, ResultDesc="Paid after all"))


@pytest.fixture
def cancelled(shop: Shop) -> HttpRequest:
    """Have the customer cancel once, then pay; give the first callback, which may turn out to have been wrong."""
    with time_machine.travel(timedelta(0)) as time:
        cancelled = shop.cancelled()
        time.shift(61)
        paid(shop)
    return cancelled


def test_the_order_is_unpaid_again_and_everything_says_so(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    payment, browser = paid(shop), logged_in(shop)
    decide(payment, is_there=False)

    assert paid_by(shop) is None
    assert f"order.not_paid_after_all key={payment.key}" in caplog.messages
    told, [listed] = shop.status(), shop.api.get("/api/payments/").json()
    assert (told["paid"], told["status"], told["may_retry"]) == (False, "failed", False)
    assert listed["status"] == "failed"
    assert told["message"] == listed["message"] == "We have looked, and your payment did not arrive."
    shown = text_of(browser.get(WAITING))
    assert f"Not paid {told['message']} This order cannot be paid any more; please contact us." in shown
    assert "again" not in shown
    for page in ("/", "/payments"):
        assert "KES 500 Not paid" in text_of(browser.get(page))
    assert browser.get(CHECKOUT).headers["Location"] == WAITING


def test_it_is_paid_again_where_a_person_finds_the_money_after_all(shop: Shop) -> None:
    payment = paid(shop)
    decide(payment, is_there=False)
    decide(payment, is_there=True)

    assert paid_by(shop) == payment.key
    assert (shop.status()["status"], shop.payment.refund_due) == ("success", False)


def test_money_that_comes_later_pays_for_it_and_is_not_given_back(shop: Shop, cancelled: HttpRequest) -> None:
    decide(shop.payment, is_there=False)
    late(cancelled)
    first = Payment.objects.earliest("created_at")

    assert (paid_by(shop), first.refund_due) == (first.key, False)
    assert (shop.status()["status"], shop.status()["paid"]) == ("success", True)


def test_money_that_was_to_be_given_back_pays_for_it(shop: Shop, cancelled: HttpRequest) -> None:
    late(cancelled)
    first = Payment.objects.earliest("created_at")
    assert (paid_by(shop), first.refund_due) == (shop.payment.key, True)
    decide(shop.payment, is_there=False)

    first.refresh_from_db()
    assert (paid_by(shop), first.refund_due) == (first.key, False)


def test_money_that_never_came_is_not_given_back(shop: Shop, cancelled: HttpRequest) -> None:
    late(cancelled)
    first = Payment.objects.earliest("created_at")
    decide(first, is_there=False)

    first.refresh_from_db()
    assert (paid_by(shop), first.refund_due) == (shop.payment.key, False)


def test_a_conflict_that_comes_later_leaves_a_paid_order_paid_until_a_person_has_looked(shop: Shop) -> None:
    payment = paid(shop)
    post_callback(edited(shop.engine.callbacks[0], MpesaReceiptNumber="ANOTHER123"))
    assert (paid_by(shop), shop.payment.needs_attention) == (payment.key, True)
    decide(payment, is_there=True)

    assert (paid_by(shop), shop.payment.needs_attention, shop.payment.refund_due) == (payment.key, False, False)
