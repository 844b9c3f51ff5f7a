"""One person asks for a payout in the admin, another one approves it, and nobody else can do either."""

from typing import Final

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from daraja import Checkout, Config, Payout
from daraja.django import models, payouts
from daraja.django.admin.payouts import link_to_payout
from daraja.errors import NotSent
from daraja.ledger import Filter, Ledger
from daraja.testing import MountedDaraja, assert_not_paid_out, assert_paid_out, assert_reversed, payout_result
from daraja.testing.delivery import path_of
from daraja.to import TillNumber
from tests.django.admin_client import posted, shown, staff_member
from tests.django.paying import PHONE, approved, bought_twice, drafted, paying_config, without_caps

PAYOUTS: Final = "/admin/daraja/payout/"
PAYMENTS: Final = "/admin/daraja/payment/"
RIDER: Final = {"kind": "mobile", "number": "0712 345 678", "amount": "500", "purpose": "salary", "remarks": "Rider 17"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def daraja_config() -> Config:
    return paying_config()


def staff(name: str, *permissions: str) -> Client:
    return staff_member(name, "view_payout", "view_payment", *permissions)


@pytest.fixture
def maker(daraja_django: Checkout) -> Client:
    """Return somebody who asks for payouts, and has also the permission to approve those of others."""
    return staff("wanjiku", "add_payout", "approve_payout")


@pytest.fixture
def approver(daraja_django: Checkout) -> Client:
    return staff("otieno", "approve_payout")


def asked(client: Client, **changes: str) -> str:
    return posted(client, f"{PAYOUTS}add/", **(RIDER | {"idempotency_key": "admin 1"} | changes))


def decided(client: Client, payout: Payout, decision: str, note: str = "", fingerprint: str = "") -> str:
    page = f"{PAYOUTS}{payout.key}/decide/"
    return posted(client, page, fingerprint=fingerprint or payout.fingerprint, note=note, **{decision: "yes"})


def only() -> Payout:
    return models.Payout.objects.get().record


def status() -> str:
    return models.Payout.objects.get().status


def test_a_rider_is_paid_by_two_people(maker: Client, approver: Client, daraja_simulator: MountedDaraja) -> None:
    assert "admin " in shown(maker, f"{PAYOUTS}add/")
    assert "A second person has to approve it" in asked(maker)
    assert "A second person has to approve it" in asked(maker), "a double click asks for the same payout"
    payout = only()
    assert (payout.status, payout.by, payout.receiver) == ("held", "wanjiku", PHONE)
    page = f"{PAYOUTS}{payout.key}/decide/"
    assert "Approve and pay" not in shown(maker, page), "nobody approves what they asked for"
    assert PHONE in shown(approver, page), "who approves sees the whole number"
    listed = shown(approver, PAYOUTS)
    assert PHONE not in listed
    assert "approve" in listed

    assert "is accepted" in decided(approver, payout, "approve")
    daraja_simulator.advance(seconds=30)
    assert_paid_out(daraja_simulator, to=PHONE, amount=500, times=1)
    detail = shown(approver, f"{PAYOUTS}{payout.key}/change/")
    for words in (models.Payout.objects.get().receipt or "?", "otieno", "approved", "callback paid", "Rider 17"):
        assert words in detail
    assert PHONE not in detail
    assert PHONE in shown(staff("atieno", "see_phone"), f"{PAYOUTS}{payout.key}/change/")


def test_the_maker_cannot_approve_by_any_way(maker: Client, daraja_simulator: MountedDaraja) -> None:
    asked(maker)
    for decision in ("approve", "refuse"):
        response = maker.post(f"{PAYOUTS}{only().key}/decide/", {"fingerprint": only().fingerprint, decision: "yes"})
        assert response.status_code == 403
    assert status() == "held"
    assert_not_paid_out(daraja_simulator, to=PHONE)


def test_what_was_not_seen_is_not_approved(maker: Client, approver: Client) -> None:
    asked(maker)
    assert "is of other content" in decided(approver, only(), "approve", fingerprint="another one")
    assert status() == "held"


@pytest.mark.parametrize(("decision", "event"), [("refuse", "refused"), ("cancel", "cancelled")])
def test_a_payout_is_stopped_with_a_reason(maker: Client, approver: Client, decision: str, event: str) -> None:
    asked(maker)
    client = approver if decision == "refuse" else maker
    assert "note" in decided(client, only(), decision)
    assert status() == "held"
    assert "is cancelled" in decided(client, only(), decision, "not his shift")
    entry = models.PayoutHistoryEntry.objects.get()
    assert (entry.event, entry.note) == (event, "not his shift")
    assert client.post(f"{PAYOUTS}{only().key}/decide/", {"fingerprint": "x", decision: "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("permissions", "pages"),
    [
        ((), []),
        (("add_payout",), ["add/", "KEY/decide/", "KEY/pay-again/"]),
        (("approve_payout",), ["KEY/decide/"]),
        (("resolve_payout",), ["KEY/resolve/"]),
        (("resolve_payment",), []),
    ],
)
def test_who_may_do_what_is_said_by_permissions(
    daraja_django: Checkout, permissions: tuple[str, ...], pages: list[str]
) -> None:
    client, key = staff("somebody", *permissions), drafted().key
    for page in ("add/", "KEY/decide/", "KEY/pay-again/", "KEY/resolve/"):
        code = client.get(PAYOUTS + page.replace("KEY", key)).status_code
        assert code == (200 if page in pages else 403), page
    assert client.post(f"{PAYOUTS}{key}/delete/", {"post": "yes"}).status_code == 403
    if "approve_payout" not in permissions and "add_payout" in permissions:
        assert PHONE not in shown(client, f"{PAYOUTS}{key}/decide/")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": "07123"}, "phone"),
        ({"amount": "1001"}, "MPESA_PAYOUT_MAX"),
        ({"kind": "pay_bill", "number": "888880", "account": ""}, "account"),
        ({"remarks": "!"}, "remarks"),
    ],
)
def test_what_cannot_be_paid_is_named_on_the_form(maker: Client, changes: dict[str, str], words: str) -> None:
    assert words in asked(maker, **changes)
    assert not models.Payout.objects.exists()


