"""The staff finds payments in the admin, sees all that is known, and decides if it may."""

from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from daraja import Checkout, Config, Payment
from daraja.django import models
from daraja.errors import NotSent
from daraja.http.messages import HttpResponse
from daraja.testing import MountedDaraja, stk_callback
from daraja.values.nairobi_time import EAT
from tests.django.admin_client import shown, staff_member

PHONE: Final = "254712345678"
PAYMENTS: Final = "/admin/daraja/payment/"
CALLBACKS: Final = "/admin/daraja/callback/"


def staff(*permissions: str) -> Client:
    return staff_member("otieno", *permissions)


@pytest.fixture
def owner(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("wanjiku"))  # type: ignore[arg-type] # as above
    return client


@pytest.fixture
def payment(db: None, daraja_django: Checkout, daraja_config: Config) -> Payment:
    """Return a payment whose callback says another amount, so that a person has to look."""
    payment = daraja_django.start(phone=PHONE, amount=500, reference="ORD-1")
    stk_callback(payment, amount=1, receipt="UAF1AAAAAA", config=daraja_config).send(Client())
    return daraja_django.payment(payment.key)


def do(client: Client, action: str, *keys: object, path: str = PAYMENTS) -> list[str]:
    """Run an action on the list, and return what it says."""
    response: Any = client.post(
        path, {"action": action, "_selected_action": keys}, follow=True
    )  # Any: of the test client
    assert response.status_code == 200
    return [str(message) for message in response.context["messages"]]


def test_the_list_shows_the_order_first_and_masks_the_phone(owner: Client, payment: Payment) -> None:
    page = shown(owner, PAYMENTS)
    assert page.index("column-for_order") < page.index("column-kes") < page.index("column-status")
    assert "decide" in page
    assert "254712345678" not in page
    assert "2547****5678" in page or "****" in page


@pytest.mark.parametrize("term", [PHONE, "0712 345 678", "UAF1AAAAAA", "uaf1aaaaaa", "KEY", "REQUEST", ""])
def test_a_payment_is_found(owner: Client, payment: Payment, term: str) -> None:
    term = {"KEY": payment.key, "REQUEST": payment.merchant_request_id or ""}.get(term, term)
    assert payment.key in shown(owner, PAYMENTS, q=term)


def test_a_payment_is_found_by_a_part_of_its_order(owner: Client, daraja_django: Checkout) -> None:
    daraja_django.start(phone=PHONE, amount=500, reference="ORD-1")
    models.Payment.objects.update(order="ORD-2026/001")
    assert "ORD-2026/001" in shown(owner, PAYMENTS, q="2026/0")
    assert "ORD-2026/001" not in shown(owner, PAYMENTS, q="2027")


def test_the_page_of_a_payment_shows_everything_but_the_number(payment: Payment) -> None:
    page = shown(staff("view_payment", "view_callback"), f"{PAYMENTS}{payment.key}/change/")
    for words in ("amount=1", "UAF1AAAAAA", payment.merchant_request_id or "?", "callback", "initiated"):
        assert words in page
    assert PHONE not in page
    assert "Resolve" not in page


def test_the_whole_number_needs_a_permission(payment: Payment) -> None:
    assert PHONE in shown(staff("view_payment", "see_phone"), f"{PAYMENTS}{payment.key}/change/")


def test_a_payment_is_resolved_with_its_receipt(payment: Payment, daraja_django: Checkout) -> None:
    client = staff("view_payment", "resolve_payment")
    page = f"{PAYMENTS}{payment.key}/resolve/"
    assert page in shown(client, f"{PAYMENTS}{payment.key}/change/")
    assert "Look at the M-Pesa statement" in shown(client, page)
    told: Any = client.post(page, {"paid": "yes", "receipt": "no receipt", "note": "seen"})  # Any: of the test client
    assert "receipt" in told.content.decode()
    client.post(page, {"paid": "yes", "receipt": "UAF1AAAAAA", "note": "on the statement of today"})
    after = daraja_django.payment(payment.key)
    assert after.paid
    assert after.resolution is not None
    assert (after.resolution.by, after.resolution.note) == ("otieno", "on the statement of today")
    page = shown(client, f"{PAYMENTS}{payment.key}/change/")
    assert "paid, says otieno: on the statement of today" in page


def test_a_payment_of_a_former_account_is_resolved(owner: Client, payment: Payment) -> None:
    row = models.Payment.objects.get(key=payment.key)
    models.Payment.objects.update(
        environment="sandbox", facts=row.facts.replace('"environment": "simulator"', '"environment": "sandbox"')
    )
    owner.post(f"{PAYMENTS}{payment.key}/resolve/", {"paid": "no", "note": "not on the old statement"})
    assert models.Payment.objects.get(key=payment.key).record.denied_by_a_person


