"""The staff says in the admin what money by hand is for, or dismisses it, if it may."""

from typing import Any, Final

import pytest
from django.conf import LazySettings
from django.contrib.admin import AdminSite
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path

from daraja import Checkout, Config, PayBill
from daraja.django import models, receipts
from daraja.django.admin import ReceiptAdmin
from daraja.django.apps import this_app
from daraja.testing import MountedDaraja, c2b_confirmation
from daraja.testing.defaults import sample_config, sample_initiator
from daraja.testing.django import callback_url
from tests.django.admin_client import posted, shown, staff_member

PHONE: Final = "254712345678"
RECEIPTS: Final = "/admin/daraja/receipt/"
CONFIRMATIONS: Final = "/admin/daraja/receiptcallback/"
EXPECTATIONS: Final = "/admin/daraja/expectation/"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def daraja_config() -> Config:
    secret = "a-secret-for-years-and-years"
    return sample_config(callback_url=callback_url(), registered_secret=secret, initiator=sample_initiator())


def staff(*permissions: str) -> Client:
    return staff_member("otieno", "view_receipt", "view_receiptcallback", "view_expectation", *permissions)


@pytest.fixture
def clerk(daraja_django: Checkout) -> Client:
    """Return somebody who may decide about receipts."""
    return staff("resolve_receipt")


@pytest.fixture
def row(daraja_django: Checkout) -> models.Receipt:
    """Return money whose account number has one wrong digit, and lacks an order."""
    right = receipts().expect(order="ORD-1", amount=500).reference
    wrong = f"{'1' if right[0] != '1' else '2'}{right[1:]}"
    url = receipts().addresses.confirmation.reveal()
    announced = c2b_confirmation(amount=500, reference=wrong, receipt="UAF1AAAAAA", shortcode="174379", url=url)
    assert announced.send(Client()).status_code == 200
    return models.Receipt.objects.get()


def page_of(row: models.Receipt, name: str = "change") -> str:
    return f"{RECEIPTS}{row.key}/{name}/"


def test_unmatched_money_is_listed_with_what_is_to_do_and_a_masked_number(clerk: Client, row: models.Receipt) -> None:
    listed = shown(clerk, RECEIPTS, is_unmatched__exact="1")
    for words in (row.number, "KES 500", "assign", "2547"):
        assert words in listed
    assert PHONE not in listed
    assert row.number not in shown(clerk, RECEIPTS, is_unmatched__exact="0")


@pytest.mark.parametrize("term", ["NUMBER", "KEY", "RD-1", "ACCOUNT", ""])
def test_a_receipt_is_found(clerk: Client, row: models.Receipt, term: str) -> None:
    receipts().assign(row.number, order="ORD-1", by="wanjiku", note="she called")
    account = models.Expectation.objects.get().reference
    terms = {"NUMBER": row.number.lower(), "KEY": row.key, "ACCOUNT": account}
    assert row.number in shown(clerk, RECEIPTS, q=terms.get(term, term))


@pytest.mark.parametrize("term", ["ORD-2", "0722 000 000", "!"])
def test_another_receipt_is_not_found(clerk: Client, row: models.Receipt, term: str) -> None:
    assert row.number not in shown(clerk, RECEIPTS, q=term)


def test_the_page_of_a_receipt_shows_everything_and_leads_to_the_decision(clerk: Client, row: models.Receipt) -> None:
    page = shown(clerk, page_of(row))
    told = row.record.reference or "?", row.record.payer_name or "?"
    for words in (*told, "confirmation", page_of(row, "decide"), "TransID"):
        assert words in page
    assert PHONE not in page


def test_money_is_assigned_with_the_help_of_a_suggestion_and_pays_the_order(
    clerk: Client, row: models.Receipt, daraja_django: Checkout
) -> None:
    page = shown(clerk, page_of(row, "decide"))
    account = models.Expectation.objects.get().reference
    assert account in page
    assert "one digit is wrong, or two are swapped" in page
    page = posted(clerk, page_of(row, "decide"), assign="1", reference=account, note="she called")
    assert f"Receipt {row.number} counts for ORD-1." in page
    assert "otieno" in page
    assert daraja_django.order("ORD-1").paid


def test_money_is_assigned_to_an_order_once(clerk: Client, row: models.Receipt) -> None:
    assert "counts for ORD-7" in posted(clerk, page_of(row, "decide"), assign="1", order="ORD-7", note="she called")
    again = posted(clerk, page_of(row, "decide"), assign="1", order="ORD-8", note="she called again")
    assert "is matched already" in again


def test_money_is_dismissed(clerk: Client, row: models.Receipt) -> None:
    page = posted(clerk, page_of(row, "decide"), dismiss="1", note="it was a test of ours")
    assert f"Receipt {row.number} counts for nothing." in page
    assert not models.Receipt.objects.get().is_unmatched


