"""A query reads every form of pending, and no error counts as paid."""

from contextlib import suppress

import pytest

from daraja import Daraja, Outcome, StkQuery
from daraja.errors import (
    ApiError,
    AuthenticationError,
    DarajaError,
    InvalidInput,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    UnexpectedResponse,
)
from daraja.testing import ManualClock
from tests.support.leaks import everything_shown
from tests.support.scripted import (
    CHECKOUT_REQUEST_ID,
    MERCHANT_REQUEST_ID,
    PHONE,
    TILL,
    ScriptedAnswer,
    ScriptedTransport,
    accepted,
    answer,
    refusal,
    settings,
    token,
)


def result(code: object, words: str = "Safaricom's words") -> ScriptedAnswer:
    return answer(
        200,
        {
            "ResponseCode": "0",
            "ResponseDescription": "The service request has been accepted successsfully",
            "MerchantRequestID": MERCHANT_REQUEST_ID,
            "CheckoutRequestID": CHECKOUT_REQUEST_ID,
            "ResultCode": code,
            "ResultDesc": words,
        },
    )


def client(*replies: ScriptedAnswer) -> tuple[Daraja, ScriptedTransport]:
    transport = ScriptedTransport([token(), *replies])
    return Daraja(settings(business=TILL), transport=transport, clock=ManualClock()), transport


def test_it_is_asked_as_documented() -> None:
    daraja, transport = client(result("0"))
    daraja.stk_query(CHECKOUT_REQUEST_ID)
    sent = transport.sent()

    assert transport.requests[-1].url == "http://127.0.0.1:8765/mpesa/stkpushquery/v1/query"
    assert set(sent) == {"BusinessShortCode", "Password", "Timestamp", "CheckoutRequestID"}
    assert (sent["BusinessShortCode"], sent["CheckoutRequestID"]) == ("600222", CHECKOUT_REQUEST_ID)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("0", Outcome.PAID),
        (0, Outcome.PAID),
        ("1032", Outcome.CANCELLED),
        ("1037", Outcome.TIMEOUT),
        (1, Outcome.FAILED),
        ("2001", Outcome.FAILED),
        ("4999", Outcome.PROCESSING),
        (4999, Outcome.PROCESSING),
        ("", Outcome.PROCESSING),
        (None, Outcome.PROCESSING),
        ("00", Outcome.UNRECOGNISED),
        ("7777", Outcome.UNRECOGNISED),
        ("SFC_IC0003", Outcome.FAILED),
    ],
)
def test_the_result_code_decides(code: object, outcome: Outcome) -> None:
    daraja, _ = client(result(code))
    response = daraja.stk_query(CHECKOUT_REQUEST_ID)

    assert response.outcome is outcome
    assert response.result_code == (str(code) if code not in {None, ""} else None)
    assert response.result_description == "Safaricom's words"
    assert response.merchant_request_id == MERCHANT_REQUEST_ID
    assert response.checkout_request_id == CHECKOUT_REQUEST_ID
    assert PHONE[3:] not in repr(response)


@pytest.mark.parametrize("code", ["1", "1019", "1032", "1037", "2001", "9999", "7777"])
def test_words_about_processing_win_over_every_code_but_0(code: str) -> None:
    daraja, _ = client(result(code, "The transaction is still under processing"))
    response = daraja.stk_query(CHECKOUT_REQUEST_ID)

    assert (response.outcome, response.result_code) == (Outcome.PROCESSING, code)
    assert response.explanation.outcome is Outcome.PROCESSING
    assert not response.explanation.charge_again


def test_a_payment_that_is_not_found_is_asked_for_again() -> None:
    daraja, _ = client(result("01", "No transaction found"))
    response = daraja.stk_query(CHECKOUT_REQUEST_ID)
    assert (response.outcome, response.explanation.outcome) == (Outcome.PROCESSING, Outcome.PROCESSING)


def test_0_is_paid_with_any_words() -> None:
    daraja, _ = client(result("0", "The transaction is still under processing"))
    assert daraja.stk_query(CHECKOUT_REQUEST_ID).outcome is Outcome.PAID


