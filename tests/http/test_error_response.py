"""Refusals: every shape and code of Daraja's gets the meaning and the exception that say what the caller may do."""

import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daraja.errors import (
    ApiError,
    AuthenticationError,
    DarajaError,
    DuplicateRequest,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    SubscriberBusy,
    UnexpectedResponse,
)
from daraja.http.error_kinds import CODES as CODES_OF_DARAJA
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import Refusal, read_refusal
from daraja.http.json_body import as_text, read_object
from daraja.http.messages import HttpResponse
from tests.support.leaks import everything_shown

DATA: Final = Path(__file__).parents[1] / "data" / "refusals"
REQUEST_ID: Final = "6a1f-4d2e-93c4-1"
NUMBER: Final = "254700000017"
SURE: Final = {400, 401, 403, 404, 405, 413, 415, 422}

FOR_MONEY: Final[dict[ErrorKind, type[DarajaError]]] = {
    ErrorKind.TOKEN: AuthenticationError,
    ErrorKind.CREDENTIALS: AuthenticationError,
    ErrorKind.REQUEST: InvalidRequest,
    ErrorKind.SUBSCRIBER: SubscriberBusy,
    ErrorKind.RATE: RateLimited,
    ErrorKind.OVERLOAD: RateLimited,
    ErrorKind.QUOTA: RateLimited,
    ErrorKind.DUPLICATE: DuplicateRequest,
    ErrorKind.NOT_FOUND: ApiError,
    ErrorKind.CONFLICT: ApiError,
    ErrorKind.NOT_PROMPTED: ApiError,
    ErrorKind.REFUSED: ApiError,
    ErrorKind.PENDING: OutcomeUnknown,
    ErrorKind.AMBIGUOUS: OutcomeUnknown,
}
FOR_QUESTIONS: Final = {**FOR_MONEY, ErrorKind.PENDING: ApiError, ErrorKind.AMBIGUOUS: ApiError}