@pytest.mark.parametrize(
    ("changes", "receiver"),
    [
        ({"kind": "pochi"}, f"Pochi {PHONE}"),
        ({"kind": "pay_bill", "number": "888880", "account": "17"}, "pay bill 888880, account 17"),
        ({"kind": "till", "number": "5050505"}, "till 5050505"),
    ],
)
def test_every_receiver_can_be_asked_for(
    maker: Client, approver: Client, daraja_simulator: MountedDaraja, changes: dict[str, str], receiver: str
) -> None:
    asked(maker, **changes)
    assert only().receiver == receiver
    decided(approver, only(), "approve")
    daraja_simulator.advance(seconds=30)
    assert status() == "paid"
    payout = only()
    assert f">{payout.receipt or payout.transaction_id}<" in shown(approver, PAYOUTS)


def test_a_refusal_of_daraja_is_shown_and_the_payout_failed(
    maker: Client, approver: Client, daraja_simulator: MountedDaraja
) -> None:
    asked(maker)
    daraja_simulator.respond_with(NotSent("no connection came about"))
    assert "Nothing was sent to Daraja" in decided(approver, only(), "approve")
    assert status() == "failed"
    assert "yes: " in shown(maker, f"{PAYOUTS}{only().key}/change/")
    daraja_simulator.respond_with(None)

    page = f"{PAYOUTS}{only().key}/pay-again/"
    assert page in shown(maker, f"{PAYOUTS}{only().key}/change/")
    assert "it is proved that nothing was paid" in shown(maker, page)
    failed = only()
    posted(maker, page)
    posted(maker, page)
    assert models.Payout.objects.count() == 2
    again = models.Payout.objects.exclude(key=failed.key).get().record
    assert (again.status, again.instead_of, again.to) == ("held", failed.key, failed.to)


