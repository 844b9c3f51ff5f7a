"""A customer whose prompt was in vain pays by hand, and ends where a prompt would have ended."""

from typing import Any, Final

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from daraja import Till
from daraja.django import receipts
from daraja.django.apps import this_app
from daraja.testing import sample_config
from desk import logged_in
from shop.models import Order
from shops import PHONE, Shop, post_callback

NOT_REACHED: Final = "254700001037"
SHORTCODE: Final = "174379"


@pytest.fixture
def open_shop(shop: Shop) -> Shop:
    """A shop whose addresses are registered, and whose customer was not reached."""
    call_command("daraja_register")
    shop.push(phone=NOT_REACHED)
    shop.simulator.advance(seconds=5)
    deliver(shop)
    return shop


def deliver(shop: Shop) -> None:
    for callback in shop.simulator.due():
        assert post_callback(callback).status_code == 200


def pay(shop: Shop, account: str, amount: int = 500) -> str:
    paid = shop.simulator.pay_bill(PHONE, shortcode=SHORTCODE, account=account, amount=amount)
    for _ in range(2):  # the question before the payment, which nobody answers here, and the news after it
        deliver(shop)
        shop.simulator.advance(seconds=10)
    deliver(shop)
    return paid.receipt


def shown(shop: Shop) -> dict[str, Any]:  # Any: whatever a template is given
    client: Client = logged_in(shop.customer)
    context: Any = client.get(f"/orders/{shop.order.pk}/payment-status").context
    return {name: context[name] for name in ("by_hand", "status", "receipt", "message")}


def account(shop: Shop) -> str:
    expectation = shown(shop)["by_hand"]
    assert expectation is not None
    assert (expectation.account.shortcode, expectation.due) == (SHORTCODE, 500)
    return str(expectation.reference)


def test_the_page_says_where_to_pay_and_then_that_it_is_paid(open_shop: Shop, mailoutbox: list[EmailMessage]) -> None:
    number = pay(open_shop, account(open_shop))
    told = open_shop.status()
    assert (told["status"], told["receipt"], told["paid"], told["final"], told["may_retry"]) == (
        *("success", number, True, True, False),
    )
    assert shown(open_shop)["by_hand"] is None
    open_shop.order.refresh_from_db()
    assert open_shop.order.paid_at is not None
    (mail,) = mailoutbox
    assert mail.body == f"We have received KES 500 for order ORD-2026-001. M-Pesa receipt {number}. Thank you!"
    assert open_shop.push().status_code == 409


def test_the_history_says_that_the_order_of_a_failed_prompt_is_paid(open_shop: Shop) -> None:
    client, words = logged_in(open_shop.customer), "This order is already paid."
    assert words not in client.get("/payments").content.decode()
    pay(open_shop, account(open_shop))
    assert words in client.get("/payments").content.decode()


def test_a_part_is_followed_by_a_prompt_for_the_rest(shop: Shop, mailoutbox: list[EmailMessage]) -> None:
    call_command("daraja_register")
    pay(shop, receipts().expect(order=shop.order.pk, amount=500).reference, 200)
    assert (shop.status()["paid"], mailoutbox) == (False, [])
    assert shop.push().json()["amount"] == "300"
    shop.answer()
    assert shop.status()["paid"] is True
    assert [mail.subject for mail in mailoutbox] == ["Your payment of KES 300"]


def test_money_that_a_person_dismisses_takes_the_payment_away_and_gives_it_back(
    open_shop: Shop, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    number = pay(open_shop, account(open_shop))
    with django_capture_on_commit_callbacks(execute=True):
        receipts().dismiss(number, by="otieno", note="not on the statement")
    assert open_shop.status()["paid"] is False
    with django_capture_on_commit_callbacks(execute=True):
        receipts().assign(number, order=open_shop.order.pk, by="otieno", note="it is there")
    assert open_shop.status()["paid"] is True


def test_too_little_is_not_enough_although_a_person_assigned_it(shop: Shop) -> None:
    call_command("daraja_register")
    number = pay(shop, "my shoes", 10)
    receipts().assign(number, order=shop.order.pk, by="otieno", note="the customer called")
    assert Order.objects.get().paid_at is None
    assert shop.status()["status"] == "unconfirmed"


def test_a_till_has_no_account_number(open_shop: Shop) -> None:
    config = sample_config(Till(store=SHORTCODE, till="5050505", passkey="p" * 8))
    with this_app().replaced(config):
        assert shown(open_shop)["by_hand"] == {"till": "5050505", "due": 500}