# The file, its HTTP status, what it means, and its code; the message of a file a_* is its errorMessage.
CODES: Final = [
    ("a_amount_400_002_02", 400, ErrorKind.REQUEST, "400.002.02"),
    ("a_payload_400_002_05", 400, ErrorKind.REQUEST, "400.002.05"),
    ("a_token_400_003_01", 400, ErrorKind.TOKEN, "400.003.01"),
    ("a_bad_400_003_02", 400, ErrorKind.REQUEST, "400.003.02"),
    ("a_auth_type_400_008_01", 400, ErrorKind.CREDENTIALS, "400.008.01"),
    ("a_grant_400_008_02", 400, ErrorKind.REQUEST, "400.008.02"),
    ("a_pull_shortcode_400_001", 400, ErrorKind.REQUEST, "400.001"),
    ("a_pull_token_401_001", 401, ErrorKind.TOKEN, "401.001"),
    ("a_pull_nothing_500", 500, ErrorKind.AMBIGUOUS, "500"),
    ("a_token_401_002_01", 401, ErrorKind.TOKEN, "401.002.01"),
    ("a_product_401_003_01", 401, ErrorKind.CREDENTIALS, "401.003.01"),
    ("a_initiate_403_002_1001", 403, ErrorKind.CREDENTIALS, "403.002.1001"),
    ("a_path_404_001_01", 404, ErrorKind.REQUEST, "404.001.01"),
    ("a_path_404_002_01", 404, ErrorKind.REQUEST, "404.002.01"),
    ("a_path_404_003_01", 404, ErrorKind.REQUEST, "404.003.01"),
    ("a_token_404_001_03", 404, ErrorKind.TOKEN, "404.001.03"),
    ("a_token_404_001_03", 401, ErrorKind.TOKEN, "404.001.03"),
    ("a_header_404_001_04", 404, ErrorKind.REQUEST, "404.001.04"),
    ("a_pending_404_001_1002", 404, ErrorKind.PENDING, "404.001.1002"),
    ("a_method_405_001", 405, ErrorKind.REQUEST, "405.001"),
    ("a_merchant_500_001_1001", 500, ErrorKind.CREDENTIALS, "500.001.1001"),
    ("a_password_500_001_1001", 500, ErrorKind.CREDENTIALS, "500.001.1001"),
    ("a_validate_500_001_1001", 500, ErrorKind.CREDENTIALS, "500.001.1001"),
    ("a_lock_500_001_1001", 500, ErrorKind.SUBSCRIBER, "500.001.1001"),
    ("a_processing_500_001_1001", 500, ErrorKind.PENDING, "500.001.1001"),
    ("a_absent_500_001_1001", 500, ErrorKind.PENDING, "500.001.1001"),
    ("a_unsaid_500_001_1001", 500, ErrorKind.PENDING, "500.001.1001"),
    ("a_unsaid_500_001_1001", 200, ErrorKind.PENDING, "500.001.1001"),
    ("a_processing_500_001_1001", 200, ErrorKind.PENDING, "500.001.1001"),
    ("a_other_500_001_1001", 500, ErrorKind.AMBIGUOUS, "500.001.1001"),
    ("a_duplicate_500_002_1001", 500, ErrorKind.DUPLICATE, "500.002.1001"),
    ("a_duplicate_500_002_1001", 400, ErrorKind.DUPLICATE, "500.002.1001"),
    ("a_internal_500_002_1001", 500, ErrorKind.AMBIGUOUS, "500.002.1001"),
    ("a_maintenance_500_002_1001", 500, ErrorKind.AMBIGUOUS, "500.002.1001"),
    ("a_busy_500_003_02", 500, ErrorKind.OVERLOAD, "500.003.02"),
    ("a_spike_500_003_02", 500, ErrorKind.RATE, "500.003.02"),
    ("a_other_500_003_02", 500, ErrorKind.AMBIGUOUS, "500.003.02"),
    ("a_quota_500_003_03", 500, ErrorKind.QUOTA, "500.003.03"),
    ("a_internal_500_003_1001", 500, ErrorKind.AMBIGUOUS, "500.003.1001"),
    ("a_registered_500_003_1001", 500, ErrorKind.AMBIGUOUS, "500.003.1001"),
    ("a_unknown_499_999_99", 400, ErrorKind.REQUEST, "499.999.99"),
    ("a_unknown_499_999_99", 401, ErrorKind.CREDENTIALS, "499.999.99"),
    ("a_unknown_499_999_99", 403, ErrorKind.CREDENTIALS, "499.999.99"),
    ("a_unknown_499_999_99", 404, ErrorKind.REQUEST, "499.999.99"),
    ("a_unknown_499_999_99", 409, ErrorKind.AMBIGUOUS, "499.999.99"),
    ("a_unknown_499_999_99", 429, ErrorKind.RATE, "499.999.99"),
    ("a_unknown_499_999_99", 500, ErrorKind.AMBIGUOUS, "499.999.99"),
    ("a_unknown_499_999_99", 503, ErrorKind.AMBIGUOUS, "499.999.99"),
    ("a_unknown_499_999_99", 200, ErrorKind.AMBIGUOUS, "499.999.99"),
    ("a_unknown_499_999_99", 302, ErrorKind.AMBIGUOUS, "499.999.99"),
]

# The other shapes: the file, status and meaning, code, message (its beginning) and request id.
SHAPES: Final = [
    ("a_no_request_id.json", 400, ErrorKind.REQUEST, "400.002.02", "Bad Request - Invalid PhoneNumber", None),
    ("b_spike.json", 429, ErrorKind.RATE, "policies.ratelimit.SpikeArrestViolation", "Spike arrest violation.", None),
    ("b_spike.json", 500, ErrorKind.RATE, "policies.ratelimit.SpikeArrestViolation", "Spike arrest violation.", None),
    ("b_quota.json", 429, ErrorKind.QUOTA, "policies.ratelimit.QuotaViolation", "Rate limit quota violation.", None),
    ("c_soap_409.json", 500, ErrorKind.AMBIGUOUS, "steps.servicecallout.ExecutionFailed", "Execution of", None),
    ("c_soap_503.json", 500, ErrorKind.AMBIGUOUS, "steps.servicecallout.ExecutionFailed", "Execution of", None),
    ("c_soap_503.json", 200, ErrorKind.AMBIGUOUS, "steps.servicecallout.ExecutionFailed", "Execution of", None),
    ("f_empty_ids.json", 400, ErrorKind.REQUEST, None, "Those addresses are registered already", None),
    ("g_no_product.json", 401, ErrorKind.CREDENTIALS, None, "Invalid Access Token - no apiproduct", None),
    ("h_dotless_401.json", 401, ErrorKind.TOKEN, "401", "Unauthorized - Invalid Access Token", None),
    ("h_rescode_409.json", 409, ErrorKind.AMBIGUOUS, "409", "Conflict", None),
    ("h_rescode_409.json", 400, ErrorKind.REQUEST, "409", "Conflict", None),
    ("h_rescode_409.json", 200, ErrorKind.AMBIGUOUS, "409", "Conflict", None),
    ("i_status_error.json", 400, ErrorKind.REQUEST, None, "The element AccountReference is invalid.", None),
    ("i_status_error.json", 500, ErrorKind.AMBIGUOUS, None, "The element AccountReference is invalid.", None),
    ("j_header_400.json", 200, ErrorKind.AMBIGUOUS, "400", "There is no such customer.", "b1d0-77"),
    ("j_header_400.json", 400, ErrorKind.REQUEST, "400", "There is no such customer.", "b1d0-77"),
    ("j_response_header_500.json", 200, ErrorKind.AMBIGUOUS, "500", "The standing order could not be made", "b1d0-79"),
    ("response_code_1.json", 200, ErrorKind.REFUSED, "1", "Rejected by the gateway", None),
]

