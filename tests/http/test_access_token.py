"""One access token for all: fetched once, kept as long as it lives, replaced once when Daraja refuses it."""

import logging
from base64 import b64decode
from threading import Barrier, Lock, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Daraja, Secret
from daraja.config import Environment
from daraja.errors import (
    ApiError,
    AuthenticationError,
    DarajaError,
    InvalidRequest,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    UnexpectedResponse,
)
from daraja.http.exchange import access_token, as_token
from daraja.http.flow import GetToken, SingleFlight
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.runtime import run
from daraja.runtime.base import ThreadRuntime
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens
from tests.support.scripted import (
    CONSUMER_KEY,
    CONSUMER_SECRET,
    ScriptedAnswer,
    ScriptedTransport,
    accepted,
    answer,
    refusal,
    settings,
    token,
)

REFUSED_TOKENS: list[HttpResponse] = [
    refusal(404, "404.001.03", "Invalid Access Token"),
    refusal(401, "404.001.03", "Invalid Access Token"),
    refusal(400, "400.003.01", "Invalid Access Token"),
    refusal(401, "401.002.01", "Error Occurred - Invalid Access Token - abc"),
    refusal(401, "401", "Unauthorized - Invalid Access Token"),
    answer(401),
    answer(401, b"<html>no</html>"),
    answer(401, {"ResponseCode": "", "ResponseDescription": "Invalid Access Token"}),
]

OTHER_REFUSALS: list[HttpResponse] = [
    refusal(401, "401.003.01", "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found"),
    answer(401, {"ResponseCode": "", "ResponseDescription": "Invalid Access Token - no apiproduct match found"}),
    refusal(403, "403.002.1001", "You are not authorized to initiate this transaction"),
]


def push(daraja: Daraja) -> str:
    return daraja.stk_push(phone="0712345678", amount=1, reference="A").merchant_request_id


def client(*replies: ScriptedAnswer) -> tuple[Daraja, ScriptedTransport, ManualClock]:
    transport, clock = ScriptedTransport(replies), ManualClock()
    return Daraja(settings(), transport=transport, clock=clock), transport, clock


def bearers(transport: ScriptedTransport) -> list[str]:
    return [request.headers["Authorization"] for request in transport.requests]


def test_the_token_request_is_as_documented() -> None:
    daraja, transport, _ = client(token(), accepted())
    push(daraja)
    asked, pushed = transport.requests

    assert asked.method == "GET"
    assert asked.url == "http://127.0.0.1:8765/oauth/v1/generate?grant_type=client_credentials"
    scheme, _, credentials = asked.headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert b64decode(credentials).decode() == f"{CONSUMER_KEY}:{CONSUMER_SECRET}"
    assert asked.body == b""
    assert pushed.headers["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize(
    ("expires_in", "kept_for"),
    [
        ("3599", 3539),
        (3599, 3539),
        ("600", 540),
        (30, 27),
        ("10", 9),
        (0, 0),
        (None, 54),
        ("soon", 54),
        (-5, 54),
        ([3599], 54),
        (True, 54),
        ("9" * 400, 3540),
        (86_400, 3540),
        (3599.0, 54),
    ],
)
def test_a_token_is_stored_for_its_lifetime_less_a_margin(expires_in: object, kept_for: float) -> None:
    daraja, transport, clock = client(token("one", expires_in), accepted(), accepted(), token("two"), accepted())
    push(daraja)
    if kept_for:
        clock.advance(kept_for - 0.1)
        push(daraja)
        clock.advance(0.2)
        assert bearers(transport)[1:] == ["Bearer one", "Bearer one"]
    else:
        transport.send(transport.requests[-1])
    push(daraja)

    assert bearers(transport)[-1] == "Bearer two"


@pytest.mark.parametrize("no", REFUSED_TOKENS)
def test_a_refused_token_is_replaced_once_and_the_push_repeated_once(no: HttpResponse) -> None:
    daraja, transport, _ = client(token("old"), no, token("new"), accepted(), accepted())
    push(daraja)
    push(daraja)

    assert transport.paths == ["generate", "processrequest", "generate", "processrequest", "processrequest"]
    assert bearers(transport)[1:] == ["Bearer old", bearers(transport)[2], "Bearer new", "Bearer new"]


@pytest.mark.parametrize("no", REFUSED_TOKENS)
@pytest.mark.parametrize("second", ["same", "other"])
def test_a_second_refusal_is_an_error(no: HttpResponse, second: str) -> None:
    daraja, transport, _ = client(token("same"), no, token(second), no)

    with pytest.raises(AuthenticationError):
        push(daraja)
    assert transport.paths == ["generate", "processrequest", "generate", "processrequest"]


@pytest.mark.parametrize("no", OTHER_REFUSALS)
def test_a_refusal_that_a_new_token_cannot_fix_is_an_error_at_once(no: HttpResponse) -> None:
    daraja, transport, _ = client(token(), no)

    with pytest.raises(AuthenticationError, match=r"environment.*approved"):
        push(daraja)
    assert transport.paths == ["generate", "processrequest"]