@pytest.mark.parametrize(
    "reply",
    [
        refusal(500, "500.001.1001", "The transaction is being processed"),
        refusal(200, "500.001.1001", ""),
        refusal(500, "500.001.1001", ""),
        refusal(500, "500.001.1001", "The transaction does not Exist"),
        refusal(400, "400.002.02", "Bad Request - Invalid CheckoutRequestID"),
        refusal(404, "404.001.1002", "Not there yet"),
        refusal(400, "01", "No transaction found"),
        refusal(400, "01"),
        refusal(404, "404", "Transaction not found"),
        refusal(400, "9", "The transaction is still being processed"),
        answer(200, {"ResponseCode": "01", "ResponseDescription": "No transaction found"}),
        answer(200, {"ResponseCode": "0", "ResponseDescription": "Accepted"}),
    ],
)
def test_every_form_of_pending_is_processing(reply: ScriptedAnswer) -> None:
    daraja, transport = client(reply)
    response = daraja.stk_query(CHECKOUT_REQUEST_ID)

    assert response.outcome is Outcome.PROCESSING
    assert response.result_code is None
    assert transport.paths == ["generate", "query"]


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ([refusal(500, "500.001.1001", "Wrong credentials")], AuthenticationError),
        ([refusal(500, "500.001.1001", "Merchant does not exist")], AuthenticationError),
        ([refusal(500, "500.001.1001", "Something new")] * 3, ApiError),
        ([answer(429)] * 3, RateLimited),
        ([answer(503)] * 3, UnexpectedResponse),
        ([answer(200, b"<html>")], UnexpectedResponse),
        ([answer(200, {})], UnexpectedResponse),
        ([answer(200, {"ResultCode": "0"})], UnexpectedResponse),
        ([answer(200, {"ResponseCode": "1", "ResultCode": "0"})], ApiError),
        ([result(code=False)], UnexpectedResponse),
        ([result(0.0)], UnexpectedResponse),
        ([result([])], UnexpectedResponse),
        ([OutcomeUnknown("no answer came within 30 s")] * 3, OutcomeUnknown),
        ([NotSent("refused")] * 3, NotSent),
    ],
)
def test_a_body_that_is_not_an_answer_is_an_error_and_never_an_outcome(
    replies: list[ScriptedAnswer], error: type[DarajaError]
) -> None:
    daraja, transport = client(*replies)

    with pytest.raises(DarajaError) as caught:
        daraja.stk_query(CHECKOUT_REQUEST_ID)
    assert type(caught.value) is error
    assert transport.paths == ["generate"] + ["query"] * len(replies)
    assert PHONE[3:] not in everything_shown(caught.value)


@pytest.mark.parametrize(
    "reply",
    [
        refusal(500, "500.001.1001", "The transaction is being processed"),
        refusal(500, "500.001.1001", "Wrong credentials"),
        refusal(500, "500.003.1001", "Internal Server Error"),
    ],
)
def test_no_number_of_queries_without_a_result_holds_up_a_push(reply: ScriptedAnswer) -> None:
    clock = ManualClock()
    transport = ScriptedTransport([token(), *[reply] * 60, accepted()])
    daraja = Daraja(settings(business=TILL), transport=transport, clock=clock)
    while len(transport.requests) < 61:
        with suppress(DarajaError):
            daraja.stk_query(CHECKOUT_REQUEST_ID)
    before = clock.now()
    daraja.stk_push(phone=PHONE, amount=1, reference="ORD-1")

    assert transport.paths[-1] == "processrequest"
    assert clock.now() == before


@pytest.mark.parametrize("blank", ["", "  ", None, 5])
def test_a_blank_id_is_not_sent(blank: str) -> None:
    daraja, transport = client()

    with pytest.raises(InvalidInput, match="checkout_request_id"):
        daraja.stk_query(blank)
    assert transport.requests == []


def test_its_repr_hides_the_customer() -> None:
    assert PHONE[3:] not in repr(StkQuery(CHECKOUT_REQUEST_ID))