# No JSON object at all: the file or the body, its status, what it means, whether a question gets an ApiError.
SPEECHLESS: Final = [
    ("d_empty.txt", 400, ErrorKind.AMBIGUOUS),
    ("d_empty.txt", 401, ErrorKind.TOKEN),
    ("d_empty.txt", 403, ErrorKind.AMBIGUOUS),
    ("d_empty.txt", 404, ErrorKind.AMBIGUOUS),
    ("d_empty.txt", 429, ErrorKind.RATE),
    ("d_empty.txt", 500, ErrorKind.AMBIGUOUS),
    ("d_empty.txt", 503, ErrorKind.AMBIGUOUS),
    ("d_empty.txt", 204, ErrorKind.AMBIGUOUS),
    ("d_empty.txt", 200, ErrorKind.AMBIGUOUS),
    ("e_incapsula.txt", 503, ErrorKind.AMBIGUOUS),
    ("e_blocked.html", 403, ErrorKind.AMBIGUOUS),
    ("e_blocked.html", 400, ErrorKind.AMBIGUOUS),
    ("e_blocked.html", 429, ErrorKind.RATE),
    ("e_blocked.html", 200, ErrorKind.AMBIGUOUS),
    ("e_blocked.html", 302, ErrorKind.AMBIGUOUS),
    ("truncated.json", 400, ErrorKind.AMBIGUOUS),
    ("truncated.json", 200, ErrorKind.AMBIGUOUS),
    ("truncated.json", 500, ErrorKind.AMBIGUOUS),
]
NO_OBJECTS: Final = [b"null", b"[]", b'[{"errorCode": "400.002.02"}]', b"5", b'"400.002.02"', b"true", b"\xff", b"NaN"]


def read(status: int, body: bytes) -> Refusal:
    refusal = read_refusal(HttpResponse(status, {}, body))
    assert refusal is not None
    assert refusal.status == status
    return refusal


def from_file(name: str, status: int) -> Refusal:
    return read(status, (DATA / name).read_bytes())


def said(error_code: object, message: object, **more: object) -> bytes:
    return json.dumps({"requestId": REQUEST_ID, "errorCode": error_code, "errorMessage": message, **more}).encode()


# ----------------------------------------------------------------------------------------------------- codes and shapes


@pytest.mark.parametrize(("name", "status", "kind", "code"), CODES)
def test_every_code_has_its_meaning(name: str, status: int, kind: ErrorKind, code: str) -> None:
    body = (DATA / f"{name}.json").read_bytes()
    message: str = json.loads(body)["errorMessage"]
    assert read(status, body) == Refusal(kind, status, code, message, REQUEST_ID, readable=True)


@pytest.mark.parametrize(("name", "status", "kind", "code", "message", "request_id"), SHAPES)
def test_every_shape_is_read(  # noqa: PLR0917 - a row has as many cells
    name: str, status: int, kind: ErrorKind, code: str | None, message: str, request_id: str | None
) -> None:
    refusal = from_file(name, status)
    assert (refusal.kind, refusal.code, refusal.request_id, refusal.readable) == (kind, code, request_id, True)
    assert refusal.message.startswith(message)


@pytest.mark.parametrize(("name", "status", "kind"), SPEECHLESS)
def test_a_body_that_is_not_json_is_judged_by_its_status(name: str, status: int, kind: ErrorKind) -> None:
    assert from_file(name, status) == Refusal(kind, status, None, "", None, readable=False)


@pytest.mark.parametrize("body", NO_OBJECTS)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_body_that_is_not_an_object_is_ambiguous(body: bytes, status: int) -> None:
    assert read(status, body) == Refusal(ErrorKind.AMBIGUOUS, status, None, "", None, readable=False)


