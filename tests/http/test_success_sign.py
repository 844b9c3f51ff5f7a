"""Every product's yes is a yes, and its no is a refusal of a kind of its own."""

import json
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

import daraja.api
from daraja.api.b2b_express import TILL_PROMPTED
from daraja.api.bill_manager import BILL_TAKEN
from daraja.api.bonga import BONGA_DONE
from daraja.api.c2b import ADDRESSES_REGISTERED
from daraja.api.dynamic_qr import QR_MADE
from daraja.api.hakikisha import CUSTOMER_FOUND
from daraja.api.initiator import SENT_OUT
from daraja.api.organisation_info import ORGANISATION_FOUND
from daraja.api.pull import PULL_REGISTERED, PULLED
from daraja.api.sim_swap import SWAP_FOUND
from daraja.api.standing_order import STANDING_ORDER_TAKEN
from daraja.errors import ApiError, DuplicateRequest, OutcomeUnknown
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import ACKNOWLEDGED, Refusal, SuccessSign, refusal_in
from daraja.http.messages import HttpResponse

Fields = dict[str, object]
HEADER_200: Final[Fields] = {"header": {"responseCode": 200, "responseMessage": "Success"}, "body": {"points": "40"}}
REGISTERED: Final = "Validation and Confirmation URLs are already registered"

YES: Final[list[tuple[SuccessSign, Fields]]] = [
    (SENT_OUT, {"ResponseCode": "0", "ConversationID": "AG_1", "OriginatorConversationID": "1-2-3"}),
    (ACKNOWLEDGED, {"ResponseCode": "0", "ConversationID": "AG_1", "OriginatorConversationID": "1-2-3"}),
    (ACKNOWLEDGED, {"ResponseCode": 0}),
    (ADDRESSES_REGISTERED, {"OriginatorCoversationID": "1-2-3", "ResponseCode": "0", "ResponseDescription": "Success"}),
    (ADDRESSES_REGISTERED, {"OriginatorCoversationID": "", "ResponseDescription": "success"}),
    (QR_MADE, {"ResponseCode": "AG_20261123_0001", "QRCode": "iVBORw0KGgo="}),
    (QR_MADE, {"ResponseCode": "00", "QRCode": "iVBORw0KGgo="}),
    (QR_MADE, {"QRCode": "iVBORw0KGgo="}),
    (PULL_REGISTERED, {"ResponseStatus": "1000", "ResponseDescription": "Shortcode Registered Successfully"}),
    (PULL_REGISTERED, {"Response Status": 1000}),
    (PULL_REGISTERED, {"ResponseStatus": "1001", "ResponseDescription": "Shortcode already registered"}),
    (PULLED, {"ResponseCode": "1000", "ResponseMessage": "Success", "Response": [[{"transactionId": "UKN"}]]}),
    (PULLED, {"ResponseCode": 1001, "ResponseMessage": "No transactions available", "Response": [[]]}),
    (BILL_TAKEN, {"rescode": "200", "resmsg": "Success"}),
    (BILL_TAKEN, {"rescode": 200, "resmsg": "Success", "app_key": "AG_1"}),
    (TILL_PROMPTED, {"code": "0", "status": "USSD Initiated Successfully"}),
    (STANDING_ORDER_TAKEN, {"ResponseHeader": {"responseCode": "200", "responseRefID": "4dd9"}, "ResponseBody": {}}),
    (ORGANISATION_FOUND, {"ResponseCode": "4000", "ResponseMessage": "Success", "OrganizationName": "Shop"}),
    (ORGANISATION_FOUND, {"ResponseCode": "0", "ResponseMessage": "SUCCESS", "OrganizationName": "Shop"}),
    (CUSTOMER_FOUND, {"header": {"status": "200", "message": "Success"}, "body": {"firstName": "WANJIKU"}}),
    (SWAP_FOUND, {"responseCode": "200", "lastSwapDate": "01-01-1900 00:00"}),
    (BONGA_DONE, HEADER_200),
]

SIGNS: Final = list({id(sign): sign for sign, _ in YES}.values())

