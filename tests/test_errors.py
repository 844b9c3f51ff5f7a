"""Every exception says what happened and what to do next, shows no phone number, and can be pickled."""

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import attrs
import pytest

from daraja import errors
from daraja.errors import (
    ApiError,
    AttemptOpen,
    AuthenticationError,
    CallbackMalformed,
    CapReached,
    ConfigurationError,
    ConfigurationWarning,
    Conflict,
    DarajaError,
    DuplicatePayment,
    DuplicatePayout,
    DuplicateRequest,
    InvalidInput,
    InvalidRequest,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PaidByHand,
    RateLimited,
    RecordUnreadable,
    RepeatedPayout,
    StatementBroken,
    SubscriberBusy,
    TooEarly,
    UnexpectedResponse,
    UnknownPayment,
)
from tests.support.leaks import everything_shown
from tests.support.numbers import digits_shown
from tests.support.payments import a_payment

PHONE: Final = "254712345678"
REQUEST_ID: Final = "ws_CO_17082026142826708712345678"
WORDS: Final = f"Unable to lock subscriber {PHONE}."

EVERY: Final[list[DarajaError]] = [
    DarajaError("something"),
    InvalidInput({"phone": "'2547*****678' is wrong", "amount": "0 is outside the limits"}),
    ConfigurationError({"passkey": "is missing", "till": "is odd"}, {"passkey": "in the environment MPESA_PASSKEY"}),
    NotSent("no connection could be opened"),
    OutcomeUnknown("nothing came within 30 s"),
    ApiError(500, "500.003.1001", WORDS, REQUEST_ID),
    ApiError(500, None, ""),
    AuthenticationError(400, None, "", None),
    InvalidRequest(400, "400.002.02", "Bad Request - Invalid PhoneNumber", REQUEST_ID),
    SubscriberBusy(500, "500.001.1001", WORDS, REQUEST_ID),
    DuplicateRequest(500, "500.002.1001", "Duplicate OriginatorConversationID.", REQUEST_ID),
    NotFound(200, "4001", "Invalid Identifier", REQUEST_ID),
    RateLimited(429, "policies.ratelimit.SpikeArrestViolation", "Spike arrest", REQUEST_ID, 12.5),
    RateLimited(429, None, ""),
    UnexpectedResponse(200, "it is a list"),
    CallbackMalformed("Body.stkCallback.ResultCode", "is missing"),
    UnknownPayment("nothing has that key"),
    DuplicatePayment("the key was used before"),
    DuplicatePayout("the key was used before"),
    RepeatedPayout("the same amount went to the same receiver today"),
    AttemptOpen(PHONE, 500, datetime(2026, 11, 30, 21, tzinfo=UTC), 160),
    AttemptOpen(PHONE, 500, datetime(2026, 11, 30, 21, tzinfo=UTC), 160, in_doubt=True),
    TooEarly("nobody was charged (Wrong PIN)", datetime(2026, 11, 30, 21, tzinfo=UTC), 57),
    Conflict("another payment has that id"),
    CapReached("per_day", 50_000, 300, datetime(2026, 11, 30, 21, tzinfo=UTC)),
    CapReached("refunds", 500, 0),
    RecordUnreadable("0" * 32, "it has no status"),
    PaidByHand(("UAF1AAAAAA", "UAF1AAAAAB")),
    StatementBroken(7, "its balance does not follow from that of row 6"),
]

each = pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)

STORED: Final[list[Callable[[DarajaError], DarajaError]]] = [
    copy.copy,
    copy.deepcopy,
    lambda error: pickle.loads(pickle.dumps(error, 0)),  # noqa: S301 - our own bytes
    lambda error: pickle.loads(pickle.dumps(error)),  # noqa: S301 - the same
]


def test_these_tests_cover_every_exception() -> None:
    named = {name for name in errors.__all__ if issubclass(getattr(errors, name), DarajaError)}
    assert {type(error).__name__ for error in EVERY} == named
    assert set(errors.__all__) == named | {"ConfigurationWarning", "PaymentView", "PayoutView", "Problem"}
    assert issubclass(ConfigurationWarning, UserWarning)