def test_a_payout_that_may_have_been_paid_is_not_paid_again(maker: Client) -> None:
    payout = approved(drafted())
    assert "pay-again" not in shown(maker, f"{PAYOUTS}{payout.key}/change/")
    assert "cannot be replaced" in posted(maker, f"{PAYOUTS}{payout.key}/pay-again/")
    assert models.Payout.objects.count() == 1


def test_the_page_says_who_approves_and_a_refusal_leads_to_the_payout(
    settings: LazySettings, maker: Client, daraja_simulator: MountedDaraja
) -> None:
    settings.DARAJA = {"APPROVAL_FROM": 900}
    assert "From KES 900, a second person" in shown(maker, f"{PAYOUTS}add/")
    settings.DARAJA = {"APPROVAL_FROM": None}
    assert "The money leaves at once." in shown(maker, f"{PAYOUTS}add/")
    daraja_simulator.respond_with(NotSent("no connection came about"))
    page = asked(maker)
    assert "Nothing was sent to Daraja" in page
    assert only().key in page


@pytest.mark.parametrize(
    "term", [PHONE, "0712 345 678", "wanj", "WANJIKU", "rider 17", "KEY", "RECEIPT", "receipt", "", "none of them"]
)
def test_a_payout_is_found(approver: Client, daraja_simulator: MountedDaraja, term: str) -> None:
    payout = approved(drafted())
    daraja_simulator.advance(seconds=30)
    receipt = only().receipt or ""
    term = {"KEY": payout.key, "RECEIPT": receipt, "receipt": receipt.lower()}.get(term, term)
    assert (payout.key in shown(approver, PAYOUTS, q=term)) is (term != "none of them")


def test_a_payout_in_doubt_is_resolved_by_a_person(maker: Client, daraja_simulator: MountedDaraja) -> None:
    payout = approved(drafted(phone="254700000017"))
    daraja_simulator.advance(seconds=30)
    client = staff("akinyi", "resolve_payout", "approve_payout")
    assert "decide" in shown(client, PAYOUTS)
    page = f"{PAYOUTS}{payout.key}/resolve/"
    assert page in shown(client, f"{PAYOUTS}{payout.key}/change/")
    assert "money may go again" in shown(client, page)
    told = posted(client, page, paid="yes", receipt="UAF1AAAAAA", note="on the statement of today")
    assert f"Written down. Payout {payout.key} is paid." in told
    assert "paid, says akinyi: on the statement of today" in told


def test_a_payout_of_a_former_account_is_resolved(daraja_django: Checkout) -> None:
    payout = approved(drafted())
    row = models.Payout.objects.get()
    models.Payout.objects.update(
        environment="sandbox", facts=row.facts.replace('"environment": "simulator"', '"environment": "sandbox"')
    )
    client = staff("akinyi", "resolve_payout")
    with without_caps():
        posted(client, f"{PAYOUTS}{payout.key}/resolve/", paid="no", note="not on the old statement")
    assert only().denied_by_a_person