# The sign, the status, the fields, and the kind, code and words that come of it.
NO: Final[list[tuple[SuccessSign, int, Fields, ErrorKind, str | None, str]]] = [
    (SENT_OUT, 200, {"ResponseCode": "1", "ResponseDescription": "Rejected"}, ErrorKind.REFUSED, "1", "Rejected"),
    (
        SENT_OUT,
        500,
        {"errorCode": "500.003.02", "errorMessage": "System is busy."},
        ErrorKind.AMBIGUOUS,
        "500.003.02",
        "System is busy.",
    ),
    (ACKNOWLEDGED, 200, {"ResponseCode": "1", "ResponseDescription": "Rejected"}, ErrorKind.REFUSED, "1", "Rejected"),
    (ACKNOWLEDGED, 200, {"ResponseCode": "25"}, ErrorKind.REFUSED, "25", ""),
    (ACKNOWLEDGED, 200, {"ResponseCode": "15"}, ErrorKind.DUPLICATE, "15", ""),
    (ACKNOWLEDGED, 200, {"ResponseCode": "26"}, ErrorKind.AMBIGUOUS, "26", ""),
    (ACKNOWLEDGED, 200, {"ResponseCode": 17}, ErrorKind.AMBIGUOUS, "17", ""),
    (ADDRESSES_REGISTERED, 200, {"ResponseCode": "1"}, ErrorKind.REFUSED, "1", ""),
    (
        ADDRESSES_REGISTERED,
        500,
        {"errorCode": "500.003.1001", "errorMessage": "Urls are already registered."},
        ErrorKind.CONFLICT,
        "500.003.1001",
        "Urls are already registered.",
    ),
    (
        ADDRESSES_REGISTERED,
        500,
        {"Envelope": {"Body": {"Fault": {"faultstring": "Reason: ResponseCode 409 is treated as error"}}}},
        ErrorKind.CONFLICT,
        None,
        "Reason: ResponseCode 409 is treated as error",
    ),
    (QR_MADE, 200, {"ResponseCode": "00"}, ErrorKind.AMBIGUOUS, "00", ""),
    (QR_MADE, 200, {"ResponseCode": "AG_1", "QRCode": ""}, ErrorKind.AMBIGUOUS, "AG_1", ""),
    (QR_MADE, 200, {"ResponseCode": "12", "ResponseDescription": "Bad CPI"}, ErrorKind.REFUSED, "12", "Bad CPI"),
    (PULL_REGISTERED, 200, {"ResponseStatus": "1002", "ResponseMessage": "No"}, ErrorKind.REFUSED, "1002", "No"),
    (PULLED, 200, {"ResponseCode": "1003"}, ErrorKind.REFUSED, "1003", ""),
    (
        PULLED,
        500,
        {"errorCode": "500", "errorMessage": "No Transactions available"},
        ErrorKind.NOT_FOUND,
        "500",
        "No Transactions available",
    ),
    (
        BILL_TAKEN,
        200,
        {"rescode": "409", "resmsg": "Conflict", "Status_Message": "paid invoices cannot be cancelled."},
        ErrorKind.CONFLICT,
        "409",
        "paid invoices cannot be cancelled.",
    ),
    (BILL_TAKEN, 200, {"rescode": "500", "resmsg": "Sorry"}, ErrorKind.AMBIGUOUS, "500", "Sorry"),
    (BILL_TAKEN, 401, {"errorCode": "401", "errorMessage": "Invalid"}, ErrorKind.CREDENTIALS, "401", "Invalid"),
    (TILL_PROMPTED, 200, {"code": "4104", "status": "No number"}, ErrorKind.NOT_PROMPTED, "4104", "No number"),
    (TILL_PROMPTED, 200, {"code": "4201", "status": "Network"}, ErrorKind.AMBIGUOUS, "4201", "Network"),
    (BILL_TAKEN, 200, {"rescode": "408", "resmsg": "Timeout"}, ErrorKind.AMBIGUOUS, "408", "Timeout"),
    (STANDING_ORDER_TAKEN, 200, {"ResponseHeader": {"responseCode": "400"}}, ErrorKind.REQUEST, "400", ""),
    (STANDING_ORDER_TAKEN, 200, {"ResponseHeader": {"responseCode": "401"}}, ErrorKind.CREDENTIALS, "401", ""),
    (STANDING_ORDER_TAKEN, 200, {"ResponseHeader": {"responseCode": "408"}}, ErrorKind.AMBIGUOUS, "408", ""),
    (STANDING_ORDER_TAKEN, 200, {"ResponseHeader": {"responseCode": "4999"}}, ErrorKind.AMBIGUOUS, "4999", ""),
    (STANDING_ORDER_TAKEN, 200, {"ResponseHeader": {"responseCode": "500"}}, ErrorKind.AMBIGUOUS, "500", ""),
    (
        ORGANISATION_FOUND,
        200,
        {"ResponseCode": "4001", "ResponseMessage": "Failed", "DetailedMessage": "Invalid Identifier"},
        ErrorKind.NOT_FOUND,
        "4001",
        "Invalid Identifier",
    ),
    (
        CUSTOMER_FOUND,
        200,
        {"header": {"status": "400", "message": "The customer does not exist."}, "body": {}},
        ErrorKind.NOT_FOUND,
        "400",
        "The customer does not exist.",
    ),
    (
        CUSTOMER_FOUND,
        400,
        {"header": {"status": "400", "message": "The customer does not exist."}},
        ErrorKind.NOT_FOUND,
        "400",
        "The customer does not exist.",
    ),
    (
        CUSTOMER_FOUND,
        200,
        {"header": {"status": "400"}, "body": {"message": "The customer does not exist."}},
        ErrorKind.NOT_FOUND,
        "400",
        "The customer does not exist.",
    ),
    (CUSTOMER_FOUND, 200, {"header": {"status": "500"}}, ErrorKind.AMBIGUOUS, "500", ""),
    (SWAP_FOUND, 200, {"responseCode": "404", "message": "Unknown"}, ErrorKind.NOT_FOUND, "404", "Unknown"),
    (SWAP_FOUND, 200, {"responseCode": "500", "message": "Sorry"}, ErrorKind.AMBIGUOUS, "500", "Sorry"),
    (BONGA_DONE, 200, {"header": {"responseCode": 404}}, ErrorKind.NOT_FOUND, "404", ""),
    (BONGA_DONE, 200, {"header": {"responseCode": 6003}}, ErrorKind.REFUSED, "6003", ""),
    (BONGA_DONE, 200, {"header": {"responseCode": 1037}}, ErrorKind.AMBIGUOUS, "1037", ""),
]
REFUSED_FOR_SURE: Final = {
    ErrorKind.CREDENTIALS,
    ErrorKind.REFUSED,
    ErrorKind.REQUEST,
    ErrorKind.TOKEN,
    ErrorKind.DUPLICATE,
    ErrorKind.NOT_FOUND,
    ErrorKind.CONFLICT,
    ErrorKind.NOT_PROMPTED,
}


