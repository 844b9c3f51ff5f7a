"""Bill Manager: invoices are checked whole, sent once, and need the key from opting in."""

import attrs
import pytest

from daraja import BillCancel, BillInvoice, BillInvoices, BillOptIn, Invoice, InvoiceItem
from daraja.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    InvalidInput,
    OutcomeUnknown,
    UnexpectedResponse,
)
from tests.support.asking import asked, client_for, sent_for
from tests.support.operations import CASES, INVOICE, case_of
from tests.support.scripted import PHONE, answer, refusal, token

WITH_A_KEY = [case.method for case in CASES if case.method.startswith("bill_") and case.method != "bill_opt_in"]
CONFLICT = {
    "Status_Message": "partially or fully paid invoices cannot be cancelled.",
    "resmsg": "Conflict",
    "rescode": "409",
}


def test_opting_in_gives_the_key_as_a_secret() -> None:
    key = asked("bill_opt_in", answer(200, case_of("bill_opt_in").answer))

    assert key.app_key.reveal() == "AG_2376487236_126732989KJ"
    assert "AG_2376487236" not in repr(key)


def test_a_yes_without_a_key_is_no_answer() -> None:
    with pytest.raises(UnexpectedResponse, match="cannot be read"):
        asked("bill_opt_in", answer(200, {"resmsg": "Success", "rescode": "200"}))


def test_opting_in_needs_no_key_and_sends_none() -> None:
    daraja, transport = client_for(answer(200, case_of("bill_opt_in").answer), bill_app_key=None)
    case_of("bill_opt_in").ask(daraja)

    assert "app_key" not in transport.requests[-1].headers


@pytest.mark.parametrize("method", WITH_A_KEY)
def test_everything_else_shows_the_key_in_a_header(method: str) -> None:
    daraja, transport = client_for(answer(200, case_of(method).answer))
    case_of(method).ask(daraja)

    assert transport.requests[-1].headers["app_key"] == "an-app-key-nobody-may-see"
    assert "nobody-may-see" not in repr(transport.requests[-1])


@pytest.mark.parametrize("method", WITH_A_KEY)
def test_without_the_key_nothing_is_sent_and_the_error_names_the_variable(method: str) -> None:
    daraja, transport = client_for(bill_app_key=None)

    with pytest.raises(ConfigurationError, match=r"bill_app_key: is missing; bill_opt_in answers.*MPESA_BILL_APP_KEY"):
        case_of(method).ask(daraja)
    assert transport.requests == []


def test_an_invoice_that_exists_already_is_refused_in_the_words_of_bill_manager() -> None:
    for method in ("bill_cancel", "bill_invoice", "bill_opt_in"):
        with pytest.raises(ApiError, match="partially or fully paid") as caught:
            asked(method, answer(200, CONFLICT))
        assert caught.value.code == "409"


def test_a_shortcode_that_is_not_enabled_is_refused_at_once_since_no_new_token_helps() -> None:
    daraja, transport = client_for(answer(401, {"errorCode": "401"}))
    with pytest.raises(AuthenticationError, match="Safaricom has not enabled the product for the shortcode"):
        case_of("bill_invoice").ask(daraja)
    assert len(transport.requests) == 2  # the token, and the question


def test_a_refused_access_token_is_replaced_once_before_the_shortcode_is_to_blame() -> None:
    refused = refusal(401, "401", "Unauthorized - Invalid Access Token")
    case = case_of("bill_invoice")
    daraja, transport = client_for(refused, token("token-2"), answer(200, case.answer))
    case.ask(daraja)
    assert transport.requests[-1].headers["Authorization"] == "Bearer token-2"

    daraja, transport = client_for(refused, token("token-2"), refused)
    with pytest.raises(AuthenticationError, match="Safaricom has not enabled the product for the shortcode"):
        case.ask(daraja)
    assert len(transport.requests) == 4


def test_another_code_leaves_open_whether_an_invoice_was_sent() -> None:
    with pytest.raises(OutcomeUnknown):
        asked("bill_invoice", answer(200, {"rescode": "503", "resmsg": "Unavailable"}))


