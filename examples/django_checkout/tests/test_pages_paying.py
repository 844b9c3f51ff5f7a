"""The pages on which one pays, as the server renders them: the form, and how far the payment is."""

import re
from datetime import timedelta
from math import ceil

import attrs
import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from daraja import Status
from daraja.django import checkout, rows
from daraja.lifecycle.record import Account
from daraja.simulator import SANDBOX_SHORTCODE, Answer
from payments.models import Payment
from reader import CHECKOUT, OWN, WAITING, logged_in, post, text_of
from shop.models import User
from shop.rest import TOO_OFTEN
from shops import DARAJA, PHONE, Shop, pay_another_amount, post_callback


@pytest.fixture
def browser(shop: Shop) -> Client:
    """Give a browser in which the customer is logged in."""
    return logged_in(shop)


# The form


@pytest.mark.parametrize("amount", ["1", "", "-5", "500.50", "' OR 1=1"])
def test_the_amount_is_the_order_s_and_not_the_url_s(browser: Client, amount: str) -> None:
    response = browser.get("/checkout", {"order_id": "ORD-2026-001", "amount": amount})
    assert "Pay KES 500" in text_of(response)
    assert 'data-amount="500"' in response.content.decode()


@pytest.mark.parametrize(("known", "shown"), [(PHONE, "0712 345 678"), ("", ""), ('"><b>', "&quot;&gt;&lt;b&gt;")])
def test_the_form_is_filled_in_with_what_is_known(shop: Shop, browser: Client, known: str, shown: str) -> None:
    User.objects.filter(pk=shop.customer.pk).update(phone=known)
    response = browser.get(CHECKOUT)
    assert f'autocomplete="tel" required value="{shown}"' in response.content.decode()
    assert "Wanjiku" in text_of(response)
    assert "wanjiku@example.com" in text_of(response)


def test_if_no_prompt_is_allowed_the_status_of_the_payment_is_shown(shop: Shop, browser: Client) -> None:
    shop.push()
    assert browser.get(CHECKOUT).headers["Location"] == WAITING
    shop.answer(Answer.CANCEL)
    assert browser.get(CHECKOUT).headers["Location"] == WAITING


def test_a_form_posted_without_javascript_asks_the_phone_for_the_orders_amount(shop: Shop, browser: Client) -> None:
    response = post(browser, "/checkout?order_id=ORD-2026-001&amount=1", phone="0712 345 678")
    assert response.headers["Location"] == WAITING
    [push] = shop.simulator.pushes
    assert push.amount == 500
    assert post(browser, CHECKOUT, phone="0712 345 678").headers["Location"] == WAITING
    assert len(shop.simulator.pushes) == 1


@pytest.mark.parametrize(
    ("phone", "status", "words"),
    [
        ("0612345678", 400, "Enter a Kenyan mobile number such as 0712 345 678."),
        ("", 400, "Enter a Kenyan mobile number such as 0712 345 678."),
        ("\0", 400, "Enter a Kenyan mobile number such as 0712 345 678."),
    ],
)
def test_faults_of_a_posted_form_are_shown_above_it(browser: Client, phone: str, status: int, words: str) -> None:
    response = post(browser, CHECKOUT, phone=phone)
    assert response.status_code == status
    assert words in text_of(response)
    assert 'id="fault" role="alert" tabindex="-1">' in response.content.decode()