def read(sign: SuccessSign, status: int, fields: Fields) -> Refusal | None:
    return refusal_in(HttpResponse(status, {}, json.dumps(fields).encode()), fields, sign)


def test_every_success_sign_has_a_sample() -> None:
    assert {id(sign) for sign in SIGNS} == {id(row[0]) for row in NO}
    modules = [import_module(f"daraja.api.{module.name}") for module in iter_modules(daraja.api.__path__)]
    found = {id(value) for module in modules for value in vars(module).values() if isinstance(value, SuccessSign)}

    assert found == {id(sign) for sign in SIGNS}


@pytest.mark.parametrize(("sign", "fields"), YES)
def test_a_success_is_not_a_refusal(sign: SuccessSign, fields: Fields) -> None:
    assert read(sign, 200, fields) is None


@pytest.mark.parametrize(("sign", "fields"), YES)
def test_a_success_sign_counts_only_with_status_200_and_without_a_fault(sign: SuccessSign, fields: Fields) -> None:
    assert read(sign, 500, fields) is not None
    assert read(sign, 200, {**fields, "errorCode": "400.002.02", "errorMessage": "Bad Request"}) is not None
    assert read(sign, 200, {**fields, "fault": {}}) is not None


@pytest.mark.parametrize(("sign", "status", "fields", "kind", "code", "words"), NO)
def test_a_refusal_has_its_kind(  # noqa: PLR0917 - a row has as many cells
    sign: SuccessSign, status: int, fields: Fields, kind: ErrorKind, code: str | None, words: str
) -> None:
    refusal = read(sign, status, fields)
    assert refusal is not None
    assert (refusal.kind, refusal.code, refusal.message) == (kind, code, words)
    error = refusal.error(repeatable=False)
    assert isinstance(error, ApiError if kind in REFUSED_FOR_SURE else OutcomeUnknown)
    assert isinstance(error, DuplicateRequest) is (kind is ErrorKind.DUPLICATE)


@pytest.mark.parametrize("last", range(12))
def test_only_two_system_codes_are_certain_refusals(last: int) -> None:
    refusal = read(ACKNOWLEDGED, 200, {"ResponseCode": f"1000000{last:02}"})
    assert refusal is not None
    assert refusal.kind is (ErrorKind.REFUSED if last in {5, 10} else ErrorKind.AMBIGUOUS)


@pytest.mark.parametrize("words", ["System internal error.", "Service is currently under maintenance", ""])
def test_another_error_with_the_code_of_a_duplicate_proves_nothing(words: str) -> None:
    refusal = read(ACKNOWLEDGED, 500, {"errorCode": "500.002.1001", "errorMessage": words})
    assert refusal is not None
    assert refusal.kind is ErrorKind.AMBIGUOUS


@given(
    st.sampled_from(SIGNS),
    st.sampled_from([200, 400, 500]),
    st.dictionaries(
        st.sampled_from(["code", "status", "rescode", "ResponseCode", "responseCode", "QRCode", "header", "Response"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.lists(st.integers())
        | st.dictionaries(st.sampled_from(["status", "responseCode", "message"]), st.integers() | st.text()),
    ),
)
def test_any_body_is_read(sign: SuccessSign, status: int, fields: Fields) -> None:
    refusal = read(sign, status, fields)
    assert (refusal is None) <= (status == 200)
    if refusal is not None:
        assert str(refusal.error(repeatable=True))
        assert str(refusal.error(repeatable=False))