def test_the_receipt_of_a_prompt_is_dismissed_and_its_payment_stays(
    clerk: Client, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    payment = daraja_django.charge(order="ORD-1", phone=PHONE, amount=500)
    daraja_simulator.pay(PHONE)
    number = daraja_django.payment(payment.key).receipt
    url = receipts().addresses.confirmation.reveal()
    assert number is not None
    c2b_confirmation(amount=500, reference="ORD-1", receipt=number, shortcode="174379", url=url).send(Client())
    page = posted(clerk, page_of(models.Receipt.objects.get(), "decide"), dismiss="1", note="it went back")
    assert f"Receipt {number} is the money of payment {payment.key}, which stays as it is" in page
    assert daraja_django.order("ORD-1").paid


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"assign": "1", "note": "why"}, "Give the account or the order, and not both."),
        ({"assign": "1", "note": "why", "order": "ORD-1", "reference": "174"}, "Give the account or the order"),
        ({"dismiss": "1", "note": "why", "order": "ORD-1"}, "Money that you dismiss is for nothing."),
        ({"assign": "1", "order": "ORD-1"}, "This field is required."),
        ({"assign": "1", "note": "why", "reference": "999"}, "is not expected; call expect first"),
    ],
)
def test_a_decision_that_is_not_clear_is_asked_for_again(
    clerk: Client, row: models.Receipt, fields: dict[str, str], words: str
) -> None:
    assert words in posted(clerk, page_of(row, "decide"), **fields)
    assert models.Receipt.objects.get().is_unmatched


def test_who_may_not_decide_only_looks(row: models.Receipt) -> None:
    onlooker = staff()
    assert page_of(row, "decide") not in shown(onlooker, page_of(row))
    for response in (onlooker.get(page_of(row, "decide")), onlooker.post(page_of(row, "decide"), {"dismiss": "1"})):
        assert response.status_code == 403
    assert models.Receipt.objects.get().is_unmatched


def test_the_list_leads_to_the_decision_about_one_receipt(clerk: Client, row: models.Receipt) -> None:
    def chosen(*keys: str) -> str:
        return posted(clerk, RECEIPTS, action="decide", _selected_action=keys)

    assert "Decide about a receipt" in chosen(row.key)
    receipts().receive(
        c2b_confirmation(amount=5, reference="x", receipt="UAF2BBBBBB", shortcode="174379").body,
        token=receipts().addresses.confirmation.reveal(),
    )
    assert "Decide about one receipt at a time." in chosen(*models.Receipt.objects.values_list("key", flat=True))