def test_wrong_keys_name_the_three_usual_causes() -> None:
    daraja, transport, _ = client(answer(400))

    with pytest.raises(AuthenticationError) as caught:
        push(daraja)
    assert transport.paths == ["generate"]
    assert caught.value.status == 400
    for cause in ("mistyped", "other environment", "not approved"):
        assert cause in str(caught.value)


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ([answer(200)] * 1, UnexpectedResponse),
        ([answer(200, b"<html>maintenance</html>")], UnexpectedResponse),
        ([answer(200, [])], UnexpectedResponse),
        ([answer(200, b"null")], UnexpectedResponse),
        ([answer(200, {"expires_in": 3599})], UnexpectedResponse),
        ([answer(200, {"access_token": "", "expires_in": 3599})], UnexpectedResponse),
        ([answer(200, {"access_token": "two words", "expires_in": 3599})], UnexpectedResponse),
        ([answer(200, {"access_token": "line\r\nbreak", "expires_in": 3599})], UnexpectedResponse),
        ([answer(200, {"access_token": 12345, "expires_in": 3599})], UnexpectedResponse),
        ([answer(302, b"", Location="https://elsewhere.example")], UnexpectedResponse),
        ([answer(503)] * 3, UnexpectedResponse),
        ([answer(403, b"<html>Incapsula</html>")] * 3, UnexpectedResponse),
        ([refusal(500, "500.003.1001", "Internal Server Error")] * 3, ApiError),
        ([refusal(400, "400.008.01", "Invalid Authentication passed")], AuthenticationError),
        ([refusal(400, "400.008.02", "Invalid grant type passed")], InvalidRequest),
        ([answer(429, Retry_After="90")], RateLimited),
        ([OutcomeUnknown("no answer came within 30 s")] * 3, NotSent),
        ([NotSent("the connection was refused")] * 3, NotSent),
    ],
)
def test_without_a_token_nobody_is_prompted(replies: list[ScriptedAnswer], error: type[DarajaError]) -> None:
    daraja, transport, _ = client(*replies)

    with pytest.raises(DarajaError) as caught:
        push(daraja)
    assert type(caught.value) is error
    assert transport.paths == ["generate"] * len(replies)


def test_a_wait_that_is_too_long_is_logged() -> None:
    daraja, _, _ = client(answer(429, Retry_After="90"))

    with pytest.raises(RateLimited) as caught:
        push(daraja)
    assert caught.value.retry_after == 90


def test_an_absurd_wait_is_cut_to_one_day() -> None:
    daraja, _, _ = client(answer(429, Retry_After="9" * 400))

    with pytest.raises(RateLimited) as caught:
        push(daraja)
    assert caught.value.retry_after == 86_400


def test_two_credentials_or_environments_never_share_a_token() -> None:
    clock = ManualClock()
    tokens = MemoryTokens(clock)
    transport = ScriptedTransport([token("one"), accepted(), token("two"), accepted(), accepted()])
    here = Daraja(settings(), transport=transport, tokens=tokens, clock=clock)
    there = Daraja(
        settings(environment=Environment("http://127.0.0.1:9999")), transport=transport, tokens=tokens, clock=clock
    )
    push(here)
    push(there)
    push(here)

    assert [bearers(transport)[number] for number in (1, 3, 4)] == ["Bearer one", "Bearer two", "Bearer one"]


class Crowd:
    """A Daraja that counts token requests, and refuses every token but its newest; it waits for the whole crowd."""

    def __init__(self, size: int) -> None:
        self.fetched = 0
        self.accepted = 0
        self._arrivals = Barrier(size)
        self._lock = Lock()
        self.gather = False
        self.valid = ""

    def send(self, request: HttpRequest, /) -> HttpResponse:
        if "/oauth/" in request.url:
            with self._lock:
                self.fetched += 1
                self.valid = f"token-{self.fetched}"
            return token(self.valid)
        bearer = request.headers["Authorization"].removeprefix("Bearer ")
        if self.gather and bearer != self.valid:
            self._arrivals.wait(timeout=30)
        with self._lock:
            if bearer != self.valid:
                return refusal(404, "404.001.03", "Invalid Access Token")
            self.accepted += 1
        return accepted()

    def revoke(self) -> None:
        self.valid = "none"