def test_a_refusal_of_darajas_is_said_above_the_form_too(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPESA_PASSKEY", "not-the-passkey")
    response = post(browser, CHECKOUT, phone="0712 345 678")
    assert response.status_code == 500
    assert "M-Pesa did not take our request, so nothing was charged." in text_of(response)


def test_a_second_window_with_another_phone_names_the_prompted_phone(shop: Shop, browser: Client) -> None:
    shop.push(phone="0733 000 031")
    response = post(browser, CHECKOUT, phone="0722 000 044")
    assert (response.status_code, "2547*****031 is being asked" in text_of(response)) == (409, True)
    assert len(shop.simulator.pushes) == 1


def test_the_page_counts_what_the_phone_counts(shop: Shop, browser: Client) -> None:
    with time_machine.travel(timedelta(0), tick=False) as time:
        shop.push()
        time.shift(10)
        [prompt] = shop.engine.stk.prompts
        left = (prompt.ends_at - timezone.now()).total_seconds()
        page = text_of(browser.get(WAITING))
        assert f"The request ends in {ceil(left)} s." in page
        assert "Not your number? Cancel the request there, or wait until it has ended." in page
        time.shift(30)
        assert '<span id="counting" hidden>' in browser.get(WAITING).content.decode()


def test_while_an_answer_is_lost_no_phone_is_said_to_ring_and_nothing_is_counted_down(
    shop: Shop, browser: Client
) -> None:
    shop.push(phone="0700 008 033")
    page = text_of(browser.get(WAITING))
    assert "If nothing appears, please wait: do not pay again yet." in page
    assert "asks you to pay" not in page
    assert "The request ends in" not in page


def test_of_the_orders_to_choose_from_one_that_is_open_leads_to_its_own_page(shop: Shop, browser: Client) -> None:
    shop.another_order()
    shop.push()
    page = browser.get("/checkout").content.decode()
    assert 'href="/orders/ORD-2026-001/payment-status" aria-label="Waiting for you: Laundry"' in page
    assert 'href="?order_id=ORD-2026-002&amp;amount=500"' in page


def test_every_page_says_how_to_reach_the_shop(browser: Client, settings: LazySettings) -> None:
    assert "Questions?" not in text_of(browser.get("/"))
    settings.SHOP_CONTACT = "help@shop.example & 0722 000 000"
    for page in (*OWN, "/nothing-here"):
        assert "Questions? help@shop.example &amp; 0722 000 000" in text_of(browser.get(page))


def test_forms_cannot_be_posted_without_end(shop: Shop, browser: Client) -> None:
    for _ in range(20):
        post(browser, CHECKOUT, phone="nonsense")
    response = post(browser, CHECKOUT, phone="0712 345 678")
    assert response.status_code == 429
    assert TOO_OFTEN in text_of(response)
    assert list(shop.simulator.pushes) == []


# The waiting page


def test_an_unpaid_order_says_so_and_links_to_the_form(browser: Client) -> None:
    response = browser.get(WAITING)
    assert "Not paid yet This order is not paid yet. Pay KES 500" in text_of(response)


def test_a_payment_under_way_leads_to_the_simulated_phone(shop: Shop, browser: Client) -> None:
    shop.push()
    response = browser.get(WAITING)
    assert "Look at your phone Enter your M-Pesa PIN" in text_of(response)
    assert f'href="{DARAJA}/?phone={PHONE}"' in response.content.decode()


@pytest.mark.parametrize("name", ["sandbox", "production", "https://daraja.example"])
def test_where_phones_are_real_there_is_no_simulated_one(shop: Shop, browser: Client, name: str) -> None:
    shop.push()
    elsewhere = attrs.evolve(shop.payment.record, account=Account(name, SANDBOX_SHORTCODE))
    Payment.objects.update(environment=name, **rows.changing_values(Payment, elsewhere))
    assert "simulated" not in text_of(browser.get(WAITING))


def test_a_paid_order_shows_its_receipt_and_offers_nothing_more(shop: Shop, browser: Client) -> None:
    shop.push()
    shop.answer()
    shown = text_of(browser.get(WAITING))
    assert f"Thank you, your payment has arrived. M-Pesa receipt {shop.payment.receipt}" in shown
    assert "again" not in shown


def test_a_payment_that_failed_tells_when_it_may_be_tried_again(shop: Shop, browser: Client) -> None:
    shop.push()
    shop.answer(Answer.WRONG_PIN)
    shown = text_of(browser.get(WAITING))
    assert "Not paid The M-Pesa PIN was not correct." in shown
    assert "M-Pesa messages" not in shown
    [seconds] = re.findall(r"Try again in (\d+) s", shown)
    assert 50 <= int(seconds) <= 60
    assert "Pay by hand" in shown


def test_a_payment_that_one_query_denies_is_looked_up_before_it_is_tried_again(shop: Shop, browser: Client) -> None:
    shop.push()
    shop.answer(Answer.WRONG_PIN)
    later = timezone.now() + timedelta(seconds=40)
    denied = attrs.evolve(shop.payment.record, next_check_at=later)
    Payment.objects.update(**rows.changing_values(Payment, denied))
    shown = text_of(browser.get(WAITING))
    assert "Look at your M-Pesa messages first." in shown
    assert "You may be able to try again in" in shown
    assert "I have paid, check again" in shown


def test_an_unconfirmed_payment_asks_the_customer_once_to_read_the_messages(shop: Shop, browser: Client) -> None:
    shop.push()
    asked = shop.payment.record
    Payment.objects.update(
        **rows.changing_values(Payment, attrs.evolve(asked, status=Status.UNCONFIRMED, next_check_at=None))
    )
    shown = text_of(browser.get(WAITING))
    assert "Not confirmed M-Pesa has not told us whether you paid." in shown
    assert shown.count("M-Pesa messages") == 1
    assert "I have paid, check again" in shown


def test_another_attempt_is_offered_the_phone_of_the_last(shop: Shop, browser: Client) -> None:
    shop.push(phone="0733 444 555")
    shop.simulator.answer("254733444555", Answer.CANCEL)
    for callback in shop.simulator.due():
        post_callback(callback)
    with time_machine.travel(timedelta(seconds=61)):
        assert 'value="0733 444 555"' in browser.get(CHECKOUT).content.decode()


def test_a_payment_that_was_refused_may_be_tried_again_at_once(
    shop: Shop, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPESA_PASSKEY", "not-the-passkey")
    shop.push()
    shown = text_of(browser.get(WAITING))
    assert "Not paid M-Pesa did not take our request, and you were not charged. Try again" in shown
    assert "Pay by hand" in shown


def test_a_payment_that_does_not_fit_is_neither_called_paid_nor_asked_for_again(shop: Shop, browser: Client) -> None:
    pay_another_amount(shop)
    shown = text_of(browser.get(WAITING))
    assert "We are looking into it Your payment needs a closer look by us." in shown
    assert "Paid" not in shown
    assert "again" not in shown.replace("Please do not pay again", "")


def test_a_payment_that_a_person_found_not_to_be_there_is_not_called_paid(shop: Shop, browser: Client) -> None:
    pay_another_amount(shop)
    checkout().resolve(shop.payment.key, paid=False, note="not on the statement", by="otieno")
    assert shop.payment.status == Status.SUCCESS
    assert "Not paid We have looked, and your payment did not arrive." in text_of(browser.get(WAITING))
    assert "KES 500 Not paid" in text_of(browser.get("/payments"))


def test_checking_again_without_javascript_asks_daraja_when_that_is_due(shop: Shop, browser: Client) -> None:
    assert post(browser, WAITING).headers["Location"] == WAITING
    shop.push(phone="0700 008 001")
    shop.simulator.advance(seconds=5)
    post(browser, WAITING)
    assert shop.payment.status == Status.INITIATED
    with time_machine.travel(timedelta(seconds=31)):
        assert post(browser, WAITING).headers["Location"] == WAITING
    assert shop.payment.status == Status.SUCCESS
