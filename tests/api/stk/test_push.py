"""A push is checked completely before it is sent, and is never sent twice in doubt."""

from base64 import b64decode
from decimal import Decimal

import pytest

from daraja import Bulk, Daraja, PayBill, StkPush, Till
from daraja.config import Business
from daraja.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    DarajaError,
    InvalidInput,
    InvalidRequest,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    SubscriberBusy,
)
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.testing import ManualClock
from tests.support.leaks import everything_shown
from tests.support.scripted import (
    CHECKOUT_REQUEST_ID,
    MERCHANT_REQUEST_ID,
    PASSKEY,
    PAY_BILL,
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


def client(
    *replies: ScriptedAnswer, business: Business = PAY_BILL, max_amount: int = 250_000
) -> tuple[Daraja, ScriptedTransport]:
    transport = ScriptedTransport([token(), *replies])
    config = settings(business=business, max_amount=max_amount)
    return Daraja(config, transport=transport, clock=ManualClock()), transport


def push(daraja: Daraja) -> object:
    return daraja.stk_push(phone="0712 345 678", amount=500, reference="ORD-2026-001", description="Laundry")


def test_a_pay_bill_is_paid_under_its_own_number() -> None:
    daraja, transport = client(accepted())
    push(daraja)
    sent = transport.sent()
    password = b64decode(str(sent.pop("Password"))).decode()

    assert transport.requests[-1].url == "http://127.0.0.1:8765/mpesa/stkpush/v1/processrequest"
    assert transport.requests[-1].headers["Content-Type"] == "application/json"
    assert sent == {
        "BusinessShortCode": "600111",
        "Timestamp": "20260115120000",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 500,
        "PartyA": PHONE,
        "PartyB": "600111",
        "PhoneNumber": PHONE,
        "CallBackURL": "https://shop.example/payments/callback/",
        "AccountReference": "ORD-2026-001",
        "TransactionDesc": "Laundry",
    }
    assert password == f"600111{PASSKEY}20260115120000"


def test_a_till_is_paid_through_its_store() -> None:
    daraja, transport = client(accepted(), business=TILL)
    push(daraja)
    sent = transport.sent()

    assert (sent["BusinessShortCode"], sent["PartyB"]) == ("600222", "5050505")
    assert sent["TransactionType"] == "CustomerBuyGoodsOnline"
    assert b64decode(str(sent["Password"])).startswith(b"600222")


def test_the_passkey_itself_is_not_sent() -> None:
    daraja, transport = client(accepted())
    push(daraja)

    assert PASSKEY.encode() not in transport.requests[-1].body


@pytest.mark.parametrize("amount", [500, Decimal(500), Decimal("500.00"), Decimal("5E+2")])
def test_the_amount_is_a_whole_json_number(amount: int | Decimal) -> None:
    daraja, transport = client(accepted())
    daraja.stk_push(phone=PHONE, amount=amount, reference="A")

    assert b'"Amount":500,' in transport.requests[-1].body


def test_a_description_is_sent_where_none_is_given() -> None:
    daraja, transport = client(accepted())
    daraja.stk_push(phone=PHONE, amount=1, reference="A")

    assert transport.sent()["TransactionDesc"] == "Payment"


def test_one_payment_may_report_to_an_address_of_its_own() -> None:
    daraja, transport = client(accepted())
    daraja.stk_push(phone=PHONE, amount=1, reference="A", callback_url="https://shop.example/callback/abc/")

    assert transport.sent()["CallBackURL"] == "https://shop.example/callback/abc/"


def test_the_answer_says_accepted_and_hides_the_customer() -> None:
    daraja, _ = client(accepted())
    response = daraja.stk_push(phone=PHONE, amount=1, reference="A")

    assert response.merchant_request_id == MERCHANT_REQUEST_ID
    assert response.checkout_request_id == CHECKOUT_REQUEST_ID
    assert response.customer_message == "Success. Request accepted for processing"
    assert not any("paid" in name or "success" in name for name in dir(response))
    assert PHONE[3:] not in repr(response)


def test_every_fault_is_named_at_once_and_nothing_is_sent() -> None:
    daraja, transport = client()

    with pytest.raises(InvalidInput) as caught:
        daraja.stk_push(phone="+44 7911 123456", amount=0, reference="ORDER-2026-000001", description="")
    assert set(caught.value.faults) == {"phone", "amount", "reference", "description"}
    assert "911123456" not in everything_shown(caught.value)
    assert transport.requests == []


@pytest.mark.parametrize("amount", [0, -1, 0.5, 500.0, True, Decimal("0.5"), Decimal("NaN"), 250_001, "500", None])
def test_an_amount_that_is_not_whole_shillings_is_not_sent(amount: int) -> None:
    daraja, transport = client()

    with pytest.raises(ValueError, match="amount"):
        daraja.stk_push(phone=PHONE, amount=amount, reference="A")
    assert transport.requests == []


@pytest.mark.parametrize(
    "phone", ["", "0812345678", "07123456789", "\u0660712345678", None, 254712345678, b"0712345678"]
)
def test_a_wrong_phone_is_not_sent(phone: str) -> None:
    daraja, transport = client()

    with pytest.raises(InvalidInput, match="phone"):
        daraja.stk_push(phone=phone, amount=1, reference="A")
    assert transport.requests == []


def test_the_configured_maximum_counts() -> None:
    daraja, transport = client(max_amount=1000)

    with pytest.raises(InvalidInput, match="1,000"):
        daraja.stk_push(phone=PHONE, amount=1001, reference="A")
    with pytest.raises(InvalidInput, match="1,000"):
        daraja.run(StkPush(phone=PHONE, amount=1001, reference="A"))
    assert transport.requests == []


def test_a_raised_maximum_counts_too() -> None:
    daraja, transport = client(accepted(), max_amount=500_000)
    daraja.stk_push(phone=PHONE, amount=400_000, reference="A")

    assert transport.sent()["Amount"] == 400_000


def test_an_address_of_its_own_is_not_shown_and_is_checked_when_it_is_sent() -> None:
    address = "http://shop.example/callback/a-token-nobody-may-see/"
    operation = StkPush(phone=PHONE, amount=1, reference="A", callback_url=address)
    assert "nobody-may-see" not in repr(operation)

    daraja, transport = client(accepted())
    daraja.run(operation)
    assert transport.sent()["CallBackURL"] == address

    with pytest.raises(InvalidInput, match="callback_url") as caught:
        Daraja(settings(environment="production"), transport=transport).run(operation)
    assert "nobody-may-see" not in everything_shown(caught.value)


def test_an_amount_and_an_address_that_the_settings_do_not_allow_are_not_sent() -> None:
    transport = ScriptedTransport([])
    daraja = Daraja(settings(environment="production"), transport=transport)

    with pytest.raises(InvalidInput) as caught:
        daraja.stk_push(phone=PHONE, amount=1_000_000, reference="A", callback_url="http://shop.example/")
    assert set(caught.value.faults) == {"amount", "callback_url"}
    assert transport.requests == []


def test_a_push_can_be_checked_against_the_settings_before_it_is_sent() -> None:
    operation = StkPush(phone=PHONE, amount=300_000, reference="A")

    operation.check(settings(max_amount=300_000))
    with pytest.raises(InvalidInput, match="300,000 is outside the limits"):
        operation.check(settings())


@pytest.mark.parametrize("business", [PayBill("600111"), Till(store="600222", till="5050505"), Bulk("600996")])
def test_without_a_passkey_nothing_is_sent_and_the_error_names_its_variable(business: Business) -> None:
    daraja, transport = client(business=business)

    with pytest.raises(ConfigurationError, match=r"passkey: is missing.*MPESA_PASSKEY"):
        push(daraja)
    with pytest.raises(ConfigurationError, match=r"passkey: is missing.*MPESA_PASSKEY"):
        daraja.stk_query("ws_CO_1")
    assert transport.requests == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (refusal(400, "400.002.02", "Bad Request - Invalid PhoneNumber"), InvalidRequest),
        (refusal(400, "400.002.05", "Invalid Request Payload"), InvalidRequest),
        (refusal(400, "400.999.99", "Something new"), InvalidRequest),
        (refusal(404, "404.001.01", "Resource not found"), InvalidRequest),
        (refusal(405, "405.001", "GET Method Not Allowed"), InvalidRequest),
        (refusal(403, "403.002.1001", "You are not authorized to initiate this transaction"), AuthenticationError),
        (refusal(500, "500.001.1001", "Merchant does not exist"), AuthenticationError),
        (refusal(500, "500.001.1001", "[MerchantValidate] - Wrong credentials"), AuthenticationError),
        (
            refusal(500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process"),
            SubscriberBusy,
        ),
        (refusal(500, "500.003.02", "System is busy. Please try again in few minutes."), RateLimited),
        (refusal(500, "500.003.03", "Error Occurred: Quota Violation"), RateLimited),
        (answer(200, {"ResponseCode": "1", "ResponseDescription": "Rejected"}), ApiError),
    ],
)
def test_a_refusal_is_an_error_with_daraja_s_words(reply: ScriptedAnswer, error: type[ApiError]) -> None:
    daraja, transport = client(reply)

    with pytest.raises(ApiError) as caught:
        push(daraja)
    assert type(caught.value) is error
    assert caught.value.message
    assert caught.value.message.rstrip(".") in str(caught.value)
    assert transport.paths == ["generate", "processrequest"]


