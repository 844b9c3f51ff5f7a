"""An order is paid once, in the transaction that makes its payment a success."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.test import TestCase

from daraja import explain
from daraja.django import checkout
from daraja.simulator import Answer
from payments.models import Payment
from shop.models import Order
from shops import Shop, edited, post_callback


def test_a_second_success_is_kept_and_is_to_be_given_back(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with time_machine.travel(timedelta(0)) as time:
        cancelled = shop.cancelled()
        time.shift(61)
        shop.push()
        (second,) = shop.answer()
        assert second.status_code == 200
        late = edited(cancelled, ResultCode=0, ResultDesc="Paid after all")
        assert post_callback(late).status_code == 200
    first, second = Payment.objects.order_by("created_at")
    shop.order.refresh_from_db()
    assert shop.order.paid_at is not None
    assert [(first.status, first.refund_due), (second.status, second.refund_due)] == [
        ("success", True),
        ("success", False),
    ]
    assert shop.status()["checkout_request_id"] == second.checkout_request_id
    assert f"payment.refund_due key={first.key}" in caplog.text


def test_an_order_with_another_price_by_now_is_not_delivered_and_a_person_looks(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.push()
    Order.objects.filter(pk=shop.order.pk).update(amount=825)
    assert shop.answer()[0].status_code == 200

    told = shop.status()
    shop.order.refresh_from_db()
    assert (shop.order.paid_at, shop.payment.status) == (None, "success")
    assert (told["status"], told["paid"], told["may_retry"]) == ("unconfirmed", False, False)
    assert "we will be in touch" in told["message"]
    assert ("payments", logging.WARNING, f"order.another_amount key={shop.payment.key}") in caplog.record_tuples
    assert shop.push(amount=825).status_code == 409


def test_a_person_takes_back_that_an_order_is_paid_and_gives_it_again(shop: Shop) -> None:
    shop.push()
    shop.answer()
    with TestCase.captureOnCommitCallbacks(execute=True):
        checkout().resolve(shop.payment.key, paid=False, note="reversed", by="otieno")
    shop.order.refresh_from_db()
    assert (shop.order.paid_at, shop.status()["status"]) == (None, "failed")
    with TestCase.captureOnCommitCallbacks(execute=True):
        checkout().resolve(shop.payment.key, paid=True, note="on the next page", by="otieno")
    shop.order.refresh_from_db()
    assert (shop.order.paid_at is not None, shop.status()["paid"]) == (True, True)


def test_after_a_payment_the_customer_is_asked_to_ignore_an_open_prompt(shop: Shop) -> None:
    with time_machine.travel(timedelta(0)) as time:
        cancelled = shop.cancelled()
        time.shift(61)
        shop.push()
        post_callback(edited(cancelled, ResultCode=0, ResultDesc="Paid after all"))
        warned = "Thank you, your payment has arrived. Ignore any M-Pesa request that is still on your phone."
        assert (shop.status()["paid"], shop.status()["message"]) == (True, warned)
        shop.answer(Answer.CANCEL)
        assert shop.status()["message"] == "Thank you, your payment has arrived."


@pytest.mark.parametrize("answer", [Answer.CANCEL, Answer.WRONG_PIN])
def test_a_failed_payment_leaves_the_order_open(shop: Shop, answer: Answer) -> None:
    shop.push()
    shop.answer(answer)
    shop.order.refresh_from_db()
    assert (shop.order.paid_at, shop.payment.status, shop.payment.refund_due) == (None, "failed", False)
    assert shop.status()["message"] == checkout_words(shop)


def checkout_words(shop: Shop) -> str:
    return explain("stk", checkout().payment(shop.payment.key).result_code or "").customer_message