def test_whoever_may_only_look_decides_nothing(payment: Payment) -> None:
    client = staff("view_payment")
    page = f"{PAYMENTS}{payment.key}/resolve/"
    assert client.post(page, {"paid": "yes", "note": "mine"}).status_code == 403
    assert client.get(f"{PAYMENTS}add/").status_code == 403
    assert client.post(f"{PAYMENTS}{payment.key}/delete/", {"post": "yes"}).status_code == 403
    assert "No action selected" in do(client, "resolve", payment.key)[0]


def test_one_payment_is_resolved_at_a_time(owner: Client, payment: Payment, daraja_django: Checkout) -> None:
    another = daraja_django.start(phone="254722000000", amount=500, reference="ORD-2")
    assert do(owner, "resolve", payment.key, another.key) == ["Resolve one payment at a time."]
    response = owner.post(PAYMENTS, {"action": "resolve", "_selected_action": [payment.key]})
    assert response.headers["Location"] == f"{PAYMENTS}{payment.key}/resolve/"


def test_staff_asks_daraja(owner: Client, daraja_django: Checkout, daraja_simulator: MountedDaraja) -> None:
    payment = daraja_django.start(phone=PHONE, amount=500, reference="ORD-1")
    with daraja_simulator.hold():
        daraja_simulator.pay(PHONE)
        daraja_simulator.due()
    assert do(owner, "query", payment.key) == ["KES 500 for ORD-1 is now success."]
    assert do(owner, "query", payment.key) == ["KES 500 for ORD-1 is still success."]


def test_a_rate_limit_ends_the_questions(
    owner: Client, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    keys = [daraja_django.start(phone=f"25471234567{n}", amount=5, reference="ORD-1").key for n in range(2)]
    daraja_simulator.respond_with(NotSent("no connection came about"))
    assert len(do(owner, "query", *keys)) == 2
    daraja_simulator.respond_with(HttpResponse(429))
    assert len(do(owner, "query", *keys)) == 1


def test_staff_reads_why_daraja_did_not_answer(
    owner: Client, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    keys = [daraja_django.start(phone=f"25471234567{n}", amount=5, reference=f"ORD-{n}").key for n in range(2)]
    refused = b'{"requestId": "1-2-3", "errorCode": "500.001.1001", "errorMessage": "Wrong credentials"}'
    daraja_simulator.respond_with(HttpResponse(500, {"Content-Type": "application/json"}, refused))
    told = do(owner, "query", *keys)
    assert sorted(message.partition(" (HTTP")[0] for message in told) == [
        "KES 5 for ORD-0: Daraja refused: Wrong credentials",
        "KES 5 for ORD-1: Daraja refused: Wrong credentials",
    ]


def test_a_callback_of_nobody_is_dismissed(owner: Client, daraja_django: Checkout) -> None:
    told = {
        "MerchantRequestID": "unknown",
        "CheckoutRequestID": "ws_CO_1",
        "ResultCode": 1032,
        "ResultDesc": "Cancelled",
    }
    daraja_django.receive({"Body": {"stkCallback": told}})
    callback = models.Callback.objects.get()
    assert "not processed yet" in shown(owner, CALLBACKS)
    assert "ws_CO_1" in shown(owner, f"{CALLBACKS}{callback.pk}/change/")
    assert do(owner, "dismiss", callback.pk, path=CALLBACKS) == [f"{callback} is dismissed."]
    assert "dismissed" in shown(owner, CALLBACKS)
    assert "names no callback that is left over" in do(owner, "dismiss", callback.pk, path=CALLBACKS)[0]


def test_the_history_is_in_the_time_zone_of_the_settings(owner: Client, payment: Payment) -> None:
    at = models.HistoryEntry.objects.filter(key=payment.key).latest("pk").at
    with override_settings(TIME_ZONE="Africa/Nairobi"):
        page = shown(owner, f"{PAYMENTS}{payment.key}/change/")
    assert f"{at.astimezone(EAT) if at.tzinfo else at:%d %B %Y, %H:%M:%S}" in page


def test_an_entry_of_the_history_has_a_name(payment: Payment) -> None:
    entry = models.HistoryEntry.objects.filter(key=payment.key).first()
    assert str(entry) == "answer accepted: pending to initiated"


def test_a_payment_that_is_not_there_leads_back_to_the_list(owner: Client) -> None:
    response = owner.get(f"{PAYMENTS}{'0' * 32}/change/")
    assert response.headers["Location"] == "/admin/"