@pytest.mark.parametrize(
    "reply",
    [
        OutcomeUnknown("no answer came within 30 s"),
        answer(200),
        answer(200, b"<html>welcome</html>"),
        answer(200, b'{"ResponseCode": "0", "Checkout'),
        answer(200, []),
        answer(200, b"null"),
        answer(200, {}),
        answer(200, {"ResponseCode": "0"}),
        answer(200, {"ResponseCode": "0", "CheckoutRequestID": ""}),
        answer(200, {"ResponseCode": False, "CheckoutRequestID": "ws_CO_1"}),
        answer(200, {"ResponseCode": 0.0, "CheckoutRequestID": "ws_CO_1"}),
        answer(200, {"CheckoutRequestID": "ws_CO_1"}),
        answer(201, {"ResponseCode": "0", "CheckoutRequestID": "ws_CO_1"}),
        answer(204),
        answer(302, b"", Location="https://elsewhere.example"),
        answer(400),
        answer(403, b"<html>Incapsula</html>"),
        answer(408, {"message": "Request Timeout"}),
        answer(500, b"Internal Server Error"),
        answer(502),
        answer(503, b"<html>Incapsula</html>"),
        refusal(500, "500.001.1001", ""),
        refusal(500, "500.001.1001", "Something new"),
        refusal(500, "500.001.1001", "The transaction is being processed"),
        refusal(500, "500.002.1001", "Duplicate OriginatorConversationID."),
        refusal(500, "500.002.1001", "Service is currently under maintenance. Please try again later"),
        answer(200, {"ResponseCode": "26", "ResponseDescription": "System busy"}),
        answer(200, {"ResponseCode": "100000000", "ResponseDescription": "Request cached, waiting for resending"}),
        answer(200, {"ResponseCode": "15", "ResponseDescription": "Duplicate detected"}),
        refusal(500, "500.003.02", "Something new"),
        refusal(500, "500.003.1001", "Internal Server Error"),
        refusal(200, "500.001.1001", ""),
        answer(500, {"Envelope": {"Body": {"Fault": {"detail": {"source": {"errorcode": "steps.x"}}}}}}),
    ],
)
def test_in_doubt_the_push_is_sent_once_and_outcome_unknown_is_raised(reply: ScriptedAnswer) -> None:
    daraja, transport = client(reply)

    with pytest.raises(OutcomeUnknown, match="before you send it again"):
        push(daraja)
    assert transport.paths == ["generate", "processrequest"]


