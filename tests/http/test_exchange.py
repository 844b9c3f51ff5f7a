"""When a request is sent again, and when it never is."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.errors import NotSent, OutcomeUnknown
from daraja.http.exchange import exchange
from daraja.http.flow import Within
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.runtime import run
from daraja.runtime.base import ThreadRuntime
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens
from tests.support.scripted import ScriptedAnswer, ScriptedTransport, answer, refusal

REQUEST = HttpRequest("POST", "http://127.0.0.1:8765/mpesa/stkpush/v1/processrequest")
OK = answer(200, {"ResponseCode": "0"})

SPIKE_ARREST = answer(
    429,
    {
        "fault": {
            "faultstring": "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5}",
            "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"},
        }
    },
)

SURELY_NOT_ACCEPTED: list[ScriptedAnswer] = [
    NotSent("the connection was refused"),
    SPIKE_ARREST,
    answer(429),
    answer(429, b"<html>slow down</html>"),
    refusal(500, "500.003.02", "Error Occurred: Spike Arrest Violation"),
]

PASSING_BUT_IN_DOUBT: list[ScriptedAnswer] = [
    OutcomeUnknown("no answer came within 30 s"),
    answer(500, b"Internal Server Error"),
    answer(503),
    answer(503, b"<html>Incapsula</html>"),
    answer(403, b"<html>Incapsula</html>"),
    refusal(500, "500.003.02", "System is busy. Please try again in few minutes."),
    refusal(500, "500.003.1001", "Internal Server Error"),
    refusal(500, "500.002.1001", "Service is currently under maintenance. Please try again later"),
    answer(502, {"unheard": "of"}),
]

FINAL: list[ScriptedAnswer] = [
    answer(200),
    answer(400),
    answer(403, {"errorCode": "403.002.1001", "errorMessage": "You are not authorized"}),
    answer(302, b"", Location="https://elsewhere.example/"),
    refusal(400, "400.002.02", "Bad Request - Invalid Amount"),
    refusal(404, "404.001.03", "Invalid Access Token"),
    refusal(500, "500.001.1001", "Wrong credentials"),
    refusal(500, "500.001.1001", "The transaction is being processed"),
    refusal(500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process"),
    refusal(500, "500.003.03", "Error Occurred: Quota Violation"),
]


def try_out(
    *replies: ScriptedAnswer, repeatable: bool, chance: float = 0.5
) -> tuple[object, ScriptedTransport, ManualClock]:
    transport, clock = ScriptedTransport(replies), ManualClock()
    world = ThreadRuntime(transport=transport, clock=clock, tokens=MemoryTokens(clock), random=lambda: chance)
    end: object
    try:
        end = run(exchange(REQUEST, repeatable=repeatable), world)
    except (NotSent, OutcomeUnknown) as error:
        end = error
    return end, transport, clock


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("first", SURELY_NOT_ACCEPTED)
def test_a_request_that_was_certainly_not_accepted_is_sent_again(first: ScriptedAnswer, *, repeatable: bool) -> None:
    end, transport, clock = try_out(first, OK, repeatable=repeatable)

    assert end == OK
    assert len(transport.requests) == 2
    assert clock.slept


@pytest.mark.parametrize("first", PASSING_BUT_IN_DOUBT)
def test_a_request_for_money_is_never_sent_again_in_doubt(first: ScriptedAnswer) -> None:
    end, transport, clock = try_out(first, OK, repeatable=False)

    assert end == first
    assert len(transport.requests) == 1
    assert not clock.slept


@pytest.mark.parametrize("first", PASSING_BUT_IN_DOUBT)
def test_a_harmless_request_is_sent_again_in_doubt(first: ScriptedAnswer) -> None:
    end, transport, _ = try_out(first, OK, repeatable=True)

    assert end == OK
    assert len(transport.requests) == 2


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("first", FINAL)
def test_a_final_answer_is_not_asked_for_again(first: ScriptedAnswer, *, repeatable: bool) -> None:
    end, transport, _ = try_out(first, repeatable=repeatable)

    assert end == first
    assert len(transport.requests) == 1


@pytest.mark.parametrize("failure", [NotSent("refused"), answer(503), SPIKE_ARREST])
def test_there_are_at_most_three_attempts(failure: ScriptedAnswer) -> None:
    end, transport, _ = try_out(failure, failure, failure, OK, repeatable=True)

    assert end == failure
    assert len(transport.requests) == 3


def test_a_hanging_daraja_is_waited_for_only_once() -> None:
    clock = ManualClock()

    def hang(_: HttpRequest) -> HttpResponse:
        clock.advance(30)
        message = "no answer came within 30 s"
        raise OutcomeUnknown(message)

    transport = ScriptedTransport([hang, OK])
    world = ThreadRuntime(transport=transport, clock=clock, tokens=MemoryTokens(clock))
    with pytest.raises(OutcomeUnknown):
        run(exchange(REQUEST, repeatable=True), world)

    assert len(transport.requests) == 1
    assert not clock.slept


@pytest.mark.parametrize("oddity", [None, {"ResponseCode": "0"}, (200, b"{}")])
def test_a_transport_that_returns_no_response_leaves_the_request_in_doubt(oddity: object) -> None:
    error, transport, _ = try_out(lambda _: cast("HttpResponse", oddity), repeatable=False)
    assert isinstance(error, OutcomeUnknown)
    assert f"returned {type(oddity).__name__}, which is no HttpResponse" in str(error)
    assert len(transport.requests) == 1


def test_pauses_double_and_vary_by_chance() -> None:
    refused = NotSent("refused")
    pauses = [try_out(*[refused] * 3, repeatable=False, chance=chance)[2].slept for chance in (0.0, 0.5, 1.0)]

    assert pauses == [[0.5, 1.0], [0.75, 1.5], [1.0, 2.0]]


@pytest.mark.parametrize(("asked", "waited"), [("7", 7.0), (" 60 ", 60.0), ("0", 0.75)])
def test_retry_after_in_seconds_is_honoured(asked: str, waited: float) -> None:
    end, _, clock = try_out(answer(429, Retry_After=asked), OK, repeatable=False)

    assert end == OK
    assert clock.slept == [waited]


@pytest.mark.parametrize(("ahead", "waited"), [(42, 42.0), (-5, 0.75)])
def test_retry_after_as_a_date_is_honoured(ahead: int, waited: float) -> None:
    start = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    date = format_datetime(start + timedelta(seconds=ahead), usegmt=True)
    transport, clock = ScriptedTransport([answer(429, retry_after=date), OK]), ManualClock(start)
    world = ThreadRuntime(transport=transport, clock=clock, tokens=MemoryTokens(clock), random=lambda: 0.5)

    assert run(exchange(REQUEST, repeatable=False), world) == OK
    assert clock.slept == [waited]


@pytest.mark.parametrize("asked", ["61", "86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_no_wait_is_longer_than_a_minute(asked: str) -> None:
    refused = answer(429, Retry_After=asked)
    end, transport, clock = try_out(refused, OK, repeatable=False)

    assert end == refused
    assert len(transport.requests) == 1
    assert not clock.slept


@pytest.mark.parametrize("nonsense", ["soon", "-1", "1.5", "\u0663", "Mon, 99 Foo 2026", "Mon, 23 Nov 2026 09:30:00"])
def test_an_invalid_retry_after_is_ignored(nonsense: str) -> None:
    end, _, clock = try_out(answer(429, Retry_After=nonsense), OK, repeatable=False)

    assert end == OK
    assert clock.slept == [0.75]


def test_the_last_exception_of_the_transport_is_raised() -> None:
    with_cause = OutcomeUnknown("the connection broke")
    end, _, _ = try_out(with_cause, repeatable=False)

    assert end is with_cause
    assert with_cause.__context__ is None


@given(st.integers(100, 599), st.binary(max_size=200), st.booleans())
def test_money_is_repeated_only_if_the_gateway_refused_the_request(
    status: int,
    body: bytes,
    then: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    first = HttpResponse(status, {}, body)
    second = OK if then else answer(500)
    end, transport, _ = try_out(first, second, repeatable=False)

    if len(transport.requests) == 2:
        assert status == 429 or b"Spike" in body
        assert end == second
    else:
        assert end == first


def test_a_clock_that_is_set_back_lets_nothing_be_sent_oftener() -> None:
    class SetBack(ManualClock):
        def now(self) -> datetime:
            return super().now() - timedelta(hours=1) * self.monotonic()

    transport, clock = ScriptedTransport([answer(429, Retry_After="50")] * 3), SetBack()
    world = ThreadRuntime(transport=transport, clock=clock, tokens=MemoryTokens(clock), random=lambda: 0.5)

    run(exchange(REQUEST, repeatable=False), world)
    assert (len(transport.requests), clock.slept) == (2, [50.0])


# Where somebody has set a limit ---------------------------------------------------------------------------------------


def try_within(
    limit: float, *replies: ScriptedAnswer, repeatable: bool, clock: ManualClock | None = None
) -> tuple[object, ScriptedTransport, ManualClock]:
    clock = ManualClock() if clock is None else clock
    transport = ScriptedTransport(replies)
    world = ThreadRuntime(transport=transport, clock=clock, tokens=MemoryTokens(clock), random=lambda: 0.5)
    end: object
    try:
        end = run(Within(limit, lambda: exchange(REQUEST, repeatable=repeatable)), world)
    except (NotSent, OutcomeUnknown) as error:
        end = error
    return end, transport, clock


def test_a_request_gets_the_time_that_is_left_or_no_limit() -> None:
    _, limited, _ = try_within(16, NotSent("refused"), OK, repeatable=False)
    _, free, _ = try_out(OK, repeatable=False)

    assert [request.timeout for request in limited.requests] == [16.0, 15.25]
    assert [request.timeout for request in free.requests] == [None]
    assert REQUEST.timeout is None


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("limit", [-1, 0, 4.99])
def test_nothing_is_sent_without_time_for_an_answer(limit: float, *, repeatable: bool) -> None:
    end, transport, clock = try_within(limit, OK, repeatable=repeatable)

    assert isinstance(end, NotSent)
    assert "time" in str(end)
    assert (transport.requests, clock.slept) == ([], [])


def test_five_seconds_are_enough_to_send() -> None:
    end, transport, _ = try_within(5, OK, repeatable=False)

    assert (end, len(transport.requests)) == (OK, 1)


@pytest.mark.parametrize("first", [NotSent("refused"), SPIKE_ARREST, answer(429, Retry_After="12")])
def test_there_is_no_wait_before_an_attempt_that_would_have_no_time(first: ScriptedAnswer) -> None:
    end, transport, clock = try_within(5.5, first, OK, repeatable=False)

    assert end == first
    assert (len(transport.requests), clock.slept) == (1, [])


def test_a_wait_that_took_too_long_ends_the_attempts() -> None:
    class Slow(ManualClock):
        def sleep(self, seconds: float, /) -> None:
            super().sleep(seconds + 12)

    end, transport, _ = try_within(16, SPIKE_ARREST, OK, repeatable=False, clock=Slow())

    assert isinstance(end, NotSent)
    assert len(transport.requests) == 1


hanging_for = st.floats(0, 1)
failing = st.sampled_from([*SURELY_NOT_ACCEPTED, *PASSING_BUT_IN_DOUBT, answer(429, Retry_After="9"), OK])


@given(st.floats(0, 60), st.lists(st.tuples(hanging_for, failing), min_size=3, max_size=3), st.booleans())
def test_the_time_limit_holds_wherever_the_request_hangs(
    limit: float,
    course: list[tuple[float, ScriptedAnswer]],
    repeatable: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    clock = ManualClock()

    def hang(share: float, reply: ScriptedAnswer, request: HttpRequest) -> HttpResponse:
        assert request.timeout is not None
        clock.advance(share * request.timeout)
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, HttpResponse)
        return reply

    try_within(limit, *(partial(hang, *one) for one in course), repeatable=repeatable, clock=clock)

    assert clock.monotonic() <= limit + 1e-3
