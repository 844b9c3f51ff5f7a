"""In the admin one finds payments and sees all of them but numbers; nobody edits what tells of money."""

import re
from datetime import UTC, datetime
from typing import Final

import pytest
from django.test import Client

from accounts.models import User
from desk import CALLBACKS, PAYMENTS, owner, page_of, paid
from orders.models import Order
from payments.models import CallbackRecord, Payment
from payments.mpesa import checkout
from shops import PASSWORD, PHONE, Shop, edited, post_callback

DIGITS: Final = PHONE[3:]


@pytest.fixture
def admin(shop: Shop) -> Client:  # noqa: ARG001 - the shop has to be there
    return owner()


# Looking


def test_no_page_shows_a_number_or_a_secret(shop: Shop, admin: Client) -> None:
    payment = paid(shop)
    forged = edited(shop.engine.callbacks[0], ResultDesc=f"for {PHONE}")
    post_callback(forged)
    record = CallbackRecord.objects.latest("id")
    pages = [PAYMENTS, f"{PAYMENTS}{payment.pk}/change/", CALLBACKS, f"{CALLBACKS}{record.pk}/change/"]
    pages += [f"{PAYMENTS}{payment.pk}/resolve/", f"/admin/orders/order/{shop.order.pk}/change/"]
    text = "".join(page_of(admin, path) for path in pages)

    assert DIGITS not in text
    assert "2547*****678" in text
    assert "some-secret" not in text


def test_the_admin_shows_all_evidence_of_a_payment(shop: Shop, admin: Client) -> None:
    payment = paid(shop)
    page = page_of(admin, f"{PAYMENTS}{payment.pk}/change/")

    fact = checkout().payment(payment.key)
    for shown in (payment.key, payment.provider_reference, fact.merchant_request_id, "KES 500", "heard from: callback"):
        assert str(shown) in page
    assert all(event in page for event in ("answer accepted", "callback paid", "notified"))
    assert re.search("&quot;ResultCode&quot;: ?0", page)


def test_a_payment_is_called_by_what_it_is_for_and_its_times_have_24_hours(shop: Shop, admin: Client) -> None:
    payment = paid(shop)
    Payment.objects.update(created_at=datetime(2026, 10, 25, 11, 58, tzinfo=UTC))

    assert "KES 500 for ORD-2026-001</h2>" in page_of(admin, f"{PAYMENTS}{payment.pk}/change/")
    listed = page_of(admin, PAYMENTS)
    assert "25 Oct 2026, 14:58" in listed
    assert re.findall(r"column-(kes|status|order)\b", listed) == ["kes", "status", "order"]


def test_payments_that_need_a_person_are_highlighted(shop: Shop, admin: Client) -> None:
    payment = paid(shop)
    assert "payments-todo" not in page_of(admin, PAYMENTS)

    Payment.objects.update(refund_due=True, needs_attention=True)
    for path in (PAYMENTS, f"{PAYMENTS}{payment.pk}/change/"):
        page = page_of(admin, path)
        assert '<span class="payments-todo">refund due</span>' in page
        assert '<span class="payments-todo">needs attention</span>' in page
        assert "/payments/admin.css" in page


def test_a_body_cannot_bring_markup_along(shop: Shop, admin: Client) -> None:
    payment = paid(shop)
    CallbackRecord.objects.update(body=b"<script>alert(1)</script> \xff", note="<b>odd</b>", remote_ip="<i>")
    page = page_of(admin, f"{PAYMENTS}{payment.pk}/change/")

    assert "&lt;script&gt;alert(1)&lt;/script&gt; \N{REPLACEMENT CHARACTER}" in page
    assert not re.search("<script>alert|<b>odd|<i>", page)


def test_the_admin_allows_no_edit_add_or_delete(shop: Shop, admin: Client) -> None:
    payment = paid(shop)
    callback = CallbackRecord.objects.get()
    for path in (
        f"{PAYMENTS}add/",
        f"{PAYMENTS}{payment.pk}/delete/",
        f"{CALLBACKS}add/",
        f"{CALLBACKS}{callback.pk}/delete/",
    ):
        assert admin.get(path).status_code == 403
        assert admin.post(path).status_code == 403
    before = Payment.objects.values().get()
    assert admin.post(f"{PAYMENTS}{payment.pk}/change/", {"status": "failed"}).status_code == 403

    assert Payment.objects.values().get() == before
    assert 'name="_save"' not in page_of(admin, f"{PAYMENTS}{payment.pk}/change/")


# Finding


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("ORD-2026", True),
        ("2026-001", True),
        ("ORD-2027", False),
        (PHONE, True),
        ("0712 345 678", True),
        ("12345678", False),
        ("0712345679", False),
        ("{key}", True),
        ("{receipt}", True),
        ("{merchant}", True),
        ('"', False),
        ("%", False),
    ],
)
def test_payments_are_found_by_what_one_has_of_them(shop: Shop, admin: Client, term: str, *, found: bool) -> None:
    payment = paid(shop)
    merchant = checkout().payment(payment.key).merchant_request_id
    term = term.format(key=payment.key, receipt=payment.provider_reference.lower(), merchant=merchant)

    assert (payment.pk in page_of(admin, PAYMENTS, q=term)) is found


@pytest.mark.parametrize("chosen", ["status", "needs_attention", "refund_due"])
def test_payments_are_chosen_by_how_they_stand(shop: Shop, admin: Client, chosen: str) -> None:
    payment = paid(shop)
    Payment.objects.update(needs_attention=True, refund_due=True)
    yes, no = ("success", "failed") if chosen == "status" else ("1", "0")

    assert payment.pk in page_of(admin, PAYMENTS, **{f"{chosen}__exact": yes})
    assert payment.pk not in page_of(admin, PAYMENTS, **{f"{chosen}__exact": no})


# Orders and customers


def test_orders_are_made_here_and_what_was_asked_for_stays(shop: Shop, admin: Client) -> None:
    form = {"order_id": "ORD-7", "user": shop.customer.pk, "description": "Tea", "amount": "300"}
    assert admin.post("/admin/orders/order/add/", form).status_code == 302
    assert Order.objects.get(pk="ORD-7").amount == 300

    shop.push()
    admin.post(f"/admin/orders/order/{shop.order.pk}/change/", {"description": "Ironing", "amount": "1"})
    shop.order.refresh_from_db()
    assert (shop.order.description, shop.order.amount) == ("Ironing", 500)
    assert "ORD-7" in page_of(admin, "/admin/orders/order/", q="wanjiku@")


def test_customers_are_made_here_by_their_address(admin: Client) -> None:
    form = {"email": "Akinyi@example.com", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert admin.post("/admin/accounts/user/add/", form).status_code == 302
    customer = User.objects.get(email="Akinyi@example.com")
    assert customer.check_password(PASSWORD)

    assert 'value="Akinyi@example.com"' in page_of(admin, f"/admin/accounts/user/{customer.pk}/change/")
    assert "Akinyi@example.com" in page_of(admin, "/admin/accounts/user/", q="akinyi")
