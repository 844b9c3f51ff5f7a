"""What holds for every operation: what it sends, what it makes of each answer, and how often it is sent."""

import json
from inspect import cleandoc, getattr_static

import pytest

from daraja import Daraja, PayBill, errors
from daraja.errors import (
    ApiError,
    AuthenticationError,
    DarajaError,
    InvalidRequest,
    NotSent,
    OutcomeUnknown,
    RateLimited,
)
from daraja.testing import ManualClock
from tests.support.leaks import everything_shown
from tests.support.operations import CASES, MONEY, Case, case_of, organisation
from tests.support.scripted import PHONE, ScriptedAnswer, ScriptedTransport, answer, refusal, token

ACKNOWLEDGING = [case for case in CASES if "ResponseCode" in case.answer and "ConversationID" in case.answer]
HARMLESS = [case for case in CASES if case.repeatable]
NO_OPERATIONS = {"close", "config", "run", "runtime", "stk_push", "stk_query"}


def client(*replies: ScriptedAnswer) -> tuple[Daraja, ScriptedTransport]:
    transport = ScriptedTransport([token(), *replies])
    return Daraja(organisation(), transport=transport, clock=ManualClock()), transport


def named(value: object) -> str | None:
    return value.method if isinstance(value, Case) else None


def test_every_operation_of_the_client_has_a_case() -> None:
    methods = {name for name in dir(Daraja) if not name.startswith("_")}
    assert {case.method for case in CASES} == methods - NO_OPERATIONS


@pytest.mark.parametrize("case", CASES, ids=named)
def test_it_is_sent_with_exactly_these_fields(case: Case) -> None:
    daraja, transport = client(answer(200, case.answer))
    case.ask(daraja)

    assert [request.url for request in transport.requests[1:]] == [f"http://127.0.0.1:8765{case.path}"]
    assert transport.requests[-1].method == "POST"
    assert transport.requests[-1].headers["Authorization"] == "Bearer token-1"
    assert json.loads(transport.requests[-1].body) == case.sent


@pytest.mark.parametrize("case", CASES, ids=named)
def test_its_answer_promises_nothing_and_shows_no_number(case: Case) -> None:
    daraja, _ = client(answer(200, case.answer))
    answered = case.ask(daraja)

    assert not any("paid" in name or "success" in name for name in dir(answered))
    assert PHONE[3:] not in repr(answered)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_its_method_says_what_it_takes_gives_and_raises(case: Case) -> None:
    words = cleandoc(getattr_static(Daraja, case.method).__doc__)  # Python 3.13 strips the indent, older ones do not
    assert all(f"\n{section}:\n" in words for section in ("Returns", "Raises", "Source"))
    assert ("\nArgs:\n" in words) is bool(case.given or case.by_place or case.method == "account_balance")


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_shortcode_without_a_passkey_can_do_it(case: Case) -> None:
    transport = ScriptedTransport([token(), answer(200, case.answer)])
    case.ask(Daraja(organisation(business=PayBill("600111")), transport=transport, clock=ManualClock()))

    assert len(transport.requests) == 2


DOUBTS: list[ScriptedAnswer] = [
    OutcomeUnknown("no answer came within 30 s"),
    answer(200),
    answer(200, b"<html>welcome</html>"),
    answer(200, b'{"ResponseCode": "0", "Conversa'),
    answer(200, []),
    answer(200, {}),
    answer(200, {"ResponseDescription": "Accept the service request successfully."}),
    answer(204),
    answer(302, b"", Location="https://elsewhere.example"),
    answer(400),
    answer(403, b"<html>Incapsula</html>"),
    answer(408, {"message": "Request Timeout"}),
    answer(500, b"Internal Server Error"),
    answer(502),
    answer(503, b"<html>Incapsula</html>"),
    refusal(500, "500.001.1001", "Something new"),
    refusal(500, "500.002.1001", "System internal error."),
    refusal(500, "500.002.1001", "Service is currently under maintenance. Please try again later"),
    refusal(500, "500.003.1001", "Internal Server Error"),
]


@pytest.mark.parametrize("reply", DOUBTS)
@pytest.mark.parametrize("case", MONEY, ids=named)
def test_in_doubt_a_request_for_money_is_sent_once_and_outcome_unknown_is_raised(
    case: Case, reply: ScriptedAnswer
) -> None:
    daraja, transport = client(reply)

    with pytest.raises(OutcomeUnknown, match="before you send it again") as caught:
        case.ask(daraja)
    assert len(transport.requests) == 2
    shown = everything_shown(caught.value)
    assert PHONE[3:] not in shown
    assert "nobody-may-see" not in shown