def test_a_list_of_the_shop_links_to_the_payout_of_a_debt(
    daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    assert link_to_payout("rider 17") == "-"
    payout = approved(drafted("rider 17"))
    assert link_to_payout("rider 17") == f'<a href="{PAYOUTS}{payout.key}/change/">accepted </a>'
    daraja_simulator.advance(seconds=30)
    assert f">paid {only().receipt}</a>" in link_to_payout("rider 17")


def test_payouts_have_no_orders(daraja_django: Checkout) -> None:
    drafted()
    assert Ledger(payouts().store).list(Filter(order="ORD-1")).records == ()


def test_staff_asks_daraja_what_became_of_it(approver: Client, daraja_simulator: MountedDaraja) -> None:
    payout = approved(drafted())
    told = posted(approver, PAYOUTS, action="query", _selected_action=payout.key)
    assert "Payout of KES 500 is still accepted." in told


def test_a_payment_that_was_paid_twice_goes_back_by_two_people(
    maker: Client,
    approver: Client,
    daraja_django: Checkout,
    daraja_config: Config,
    daraja_simulator: MountedDaraja,
) -> None:
    second = bought_twice(daraja_django, daraja_config, daraja_simulator)
    detail, page = f"{PAYMENTS}{second.key}/change/", f"{PAYMENTS}{second.key}/refund/"
    assert "refund due" in shown(maker, PAYMENTS)
    assert page in shown(maker, detail)
    assert page not in shown(approver, detail)
    assert approver.get(page).status_code == 403
    assert second.receipt
    assert second.receipt in shown(maker, page)
    assert "A second person has to approve it" in posted(maker, page, reason="paid twice")
    refund = only()
    assert (refund.refunds, refund.amount, refund.metadata) == (second.receipt, 500, {"reason": "paid twice"})
    assert f"/admin/daraja/payout/{refund.key}/change/" in shown(maker, detail)

    decision = shown(approver, f"{PAYOUTS}{refund.key}/decide/")
    assert second.receipt in decision
    assert "<th>Reason</th><td>paid twice</td>" in decision
    decided(approver, refund, "approve")
    daraja_simulator.advance(seconds=30)
    assert_reversed(daraja_simulator, second.receipt)
    assert not models.Payment.objects.get(key=second.key).refund_due
    assert page not in shown(maker, detail), "what went back has no button"
    assert "paid twice" in shown(maker, f"{PAYOUTS}{refund.key}/change/")
    assert refund.key in posted(maker, page, reason="once more"), "the refund that is there is shown"
    assert models.Payout.objects.count() == 1


def test_a_payment_that_was_not_paid_has_nothing_to_give_back(maker: Client, daraja_django: Checkout) -> None:
    payment = daraja_django.charge(order="ORD-1", phone=PHONE, amount=500)
    assert "refund/" not in shown(maker, f"{PAYMENTS}{payment.key}/change/")
    assert "was not paid" in posted(maker, f"{PAYMENTS}{payment.key}/refund/", reason="asked for")


def test_a_callback_of_no_payout_is_dismissed(daraja_django: Checkout, daraja_config: Config) -> None:
    payout = approved(drafted())
    result = payout_result(payout, config=daraja_config)
    Client().post(path_of(result.request), b"no result", content_type="application/json")
    client = staff("akinyi", "resolve_payout", "view_payoutcallback")
    row = models.PayoutCallback.objects.get()
    told = posted(client, "/admin/daraja/payoutcallback/", action="dismiss", _selected_action=str(row.pk))
    assert "is dismissed" in told
    assert "looked at by akinyi" in shown(client, "/admin/daraja/payoutcallback/")


def test_a_statement_shows_to_which_payout_a_payment_to_a_till_belongs(
    daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    payout = approved(payouts().pay(to=TillNumber("990001"), amount=300, idempotency_key="rent", by="wanjiku"))
    daraja_simulator.advance(seconds=30)
    file = SimpleUploadedFile("statement.csv", daraja_simulator.statement("174379", "Working Account").encode())
    page = posted(staff("akinyi", "resolve_receipt"), "/admin/daraja/receipt/statement/", file=file)
    assert f'{PAYOUTS}{payout.key}/change/">payout of KES 300</a>' in page
    assert "to nothing" not in page


def test_a_record_that_cannot_be_read_leads_back_to_the_list(maker: Client, daraja_django: Checkout) -> None:
    payout, payment = drafted(), daraja_django.charge(order="ORD-1", phone=PHONE, amount=500)
    models.Payout.objects.update(facts="{}")
    models.Payment.objects.update(facts="{}")
    for page in (
        f"{PAYOUTS}{payout.key}/change/",
        f"{PAYOUTS}{payout.key}/decide/",
        f"{PAYMENTS}{payment.key}/change/",
    ):
        response = maker.get(page, follow=True)
        assert f"The stored record {page.split('/')[-3]} cannot be read" in response.content.decode(), page
        assert response.redirect_chain == [(page[: page.index(page.split("/")[-3])], 302)]