def test_an_integer_response_code_counts() -> None:
    daraja, _ = client(answer(200, {"ResponseCode": 0, "CheckoutRequestID": "ws_CO_1"}))
    response = daraja.stk_push(phone=PHONE, amount=1, reference="A")

    assert response.checkout_request_id == "ws_CO_1"
    assert response.merchant_request_id == ""


@pytest.mark.parametrize(
    ("replies", "error", "pushes"),
    [
        ([NotSent("refused")] * 3, NotSent, 3),
        ([NotSent("refused"), OutcomeUnknown("broke")], OutcomeUnknown, 2),
        ([answer(429)] * 3, RateLimited, 3),
        ([refusal(500, "500.003.02", "Error Occurred: Spike Arrest Violation")] * 3, RateLimited, 3),
    ],
)
def test_a_push_that_was_surely_not_accepted_is_tried_three_times(
    replies: list[ScriptedAnswer], error: type[DarajaError], pushes: int
) -> None:
    daraja, transport = client(*replies)

    with pytest.raises(DarajaError) as caught:
        push(daraja)
    assert type(caught.value) is error
    assert transport.paths == ["generate"] + ["processrequest"] * pushes


def test_a_repeated_push_is_signed_for_the_moment_it_leaves_after_a_new_token() -> None:
    clock = ManualClock()
    refused = refusal(404, "404.001.03", "Invalid Access Token")

    def slowly(_: HttpRequest) -> HttpResponse:
        clock.advance(61)
        return refused

    transport = ScriptedTransport([token(), slowly, token("new"), accepted()])
    Daraja(settings(), transport=transport, clock=clock).stk_push(phone=PHONE, amount=1, reference="A")

    assert (transport.sent(1)["Timestamp"], transport.sent(3)["Timestamp"]) == ("20260115120000", "20260115120101")


ACCEPTANCE: dict[str, object] = {
    "ResponseCode": "0",
    "MerchantRequestID": "1-1-1",
    "CheckoutRequestID": "ws_CO_1",
    "ResponseDescription": "Success. Request accepted for processing",
}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *[(status, ACCEPTANCE) for status in (201, 400, 401, 403, 404, 405, 422, 429, 500, 503)],
        (500, {**ACCEPTANCE, "errorCode": "500.003.02", "errorMessage": "Spike Arrest Violation"}),
        (404, {**ACCEPTANCE, "errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}),
        (401, b'{"ResponseCode":"0","Checkout'),
        (401, b'{"ResponseCode":"0"'),
        *[(200, {**ACCEPTANCE, "ResponseCode": code}) for code in ("00", "000", " 0", "1")],
        (200, {**ACCEPTANCE, "errorCode": "404.001.03"}),
        (200, {**ACCEPTANCE, "rescode": "401"}),
        (401, {"Body": ACCEPTANCE}),
        (429, {"checkoutRequestID": "ws_CO_1"}),
        (429, b'{"Body": {"responseCode": 0}}'),
    ],
)
def test_an_answer_that_mentions_acceptance_is_ambiguous(status: int, body: object) -> None:
    daraja, transport = client(answer(status, body))

    with pytest.raises(OutcomeUnknown):
        push(daraja)
    assert transport.paths == ["generate", "processrequest"]