@each
def test_an_error_survives_copying_and_pickling(error: DarajaError) -> None:
    for back in (store(error) for store in STORED):
        assert back is not error
        assert type(back) is type(error)
        assert (back.args, str(back), repr(back)) == (error.args, str(error), repr(error))
        assert everything_shown(back) == everything_shown(error)


@each
def test_notes_survive_copying_and_pickling(error: DarajaError) -> None:
    mine = copy.copy(error)
    mine.add_note("while paying order 7")
    for store in STORED:
        assert store(mine).__notes__ == ["while paying order 7"]


@each
def test_no_part_of_an_error_shows_a_number(error: DarajaError) -> None:
    for one in (error, *(store(error) for store in STORED)):
        assert digits_shown(PHONE[3:], everything_shown(one)) == []


@each
def test_one_except_catches_them_all(error: DarajaError) -> None:
    assert isinstance(error, DarajaError)
    assert isinstance(error, ValueError) is isinstance(error, InvalidInput | CallbackMalformed | StatementBroken)
    with pytest.raises(DarajaError):
        raise error


@each
def test_an_error_has_no_payment_by_default(error: DarajaError) -> None:
    assert error.payment is None
    assert "payment" not in vars(error)


@each
def test_the_payment_of_an_error_survives_copying_and_shows_no_number(error: DarajaError) -> None:
    mine = copy.copy(error)
    mine.payment = attrs.evolve(a_payment(), phone=PHONE, refusal=(type(error).__name__, PHONE))

    for back in (store(mine) for store in STORED):
        assert back.payment == mine.payment
        assert digits_shown(PHONE[3:], everything_shown(back)) == []
    assert error.payment is None


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            InvalidInput({"amount": "0 is outside the limits"}),
            "The input cannot be used: amount: 0 is outside the limits",
        ),
        (
            InvalidInput({"phone": "is missing", "amount": "is missing"}),
            "The input has 2 faults:\n  - phone: is missing\n  - amount: is missing",
        ),
        (ConfigurationError({"passkey": "is missing"}), "The configuration cannot be used: passkey: is missing"),
        (
            ConfigurationError({"passkey": "is missing", "shortcode": "is missing"}),
            "The configuration has 2 faults:\n  - passkey: is missing\n  - shortcode: is missing",
        ),
        (NotSent("no connection"), "Nothing was sent to Daraja: no connection. A new attempt is safe."),
        (
            OutcomeUnknown("it hung"),
            (
                "Daraja gave no usable answer: it hung. It may have acted on the request all the same; "
                "find out (callback, query, statement) before you send it again."
            ),
        ),
        (
            ApiError(500, None, ""),
            (
                "Daraja refused: no reason given (HTTP 500). "
                "Correct what the message names; if it names nothing of yours, send it again later."
            ),
        ),
        (
            ApiError(500, "500.003.1001", "Sorry."),
            (
                "Daraja refused: Sorry (HTTP 500, code 500.003.1001). "
                "Correct what the message names; if it names nothing of yours, send it again later."
            ),
        ),
        (
            ApiError(500, "500.003.1001", WORDS, REQUEST_ID),
            (
                "Daraja refused: Unable to lock subscriber 2547*****678 "
                "(HTTP 500, code 500.003.1001, request ws_CO_170820261428267087*****678). "
                "Correct what the message names; if it names nothing of yours, send it again later."
            ),
        ),
        (
            InvalidRequest(400, "400.002.02", "Bad Request - Invalid Amount"),
            (
                "Daraja refused: Bad Request - Invalid Amount (HTTP 400, code 400.002.02). "
                "Correct what the message names, then send it again."
            ),
        ),
        (RateLimited(429, None, "Slow"), "Daraja refused: Slow (HTTP 429). Slow down, then try again."),
        (
            UnexpectedResponse(200, "it is a list"),
            "Daraja's answer cannot be read: it is a list (HTTP 200). Ask again later.",
        ),
        (
            CallbackMalformed("Body.stkCallback", "is missing"),
            "Not a callback that can be read: Body.stkCallback is missing.",
        ),
        (
            CapReached("per_day", 50_000, 300, datetime(2026, 11, 30, 21, tzinfo=UTC)),
            (
                "The cap per_day of 50,000 KES has 300 KES left, which is less than this needs. "
                "It renews at 2026-12-01 00:00 in Nairobi. Nothing was sent."
            ),
        ),
        (
            CapReached("refunds", 500, 0),
            "The cap refunds of 500 KES has 0 KES left, which is less than this needs. Nothing was sent.",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, DarajaError) else "",
)
def test_the_message_of_each_error(error: DarajaError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (
            AuthenticationError(400, None, ""),
            ["mistyped or copied with a space", "the other environment", "not approved"],
        ),
        (InvalidRequest(400, None, ""), ["Correct what the message names"]),
        (SubscriberBusy(500, None, ""), ["wait at least 60 seconds"]),
        (DuplicateRequest(500, None, ""), ["was accepted", "may have paid", "transaction status"]),
        (NotFound(200, None, ""), ["Compare the number"]),
        (RateLimited(429, None, ""), ["Slow down"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, DarajaError) else "",
)
def test_a_refusal_ends_with_advice(error: ApiError, advice: list[str]) -> None:
    assert str(error).endswith(f" {error.advice}")
    assert [words for words in advice if words not in str(error)] == []


def test_the_parts_of_a_refusal() -> None:
    error = ApiError(500, "500.001.1001", WORDS, REQUEST_ID)
    assert (error.status, error.code) == (500, "500.001.1001")
    assert error.message == "Unable to lock subscriber 2547*****678."
    assert error.request_id == REQUEST_ID
    assert repr(error.request_id) == "'ws_CO_170820261428267087*****678'"


@pytest.mark.parametrize(
    "request_id",
    [
        "29115-34620561-1",
        "16470-170099139-2",
        "94fc-460e-a970-797968bf6a712345678",
        "feb5e3f2-0fbc-4745-844c-ee37b546f627",
    ],
)
def test_support_can_read_the_whole_request_id(request_id: str) -> None:
    error = ApiError(500, "500.001.1001", WORDS, request_id)
    assert f"request {request_id})" in str(error)
    assert repr(request_id) in repr(error)


@pytest.mark.parametrize(
    "request_id", ["254712345678", "0712 345 678", "+254712345678", "ws_co_1_712345678", "pay-0712345678", "712345678"]
)
def test_a_request_id_that_can_be_a_number_is_masked(request_id: str) -> None:
    error = ApiError(500, "500.001.1001", WORDS, request_id)
    shown = str(error) + repr(error)
    assert "***" in shown
    assert "345678" not in shown.replace(" ", "")
    assert error.request_id == request_id


@pytest.mark.parametrize(
    "subclass", [AuthenticationError, InvalidRequest, SubscriberBusy, DuplicateRequest, RateLimited]
)
def test_every_refusal_has_the_same_parts(subclass: type[ApiError]) -> None:
    error = subclass(503, None, "Sorry", None)
    assert isinstance(error, ApiError)
    assert (error.status, error.code, error.message, error.request_id) == (503, None, "Sorry", None)


def test_the_waiting_time_is_shown_if_it_is_known() -> None:
    assert RateLimited(429, None, "", None, 12.5).retry_after == 12.5
    assert RateLimited(429, None, "").retry_after is None


def test_the_parts_of_the_other_errors() -> None:
    assert InvalidInput({"phone": "is missing"}).faults == {"phone": "is missing"}
    assert UnexpectedResponse(418, "it is a teapot").status == 418
    assert CallbackMalformed("Body.stkCallback", "is missing").path == "Body.stkCallback"


def test_later_changes_do_not_change_the_faults() -> None:
    found = {"phone": "is missing"}
    error = InvalidInput(found)
    found.clear()
    assert error.faults == {"phone": "is missing"}
