"""In the admin one asks Daraja, and with a right of its own decides what became of money; both are written down."""

import pytest
from django.conf import LazySettings
from django.test import Client

from daraja.simulator import Answer
from desk import CALLBACKS, PAYMENTS, do, logged_in, owner, page_of, paid, said, staff
from payments.models import CallbackRecord, HistoryRecord, Payment
from payments.mpesa import checkout
from shops import PHONE, Shop, edited


@pytest.fixture
def admin(shop: Shop) -> Client:  # noqa: ARG001 - the shop has to be there
    return owner()


# Asking


def test_daraja_is_asked_about_what_is_chosen(shop: Shop, admin: Client) -> None:
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)  # and the callback is lost
    key = shop.payment.key

    assert said(do(admin, "ask_daraja_now", key)) == ["KES 500 for ORD-2026-001 is now success."]
    assert said(do(admin, "ask_daraja_now", key)) == ["KES 500 for ORD-2026-001 is still success."]
    shop.order.refresh_from_db()
    assert shop.order.paid_by_id == key


def test_a_failed_query_is_reported(shop: Shop, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.push()
    key = shop.payment.key
    monkeypatch.setenv("MPESA_BUSINESS_SHORTCODE", "600111")
    checkout.cache_clear()
    [message] = said(do(admin, "ask_daraja_now", key))

    assert message.startswith("KES 500 for ORD-2026-001: ")


def test_staff_without_the_permission_may_query_and_not_decide(shop: Shop) -> None:
    shop.push()
    key = shop.payment.key
    looker = staff("view_payment")

    assert said(do(looker, "ask_daraja_now", key)) == ["KES 500 for ORD-2026-001 is still initiated."]
    assert "resolve" not in page_of(looker, f"{PAYMENTS}{key}/change/").lower()
    assert looker.get(f"{PAYMENTS}{key}/resolve/").status_code == 403
    assert looker.post(f"{PAYMENTS}{key}/resolve/", {"paid": "yes", "note": "I say so"}).status_code == 403
    do(looker, "given_back", key)
    do(looker, "resolve", key)
    shop.payment.refresh_from_db()
    assert shop.payment.status == "initiated"


def test_a_customer_sees_none_of_it(shop: Shop) -> None:
    payment = paid(shop)
    customer = logged_in(shop.customer)
    for path in (PAYMENTS, f"{PAYMENTS}{payment.pk}/change/", f"{PAYMENTS}{payment.pk}/resolve/", CALLBACKS):
        assert customer.get(path).status_code == 302


# Deciding


def test_a_person_with_the_right_decides_and_is_named(shop: Shop) -> None:
    shop.push()
    key = shop.payment.key
    decider = staff("view_payment", "resolve_payment")
    assert f"{PAYMENTS}{key}/resolve/" in page_of(decider, f"{PAYMENTS}{key}/change/")
    chosen = do(decider, "resolve", key)
    assert chosen.redirect_chain == [(f"{PAYMENTS}{key}/resolve/", 302)]

    note = "Statement of today, UKN12"
    decided = decider.post(f"{PAYMENTS}{key}/resolve/", {"paid": "yes", "note": note}, follow=True)
    assert said(decided) == [f"Written down. Payment {key} is success."]
    entry = HistoryRecord.objects.get(event="person paid")
    assert (entry.by, entry.note, entry.became_success) == ("otieno@example.com", note, True)
    shop.order.refresh_from_db()
    assert shop.order.paid_by_id == key
    assert note in decided.content.decode()


def test_the_form_explains_the_decision_no_for_a_paid_order(shop: Shop, admin: Client) -> None:
    warning = "with No the order is unpaid again"
    shop.push()
    page = f"{PAYMENTS}{shop.payment.key}/resolve/"
    assert warning not in page_of(admin, page)
    shop.answer()
    assert warning in page_of(admin, page)
    admin.post(page, {"paid": "no", "note": "Not on the statement"})

    shop.order.refresh_from_db()
    assert (shop.order.paid_by, shop.status()["paid"]) == (None, False)


def test_not_paid_is_an_answer_too(shop: Shop, admin: Client) -> None:
    shop.push()
    key = shop.payment.key
    admin.post(f"{PAYMENTS}{key}/resolve/", {"paid": "no", "note": "Not on the statement"})

    assert checkout().payment(key).status == "failed"


@pytest.mark.parametrize(
    "form", [{}, {"paid": "yes"}, {"paid": "perhaps", "note": "x"}, {"note": "x"}, {"paid": "yes", "note": "\x07"}]
)
def test_a_decision_without_a_reason_is_none(shop: Shop, admin: Client, form: dict[str, str]) -> None:
    shop.push()
    key = shop.payment.key
    answer = admin.post(f"{PAYMENTS}{key}/resolve/", form)

    assert answer.status_code == 200
    assert checkout().payment(key).status == "initiated"


def test_payments_are_decided_one_by_one(shop: Shop, admin: Client) -> None:
    shop.push()
    other = shop.another_order()
    shop.push(order_id=other.pk, phone="0722000000")
    keys = Payment.objects.values_list("key", flat=True)

    assert said(do(admin, "resolve", *keys)) == ["Resolve one payment at a time."]


def test_a_payment_that_is_not_there_cannot_be_decided(admin: Client) -> None:
    assert admin.get(f"{PAYMENTS}{'0' * 32}/resolve/").status_code == 404


def test_money_that_was_given_back_leaves_the_list_and_is_written_down(shop: Shop, admin: Client) -> None:
    payment = paid(shop)
    Payment.objects.update(refund_due=True)
    assert said(do(admin, "given_back", payment.key)) == [f"{payment} is given back."]
    assert said(do(admin, "given_back", payment.key)) == []

    entry = HistoryRecord.objects.get(event="person given_back")
    assert (entry.by, entry.before, entry.after) == ("admin@example.com", "success", "success")
    assert not Payment.objects.get().refund_due


def test_a_callback_without_a_payment_is_dismissed_by_name(shop: Shop, admin: Client) -> None:
    payment = paid(shop)
    strange = edited(shop.engine.callbacks[0], CheckoutRequestID="ws_CO_of_nobody")
    shop.api.post("/api/payments/mpesa/callback/", data=strange.body, content_type="application/json")
    left, of_payment = CallbackRecord.objects.get(note=None), CallbackRecord.objects.get(key=payment.key)
    [done] = said(do(admin, "dismiss", left.pk, path=CALLBACKS))
    [refused] = said(do(admin, "dismiss", of_payment.pk, path=CALLBACKS))

    assert done.endswith("is dismissed.")
    assert "names no callback that is left over" in refused
    left.refresh_from_db()
    assert left.note == "dismissed: looked at by admin@example.com"


@pytest.mark.django_db(transaction=True)
def test_people_may_ask_and_decide_where_requests_are_transactions(
    shop_in_threads: Shop, settings: LazySettings
) -> None:
    shop = shop_in_threads
    client = owner()
    shop.push()
    settings.DATABASES["default"]["ATOMIC_REQUESTS"] = True
    try:
        assert said(do(client, "ask_daraja_now", shop.payment.key)) == [f"{shop.payment} is still initiated."]
        form = {"paid": "yes", "note": "on the statement"}
        assert client.post(f"{PAYMENTS}{shop.payment.key}/resolve/", form).status_code == 302
    finally:
        settings.DATABASES["default"]["ATOMIC_REQUESTS"] = False
    assert shop.payment.status == "success"