def test_the_money_of_a_prompt_names_its_order_or_its_payment(
    clerk: Client, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    call_command("daraja_register", verbosity=0)
    daraja_django.charge(order="ORD-1", phone=PHONE, amount=500)
    daraja_simulator.pay(PHONE)
    daraja_simulator.advance(seconds=90)
    assert "ORD-1" in shown(clerk, RECEIPTS)
    payment = daraja_django.start(idempotency_key="no order", phone=PHONE, amount=500, reference="INV")
    daraja_simulator.pay(PHONE)
    daraja_simulator.advance(seconds=5)
    assert f"payment {payment.key}" in shown(clerk, RECEIPTS)


def test_a_receipt_of_a_former_account_is_shown_without_suggestions(clerk: Client, row: models.Receipt) -> None:
    assert "It may be for" in shown(clerk, page_of(row, "decide"))
    with this_app().replaced(sample_config(PayBill("600222", passkey="p" * 8), callback_url=callback_url())):
        assert "It may be for" not in shown(clerk, page_of(row, "decide"))
        assert "names no receipt" in posted(clerk, page_of(row, "decide"), dismiss="1", note="it is of our old shop")


def test_money_that_came_when_all_was_paid_is_marked_as_due_back(clerk: Client, row: models.Receipt) -> None:
    account = models.Expectation.objects.get().reference
    url = receipts().addresses.confirmation.reveal()
    for number in ("UAF2BBBBBB", "UAF3CCCCCC"):
        c2b_confirmation(amount=500, reference=account, receipt=number, shortcode="174379", url=url).send(Client())
    assert "refund due" in shown(clerk, RECEIPTS, q="UAF3CCCCCC")
    assert "refund due" not in shown(clerk, RECEIPTS, q="UAF2BBBBBB")


def test_a_lead_has_no_amount_yet(clerk: Client, daraja_django: Checkout) -> None:
    receipts().receive(c2b_confirmation(amount=500, receipt="UAF9FORGED", shortcode="174379").body)
    receipts().reconcile()
    lead = models.Receipt.objects.get()
    assert (lead.amount, lead.status) == (None, "lead")
    assert "UAF9FORGED" in shown(clerk, RECEIPTS)
    assert "of which nobody knows whether money came in" in shown(clerk, page_of(lead, "decide"))
    assert "is only a lead" in posted(clerk, page_of(lead, "decide"), assign="1", order="ORD-1", note="he says so")


def test_a_confirmation_that_proves_nothing_is_dismissed(clerk: Client, daraja_django: Checkout) -> None:
    receipts().receive(c2b_confirmation(amount=500, receipt="UAF9FORGED", shortcode="174379").body)
    (lead,) = models.ReceiptCallback.objects.all()
    page = posted(clerk, CONFIRMATIONS, action="dismiss", _selected_action=[lead.pk])
    assert f"{lead} is dismissed.".lower() in page.lower()
    assert "UAF9FORGED" in shown(clerk, f"{CONFIRMATIONS}{lead.pk}/change/")


def test_a_receipt_that_cannot_be_read_hides_no_other(clerk: Client, row: models.Receipt) -> None:
    models.Receipt.objects.update(facts="{}", is_unmatched=False, needs_attention=True)
    assert row.number in shown(clerk, RECEIPTS)
    for name in ("change", "decide"):
        response: Any = clerk.get(page_of(row, name), follow=True)  # Any: of the test client
        assert f"The stored record {row.key} cannot be read" in response.content.decode()


def test_what_is_expected_is_shown(clerk: Client, row: models.Receipt) -> None:
    listed = shown(clerk, EXPECTATIONS)
    assert models.Expectation.objects.get().reference in listed
    assert "ORD-1" in listed


def uploaded(client: Client, content: str) -> str:
    file = SimpleUploadedFile("statement.csv", content.encode())
    return posted(client, f"{RECEIPTS}statement/", file=file)


def test_a_statement_shows_what_each_row_belongs_to(
    clerk: Client, row: models.Receipt, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    assert f"{RECEIPTS}statement/" in shown(clerk, RECEIPTS)
    assert "Read it" in shown(clerk, f"{RECEIPTS}statement/")
    payment = daraja_django.charge(order="ORD-7", phone=PHONE, amount=70)
    daraja_simulator.pay(PHONE)
    paid = models.Payment.objects.get(key=payment.key)
    known = daraja_simulator.pay_bill(PHONE, shortcode="174379", account="x", amount=20)
    models.Receipt.objects.update(receipt=known.receipt)
    stray = daraja_simulator.pay_bill("254722000000", shortcode="174379", account="y", amount=30)
    page = uploaded(clerk, daraja_simulator.statement("174379"))
    assert "3 rows. Their balances follow from each other" in page
    assert f'{paid.key}/change/">KES 70 for ORD-7</a>' in page
    assert f'{page_of(row)}">receipt {row.number} for nobody knows what</a>' in page
    assert "1 belongs to nothing" in page
    assert stray.receipt in page


def test_a_statement_of_many_rows_takes_no_more_queries(
    clerk: Client, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    counts = []
    for _ in range(2):
        daraja_simulator.pay_bill(PHONE, shortcode="174379", account="x", amount=20)
        with CaptureQueriesContext(connection) as queries:
            uploaded(clerk, daraja_simulator.statement("174379"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_statement_with_a_row_cut_out_is_refused(clerk: Client, daraja_simulator: MountedDaraja) -> None:
    for amount in (20, 30, 40):
        daraja_simulator.pay_bill(PHONE, shortcode="174379", account="x", amount=amount)
    lines = daraja_simulator.statement("174379").splitlines(keepends=True)
    del lines[-3]
    page = uploaded(clerk, "".join(lines))
    assert 'class="errorlist"' in page
    assert "rows. Their balances" not in page


def test_only_who_decides_about_receipts_reads_statements(daraja_django: Checkout) -> None:
    viewer = staff()
    assert "Read a statement" not in shown(viewer, RECEIPTS)
    assert viewer.get(f"{RECEIPTS}statement/").status_code == 403


FEW: Final = AdminSite()
FEW.register(models.Receipt, ReceiptAdmin)
urlpatterns = [path("admin/", FEW.urls)]


def test_a_row_of_a_model_without_a_page_is_named_without_a_link(
    clerk: Client, daraja_django: Checkout, daraja_simulator: MountedDaraja, settings: LazySettings
) -> None:
    daraja_django.charge(order="ORD-7", phone=PHONE, amount=70)
    daraja_simulator.pay(PHONE)
    settings.ROOT_URLCONF = __name__
    assert ">KES 70 for ORD-7</td>" in uploaded(clerk, daraja_simulator.statement("174379"))