def all_at_once(daraja: Daraja, size: int) -> None:
    start = Barrier(size)

    def one() -> None:
        start.wait(timeout=30)
        push(daraja)

    threads = [Thread(target=one) for _ in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


def test_fifty_threads_without_a_token_make_one_request_for_it() -> None:
    crowd = Crowd(50)
    all_at_once(Daraja(settings(), transport=crowd), 50)

    assert (crowd.fetched, crowd.accepted) == (1, 50)


def test_fifty_refused_tokens_make_one_request_for_a_new_one() -> None:
    crowd = Crowd(50)
    daraja = Daraja(settings(), transport=crowd, clock=ManualClock())
    push(daraja)
    crowd.revoke()
    crowd.gather = True
    all_at_once(daraja, 50)

    assert (crowd.fetched, crowd.accepted) == (2, 51)


def test_a_shared_request_that_returned_the_refused_token_is_repeated() -> None:
    """The token that we share was fetched before it was revoked: ours is asked for after that."""
    stale, fresh = Secret("stale"), Secret("fresh")
    flow = access_token(settings(), refused=stale)
    assert isinstance(next(flow), GetToken)
    first = flow.send(stale)
    assert isinstance(first, SingleFlight)

    def leader_s(refused: Secret | None, kept: Secret) -> object:
        inner = access_token(settings(), refused=refused)
        next(inner)
        alone = inner.send(None)
        assert isinstance(alone, SingleFlight)
        own = alone.flow()
        next(own)
        try:
            own.send(kept)
        except StopIteration as end:
            return end.value
        raise AssertionError

    second = flow.send(leader_s(None, stale))
    assert isinstance(second, SingleFlight)
    with pytest.raises(StopIteration) as ended:
        flow.send(leader_s(stale, fresh))
    assert ended.value.value == fresh


# Turns: where each new token ends the one before, and whoever shares none fetches them


def world_with(chance: float, *replies: ScriptedAnswer) -> tuple[ThreadRuntime, ManualClock]:
    clock = ManualClock()
    transport = ScriptedTransport(replies)
    return ThreadRuntime(transport=transport, clock=clock, tokens=MemoryTokens(clock), random=lambda: chance), clock


def waits_of_a_token_refused_at(age: float, chance: float) -> list[float]:
    world, clock = world_with(chance, token("old"), token("new"))
    old = run(access_token(settings()), world)
    clock.advance(age)
    assert run(access_token(settings(), refused=old), world) == Secret("new")
    return clock.slept


@pytest.mark.parametrize(
    ("age", "chance", "waits"),
    [
        (0, 0, [1]),
        (0, 0.25, [1.25]),
        (0.5, 0.25, [0.75]),
        (1.25, 0.25, []),
        (1.25, 0.5, [0.25]),
        (2, 0.99, []),
        (3000, 0.9, []),
    ],
)
def test_a_token_is_replaced_one_to_two_seconds_after_its_fetch_at_the_earliest(
    age: float, chance: float, waits: list[float]
) -> None:
    assert waits_of_a_token_refused_at(age, chance) == waits


@given(st.floats(0, 4000), st.floats(0, 1, exclude_max=True))
def test_a_replacement_comes_neither_early_nor_late(age: float, chance: float) -> None:
    waited = sum(waits_of_a_token_refused_at(age, chance))

    assert age + waited >= 0.999
    assert waited <= 2
    assert age < 2 or waited == 0


def test_the_wait_counts_from_the_latest_token() -> None:
    world, clock = world_with(0, *(token(f"token-{number}") for number in range(4)))
    latest = run(access_token(settings()), world)
    for _ in range(3):
        clock.advance(0.25)
        latest = run(access_token(settings(), refused=latest), world)

    assert clock.slept == [0.75] * 3


def test_a_first_token_and_a_token_after_expiry_are_fetched_at_once() -> None:
    world, clock = world_with(0.5, token("one", 10), token("two", 10))
    run(access_token(settings()), world)
    clock.advance(9)
    run(access_token(settings()), world)

    assert clock.slept == []


def test_there_is_no_wait_if_another_process_has_replaced_the_token() -> None:
    world, clock = world_with(0.5, token("one"))
    run(access_token(settings()), world)
    assert run(access_token(settings(), refused=Secret("an older one")), world) == Secret("one")

    assert clock.slept == []


def test_a_token_that_ends_within_a_minute_is_logged_once_with_advice(caplog: pytest.LogCaptureFixture) -> None:
    world, clock = world_with(0.5, *(token(f"token-{number}") for number in range(4)))
    latest = run(access_token(settings()), world)
    clock.advance(60)
    latest = run(access_token(settings(), refused=latest), world)
    assert caplog.records == []
    for _ in range(2):
        clock.advance(59.9)
        latest = run(access_token(settings(), refused=latest), world)

    assert [(record.name, record.levelno) for record in caplog.records] == [("daraja", logging.WARNING)]
    assert caplog.records[0].getMessage().startswith("token.ended_early hint=")
    assert "daraja.tokens.redis.RedisTokens" in caplog.text
    assert "token-" not in caplog.text


# What can be a token


@given(st.text(max_size=4100) | st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=50))
def test_a_token_is_visible_ascii_of_limited_length(text: str) -> None:
    fits = 1 <= len(text) <= 4096 and all("!" <= character <= "~" for character in text)

    assert as_token(text) == (Secret(text) if fits else None)


@pytest.mark.parametrize(("length", "fits"), [(0, False), (1, True), (4096, True), (4097, False)])
def test_a_token_has_a_length(length: int, *, fits: bool) -> None:
    assert (as_token("x" * length) is not None) is fits


@pytest.mark.parametrize("value", [None, b"token", 12345, True, ["token"], Secret("token")])
def test_a_value_that_is_not_text_is_not_a_token(value: object) -> None:
    assert as_token(value) is None