@pytest.mark.parametrize("status", [201, 202, 301, 400, 404, 500])
def test_an_empty_object_is_a_refusal_unless_it_came_with_status_200(status: int) -> None:
    assert read(status, b"{}") == Refusal(ErrorKind.AMBIGUOUS, status, None, "", None, readable=True)
    assert read_refusal(HttpResponse(200, {}, b"{}")) is None


def test_every_file_is_in_a_table() -> None:
    named = {f"{row[0]}.json" for row in CODES} | {row[0] for row in SHAPES} | {row[0] for row in SPEECHLESS}
    named |= {"accepted.json", "h_rescode_200.json", "j_header_200.json"}
    assert {path.name for path in DATA.iterdir()} == named


def test_every_listed_code_has_a_sample() -> None:
    assert CODES_OF_DARAJA.keys() <= {row[3] for row in CODES} | {row[3] for row in SHAPES}


# ---------------------------------------------------------------------------------------------------------- no refusals


@pytest.mark.parametrize(
    "body",
    [
        (DATA / "accepted.json").read_bytes(),
        (DATA / "h_rescode_200.json").read_bytes(),
        (DATA / "j_header_200.json").read_bytes(),
        b'{"ResponseCode": "0"}',
        b'{"ResponseCode": 0}',
        b'{"ResponseCode": ""}',
        b'{"ResponseCode": false}',
        b'{"ResponseCode": "0", "errorCode": ""}',
        b'{"access_token": "t", "expires_in": 3599}',
    ],
)
def test_an_answer_without_a_refusal_gives_none(body: bytes) -> None:
    assert read_refusal(HttpResponse(200, {}, body)) is None


@pytest.mark.parametrize("code", ["1", "10", "500.001.1001", "200"])
def test_only_an_exact_zero_is_accepted(code: str) -> None:
    refusal = read(200, json.dumps({"ResponseCode": code, "ResponseDescription": "No"}).encode())
    assert refusal == Refusal(ErrorKind.REFUSED, 200, code, "No", None, readable=True)


@pytest.mark.parametrize("code", ["00", "000", " 0", "0 ", "-0", "0.0"])
def test_a_zero_in_another_spelling_is_doubt(code: str) -> None:
    refusal = read(200, json.dumps({"ResponseCode": code, "ResponseDescription": "Maybe"}).encode())
    assert refusal == Refusal(ErrorKind.AMBIGUOUS, 200, code, "Maybe", None, readable=True)


@pytest.mark.parametrize("code", ["17", "26", "100000000", "100000011"])
def test_an_acknowledgement_in_doubt_stays_so_under_a_status_that_says_no(code: str) -> None:
    refusal = read(400, json.dumps({"ResponseCode": code, "ResponseDescription": "System busy"}).encode())
    assert refusal == Refusal(ErrorKind.AMBIGUOUS, 400, code, "System busy", None, readable=True)


@pytest.mark.parametrize("code", ["1", "2001", "100000005"])
def test_any_other_acknowledgement_under_such_a_status_is_a_refusal(code: str) -> None:
    refusal = read(400, json.dumps({"ResponseCode": code, "ResponseDescription": "Wrong"}).encode())
    assert refusal == Refusal(ErrorKind.REQUEST, 400, None, "Wrong", None, readable=True)


def test_a_success_sign_of_another_product_does_not_hide_a_refusal() -> None:
    refusal = read(200, b'{"rescode": "200", "ResponseCode": "1"}')
    assert (refusal.kind, refusal.code) == (ErrorKind.REFUSED, "1")


def test_an_answer_with_two_codes_is_ambiguous() -> None:
    assert read(200, b'{"ResponseCode": "1", "ResponseCode": "0"}').kind is ErrorKind.AMBIGUOUS


@pytest.mark.parametrize("key", ["fault", "Envelope"])
@pytest.mark.parametrize("value", [None, "text", [], {}, {"Body": None}, {"detail": []}, {"Body": {"Fault": "x"}}])
def test_an_unknown_form_of_fault_is_ambiguous_also_with_status_200(key: str, value: object) -> None:
    for status in (200, 500):
        refusal = read(status, json.dumps({key: value, "ResponseCode": "0"}).encode())
        assert refusal == Refusal(ErrorKind.AMBIGUOUS, status, None, "", None, readable=True)