def test_many_invoices_are_cancelled_at_once() -> None:
    daraja, transport = client_for(answer(200, case_of("bill_cancel").answer))
    daraja.bill_cancel("INV-17", "INV-18")

    assert transport.requests[-1].url.endswith("/cancel-bulk-invoices")
    assert sent_for("bill_cancel", "INV-17", "INV-18") == [
        {"externalReference": "INV-17"},
        {"externalReference": "INV-18"},
    ]


@pytest.mark.parametrize(
    ("references", "words"),
    [
        ("INV-17", "is one text; give a list of ids"),
        ([], "has 0 of them; Safaricom takes 1 to 1,000"),
        (["x"] * 1001, "has 1,001 of them"),
        ([7], "has an id that is not text; give each id as a text of its own"),
        (7, "is not a list of str"),
        ([" "], "has an id that is blank"),
    ],
)
def test_cancel_refuses_a_value_that_is_not_a_list_of_ids(references: list[str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        BillCancel(references)


@pytest.mark.parametrize("invoices", [[], [INVOICE] * 1001, ["INV-17"], INVOICE, None])
def test_1_to_1000_invoices_are_sent_at_once(invoices: list[Invoice]) -> None:
    with pytest.raises(InvalidInput, match="invoices"):
        BillInvoices(invoices)
    with pytest.raises(InvalidInput, match=r"invoice: is \w+; give Invoice\(...\)"):
        BillInvoice("INV-17")  # type: ignore[arg-type]  # wrong on purpose


def test_ids_to_cancel_are_given_one_by_one() -> None:
    daraja, transport = client_for()
    with pytest.raises(InvalidInput, match="give each id as a text of its own"):
        daraja.bill_cancel(["INV-17", "INV-18"])  # type: ignore[arg-type]  # wrong on purpose
    assert transport.requests == []


def test_two_invoices_of_one_request_have_references_of_their_own() -> None:
    with pytest.raises(InvalidInput, match=r"invoices: has two with the reference 'INV-17'; give each invoice"):
        BillInvoices([INVOICE, attrs.evolve(INVOICE, reference="INV-18"), INVOICE])


def test_all_faults_of_an_invoice_are_named_at_once_and_no_customer_is_shown() -> None:
    with pytest.raises(InvalidInput) as caught:
        Invoice(
            reference="",
            name="",
            phone="1",
            period="",
            title="x" * 101,
            due="2026-01-31",  # type: ignore[arg-type]  # wrong on purpose
            account="x" * 14,
            amount=0,
            items=["Food"],  # type: ignore[list-item]  # wrong on purpose
        )
    assert set(caught.value.faults) == {
        "reference",
        "name",
        "phone",
        "period",
        "title",
        "due",
        "account",
        "amount",
        "items",
    }
    assert "Jane" not in repr(INVOICE)
    assert PHONE[3:] not in repr(INVOICE)


def test_every_fault_of_an_item_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        InvoiceItem(" ", 0)
    assert set(caught.value.faults) == {"name", "amount"}


def test_every_fault_of_a_biller_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        BillOptIn(
            email="bills at shop",
            contact="1",
            callback_url=7,  # type: ignore[arg-type]  # wrong on purpose
            reminders="yes",  # type: ignore[arg-type]  # wrong on purpose
            logo="",
        )
    assert set(caught.value.faults) == {"email", "contact", "callback_url", "reminders", "logo"}
    daraja, transport = client_for(environment="production")
    with pytest.raises(InvalidInput, match="callback_url: is not https"):
        daraja.bill_opt_in(email="a@b.example", contact=PHONE, callback_url="http://shop.example.co.ke/")
    assert transport.requests == []


def test_every_fault_of_a_payment_is_named_at_once() -> None:
    fields = ("receipt", "amount", "paid_on", "account", "phone", "name", "title", "reference")
    daraja, transport = client_for()

    with pytest.raises(InvalidInput) as caught:
        daraja.bill_acknowledge(**dict.fromkeys(fields, None))  # type: ignore[arg-type]  # wrong on purpose
    assert set(caught.value.faults) == set(fields)
    assert transport.requests == []
