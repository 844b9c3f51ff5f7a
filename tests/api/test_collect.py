"""Prompts to tills, standing orders and QR codes: what their answers mean, and what is checked."""

from base64 import b64encode
from datetime import UTC, date, datetime
from typing import Any

import pytest

from daraja import B2bExpress, Bulk, DynamicQr, StandingOrder, Till
from daraja.errors import ApiError, ConfigurationError, InvalidInput, InvalidRequest, OutcomeUnknown, UnexpectedResponse
from tests.support.asking import asked, client_for, sent_for
from tests.support.operations import PICTURE, case_of
from tests.support.scripted import answer

TILL = Till(store="600222", till="5050505")


# B2B Express ----------------------------------------------------------------------------------------------------------


def test_a_prompt_to_a_till_is_known_by_our_own_id() -> None:
    accepted = asked("b2b_express", answer(200, {"code": "0", "status": "USSD Initiated Successfully"}))

    assert (accepted.reference, accepted.description) == ("express-17", "USSD Initiated Successfully")


@pytest.mark.parametrize("code", ["4102", "4104", "4001"])
def test_a_till_that_was_not_asked_is_a_refusal(code: str) -> None:
    with pytest.raises(ApiError, match="Nominated number missing"):
        asked("b2b_express", answer(200, {"code": code, "status": "Nominated number missing"}))


@pytest.mark.parametrize("code", ["4201", "4203"])
def test_a_lost_answer_from_the_till_is_ambiguous(code: str) -> None:
    with pytest.raises(OutcomeUnknown):
        asked("b2b_express", answer(200, {"code": code, "status": "USSD network error"}))


def test_every_fault_of_a_prompt_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        B2bExpress(till="1", amount=0, reference="", partner=" ", request_id="a b")
    assert set(caught.value.faults) == {"till", "amount", "reference", "partner", "request_id"}


@pytest.mark.parametrize("method", ["b2b_express", "standing_order"])
def test_without_an_address_nothing_is_sent(method: str) -> None:
    daraja, transport = client_for(business=Bulk("600996"), callback_url="", results_url="")

    with pytest.raises(ConfigurationError, match=r"results_url: is missing.*as result_url"):
        case_of(method).ask(daraja)
    assert transport.requests == []


@pytest.mark.parametrize("method", ["b2b_express", "standing_order"])
def test_the_settings_decide_the_highest_amount_and_which_addresses_can_be_called(method: str) -> None:
    daraja, transport = client_for(environment="production", max_amount=499)

    with pytest.raises(InvalidInput) as caught:
        getattr(daraja, method)(**{**case_of(method).given, "result_url": "http://shop.example.co.ke/"})
    assert set(caught.value.faults) == {"amount", "result_url"}
    assert transport.requests == []


def test_a_prompt_can_report_to_an_address_of_its_own() -> None:
    assert sent_for("b2b_express", result_url="https://shop.example/x/")["callbackUrl"] == "https://shop.example/x/"
    assert sent_for("standing_order", result_url="https://shop.example/x/")["CallBackURL"] == "https://shop.example/x/"


# Standing orders ------------------------------------------------------------------------------------------------------


def test_a_standing_order_is_known_by_daraja_s_reference() -> None:
    accepted = asked("standing_order", answer(200, case_of("standing_order").answer))

    assert accepted.reference == "4dd9b5d9-d738-42ba-9326-2cc99e966000"
    assert accepted.description == "Request accepted for processing"


def test_a_standing_order_for_a_till_names_the_till() -> None:
    sent = sent_for("standing_order", settings={"business": TILL})

    assert (sent["BusinessShortCode"], sent["ReceiverPartyIdentifierType"]) == ("5050505", "2")
    assert sent["TransactionType"] == "Standing Order Customer Pay Marchant"


def test_the_disputed_spelling_can_be_replaced() -> None:
    sent = sent_for("standing_order", transaction_type="Standing Order Customer Pay Merchant")

    assert sent["TransactionType"] == "Standing Order Customer Pay Merchant"


@pytest.mark.parametrize(("frequency", "number"), [("once", "1"), ("every two months", "5"), ("yearly", "8")])
def test_each_frequency_has_its_number(frequency: str, number: str) -> None:
    assert sent_for("standing_order", frequency=frequency)["Frequency"] == number


def test_a_standing_order_that_is_refused_says_why() -> None:
    header = {"responseRefID": "4dd9", "responseCode": "400", "responseDescription": "Invalid frequency"}
    with pytest.raises(InvalidRequest, match="Invalid frequency"):
        asked("standing_order", answer(200, {"ResponseHeader": header, "ResponseBody": {}}))


def test_every_fault_of_a_standing_order_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        StandingOrder(
            phone="1",
            amount=0,
            name="",
            reference="x" * 13,
            starts="2026-02-01",  # type: ignore[arg-type]  # wrong on purpose
            ends=datetime(2026, 12, 31, tzinfo=UTC),
            frequency="hourly",  # type: ignore[arg-type]  # wrong on purpose
            description="",
        )
    assert set(caught.value.faults) == {
        "phone",
        "amount",
        "name",
        "reference",
        "starts",
        "ends",
        "frequency",
        "description",
    }


@pytest.mark.parametrize("ends", [date(2026, 2, 1), date(2026, 1, 31)])
def test_a_standing_order_ends_after_it_starts(ends: date) -> None:
    with pytest.raises(InvalidInput, match="ends: is not after the first day"):
        sent_for("standing_order", ends=ends)


# QR codes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["00", "0", "AG_20191219_000043fdf61864fe9ff5"])
def test_a_picture_is_the_only_sign_of_success(code: str) -> None:
    picture = b64encode(PICTURE).decode()

    assert asked("dynamic_qr", answer(200, {"ResponseCode": code, "QRCode": picture})).png == PICTURE


@pytest.mark.parametrize("picture", ["", "aGVsbG8=", "!!", "iVBORw0KGgp\u00e9"])
def test_what_is_no_picture_cannot_be_read(picture: str) -> None:
    with pytest.raises((UnexpectedResponse, ApiError)):
        asked("dynamic_qr", answer(200, {"ResponseCode": "00", "QRCode": picture}))


def test_a_picture_for_a_till_pays_the_till() -> None:
    sent = sent_for("dynamic_qr", settings={"business": TILL})

    assert (sent["TrxCode"], sent["CPI"]) == ("BG", "5050505")


@pytest.mark.parametrize(("kind", "code"), [("agent", "WA"), ("send money", "SM"), ("business", "SB")])
def test_a_qr_code_can_pay_another_business(kind: str, code: str) -> None:
    sent = sent_for("dynamic_qr", kind=kind, receiver="254712345678", size=500)

    assert (sent["TrxCode"], sent["CPI"], sent["Size"]) == (code, "254712345678", "500")


def test_every_fault_of_a_picture_is_named_at_once() -> None:
    wrong: Any = "PB"  # Any: no kind of ours
    with pytest.raises(InvalidInput) as caught:
        DynamicQr(
            merchant="",
            amount=0,
            reference="x" * 33,
            kind=wrong,
            receiver="1",
            size=0,
        )
    assert set(caught.value.faults) == {"merchant", "amount", "reference", "kind", "receiver", "size"}