@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, {"text": "x"}])
def test_a_field_of_another_type_is_ignored(value: object) -> None:
    body = json.dumps({"errorCode": value, "errorMessage": value, "requestId": value}).encode()
    assert read(400, body) == Refusal(ErrorKind.AMBIGUOUS, 400, None, "", None, readable=True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"error": {"code": "X", "message": "Expected number"}}, "Expected number"),
        ({"error": {"code": "X"}}, "X"),
        ({"error": "Bad Gateway", "path": "/"}, "Bad Gateway"),
        ({"title": "Not Found", "detail": "No such page"}, "No such page"),
        ({"error": ["x"]}, ""),
    ],
)
@pytest.mark.parametrize(("status", "kind"), [(400, ErrorKind.AMBIGUOUS), (401, ErrorKind.TOKEN)])
def test_unknown_words_are_kept_and_decide_nothing(
    fields: dict[str, object], words: str, status: int, kind: ErrorKind
) -> None:
    assert read(status, json.dumps(fields).encode()) == Refusal(kind, status, None, words, None, readable=True)


def test_a_code_may_be_a_number_or_text() -> None:
    assert read(401, b'{"errorCode": 401, "requestId": 7}') == Refusal(
        ErrorKind.TOKEN, 401, "401", "", "7", readable=True
    )


# ----------------------------------------------------------------------------------------------------- overloaded texts


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        ("500.001.1001", "MERCHANT DOES NOT EXIST", ErrorKind.CREDENTIALS),
        ("500.001.1001", "Error: [MerchantValidate] - wrong Credentials.", ErrorKind.CREDENTIALS),
        ("500.001.1001", "unable to LOCK SUBSCRIBER", ErrorKind.SUBSCRIBER),
        ("500.001.1001", "Transaction is Being Processed.", ErrorKind.PENDING),
        ("500.001.1001", "the transaction DOES NOT EXIST", ErrorKind.PENDING),
        ("500.001.1001", " ", ErrorKind.AMBIGUOUS),
        ("500.001.1001", "locked", ErrorKind.AMBIGUOUS),
        ("500.003.02", "SPIKE ARREST", ErrorKind.RATE),
        ("500.003.02", "the system is BUSY", ErrorKind.OVERLOAD),
        ("500.003.02", "", ErrorKind.AMBIGUOUS),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500, 503])
def test_a_code_with_several_meanings_is_decided_by_its_words(
    code: str, words: str, kind: ErrorKind, status: int
) -> None:
    assert read(status, said(code, words)).kind is kind


# ----------------------------------------------------------------------------------------------------------- exceptions


def every_refusal() -> list[Refusal]:
    rows = [(f"{name}.json", status) for name, status, *_ in CODES] + [(name, status) for name, status, *_ in SHAPES]
    return [from_file(name, status) for name, status in rows]


@pytest.mark.parametrize("refusal", every_refusal(), ids=lambda refusal: f"{refusal.status}-{refusal.kind.name}")
def test_every_meaning_has_its_exception_which_keeps_daraja_s_words(refusal: Refusal) -> None:
    for repeatable, classes in ((False, FOR_MONEY), (True, FOR_QUESTIONS)):
        error = refusal.error(repeatable=repeatable)
        assert type(error) is classes[refusal.kind]
        if isinstance(error, ApiError):
            kept = (error.status, error.code, error.message, error.request_id)
            assert kept == (refusal.status, refusal.code, refusal.message, refusal.request_id)
        else:
            assert f"HTTP {refusal.status}" in str(error)
            assert refusal.code is None or f"code {refusal.code}" in str(error)
            assert refusal.message.rstrip(".") in str(error)


@pytest.mark.parametrize(("name", "status", "kind"), SPEECHLESS)
def test_an_empty_answer_is_ambiguous_for_money_and_no_answer_for_a_query(
    name: str, status: int, kind: ErrorKind
) -> None:
    refusal = from_file(name, status)
    assert type(refusal.error(repeatable=False)) is FOR_MONEY[kind]
    question = refusal.error(repeatable=True)
    assert type(question) is (UnexpectedResponse if kind is ErrorKind.AMBIGUOUS else FOR_MONEY[kind])
    assert f"HTTP {status}" in str(question)


def test_only_a_rate_limit_has_a_waiting_time() -> None:
    slow = from_file("b_spike.json", 429).error(repeatable=False, retry_after=12.0)
    assert isinstance(slow, RateLimited)
    assert slow.retry_after == 12.0
    refused = from_file("a_amount_400_002_02.json", 400).error(repeatable=False, retry_after=12.0)
    assert refused.args == (400, "400.002.02", "Bad Request - Invalid Amount", REQUEST_ID)