@pytest.mark.parametrize("case", MONEY, ids=named)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_a_success_sign_with_an_error_status_is_ambiguous(case: Case, status: int) -> None:
    daraja, transport = client(answer(status, case.answer), *[answer(status, case.answer)] * 3)

    with pytest.raises(OutcomeUnknown):
        case.ask(daraja)
    assert len(transport.requests) == 2


@pytest.mark.parametrize("case", CASES, ids=named)
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (refusal(400, "400.002.02", "Bad Request - Invalid Remarks"), InvalidRequest),
        (refusal(403, "403.002.1001", "You are not authorized to initiate this transaction"), AuthenticationError),
        (refusal(401, "401.003.01", "Error Occurred - Invalid Access Token"), AuthenticationError),
    ],
)
def test_a_refusal_is_an_error_with_daraja_s_words(case: Case, reply: ScriptedAnswer, error: type[ApiError]) -> None:
    daraja, transport = client(reply)

    with pytest.raises(error) as caught:
        case.ask(daraja)
    assert caught.value.message
    assert len(transport.requests) == 2


@pytest.mark.parametrize("case", CASES, ids=named)
@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ([NotSent("refused")] * 3, NotSent),
        ([answer(429)] * 3, RateLimited),
        ([refusal(500, "500.003.02", "Error Occurred: Spike Arrest Violation")] * 3, RateLimited),
    ],
)
def test_a_request_that_was_certainly_not_accepted_is_tried_three_times(
    case: Case, replies: list[ScriptedAnswer], error: type[DarajaError]
) -> None:
    daraja, transport = client(*replies)

    with pytest.raises(error):
        case.ask(daraja)
    assert len(transport.requests) == 4


@pytest.mark.parametrize("case", HARMLESS, ids=named)
def test_a_harmless_request_is_repeated_after_a_lost_answer(case: Case) -> None:
    daraja, transport = client(OutcomeUnknown("broke"), answer(503), answer(200, case.answer))
    case.ask(daraja)

    assert len(transport.requests) == 4
    assert len({request.body for request in transport.requests[1:]}) == 1


@pytest.mark.parametrize("case", CASES, ids=named)
def test_no_error_shows_a_secret_or_a_number(case: Case) -> None:
    daraja, transport = client(refusal(400, "400.002.02", "Bad Request - Invalid Something"))
    with pytest.raises(ApiError) as caught:
        case.ask(daraja)

    shown = everything_shown(caught.value)
    assert PHONE[3:] not in shown
    assert "nobody-may-see" not in shown
    assert transport.requests[-1].body


@pytest.mark.parametrize("case", ACKNOWLEDGING, ids=named)
@pytest.mark.parametrize("code", ["26", "100000000", "100000001", "100000011", "17"])
def test_an_acknowledgement_that_keeps_the_request_is_ambiguous(case: Case, code: str) -> None:
    daraja, transport = client(answer(200, {**case.answer, "ResponseCode": code}))

    with pytest.raises(OutcomeUnknown if not case.repeatable else ApiError):
        case.ask(daraja)
    assert len(transport.requests) == 2


@pytest.mark.parametrize("case", ACKNOWLEDGING, ids=named)
@pytest.mark.parametrize("code", ["1", "2001", "100000005", "100000010"])
def test_another_response_code_is_a_refusal(case: Case, code: str) -> None:
    daraja, _ = client(answer(200, {**case.answer, "ResponseCode": code, "ResponseDescription": "Rejected"}))

    with pytest.raises(ApiError, match="Rejected"):
        case.ask(daraja)


@pytest.mark.parametrize("method", ["b2c_payment", "pochi_payment"])
@pytest.mark.parametrize(
    "reply",
    [
        refusal(500, "500.002.1001", "Duplicate OriginatorConversationID."),
        answer(200, {"ConversationID": "AG_1", "ResponseCode": "15", "ResponseDescription": "Duplicate"}),
    ],
)
def test_an_id_that_was_seen_before_says_that_the_first_request_was_accepted(
    method: str, reply: ScriptedAnswer
) -> None:
    daraja, transport = client(reply)

    with pytest.raises(errors.DuplicateRequest, match="first request with this id was accepted"):
        case_of(method).ask(daraja)
    assert len(transport.requests) == 2