@pytest.mark.parametrize(
    "number", [NUMBER, NUMBER[3:], f"0{NUMBER[3:]}", "+254 700 000 017", f"ws_CO_17082026142826127{NUMBER[3:]}"]
)
@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "400.002.02"), (500, "500.001.1001"), (500, "9"), (429, "9"), (200, "9"), (404, "404.001.03")],
)
@pytest.mark.parametrize("repeatable", [True, False])
def test_a_phone_number_in_words_or_request_id_is_masked_everywhere(
    number: str,
    status: int,
    code: str,
    repeatable: bool,  # noqa: FBT001 - it is the subject
) -> None:
    body = json.dumps({"requestId": number, "errorCode": code, "errorMessage": f"Subscriber {number}, sorry"}).encode()
    refusal = read(status, body)
    with pytest.raises(DarajaError) as caught:
        raise refusal.error(repeatable=repeatable)
    shown = everything_shown(caught.value) + repr(refusal)
    assert "sorry" in shown
    assert NUMBER[3:] not in shown
    assert NUMBER[3:] not in shown.replace(" ", "")


def test_a_request_id_is_whole_for_the_program() -> None:
    body = json.dumps({"requestId": f"ws_CO_17082026142826127{NUMBER[3:]}", "errorCode": "9", "errorMessage": ""})
    error = read(400, body.encode()).error(repeatable=True)
    assert isinstance(error, ApiError)
    assert error.request_id == f"ws_CO_17082026142826127{NUMBER[3:]}"


# ------------------------------------------------------------------------------------------------------- whatever comes

statuses = (
    st.sampled_from([200, 201, 302, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503]) | st.integers()
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=5
)
known_codes = st.sampled_from([*CODES_OF_DARAJA, "1", "0", "200", ""])
known_words = st.sampled_from(["Merchant does not exist", "being processed", "busy", "Spike Arrest", "", "apiproduct"])
objects = st.dictionaries(
    st.sampled_from(
        (
            *("errorCode", "errorMessage", "requestId", "ResponseCode", "ResponseDescription", "rescode", "resmsg"),
            *("fault", "faultstring", "detail", "errorcode", "Envelope", "Body", "Fault", "source", "message"),
            *("header", "body", "ResponseHeader", "responseCode", "responseMessage", "status"),
        )
    ),
    values | known_codes | known_words | st.dictionaries(st.sampled_from(["errorcode", "detail", "Body"]), known_codes),
)
bodies = st.binary() | objects.map(lambda fields: json.dumps(fields).encode())


@given(statuses, bodies)
@example(200, b'{"errorCode": 0, "errorMessage": null}')
@example(400, b'{"ResponseHeader": {"responseCode": []}}')
def test_any_body_is_read(status: int, body: bytes) -> None:
    refusal = read_refusal(HttpResponse(status, {}, body))
    if refusal is None:
        fields = read_object(body)
        assert status == 200
        assert fields is not None
        assert as_text(fields.get("ResponseCode")) in {"0", None}
        return
    for repeatable in (True, False):
        assert str(refusal.error(repeatable=repeatable)).strip()


@given(statuses, bodies)
@example(500, b'{"errorCode": "400.002.03", "errorMessage": "Bad Request"}')
@example(503, b'{"errorCode": "500.001.1001", "errorMessage": "Merchants do not exist"}')
def test_only_a_listed_code_or_status_refuses_money(status: int, body: bytes) -> None:
    refusal = read_refusal(HttpResponse(status, {}, body))
    if refusal is None or status in SURE | {429}:
        return
    error = refusal.error(repeatable=False)
    refused_by_code = status == 200 and refusal.kind is ErrorKind.REFUSED
    listed = refusal.code in CODES_OF_DARAJA and refusal.kind not in {ErrorKind.AMBIGUOUS, ErrorKind.PENDING}
    assert isinstance(error, ApiError) is (listed or refused_by_code)
    assert isinstance(error, ApiError | OutcomeUnknown)


# ---------------------------------------------------------------------------------------------------------- read_object


@pytest.mark.parametrize(("body", "fields"), [(b"{}", {}), (b' {"a": 1.50}\n', {"a": 1.5}), (b"[]", None), (b"", None)])
def test_an_object_is_read_and_any_other_value_gives_none(body: bytes, fields: dict[str, object] | None) -> None:
    assert read_object(body) == fields
