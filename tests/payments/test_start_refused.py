"""Where Daraja refuses a push, or nobody knows whether it took it."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Final

import pytest

from daraja import Status
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
    UnexpectedResponse,
)
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.evidence import Source
from tests.payments.starts import GOOD, KEY_IS_USED_UP, SPIKE, StrangeError, only, refused, written
from tests.support.checkouts import scripted_checkout
from tests.support.scripted import PHONE, ScriptedAnswer, accepted, answer, refusal, token


def misbehaving(error: BaseException) -> Callable[[HttpRequest], HttpResponse]:
    def send(_: HttpRequest) -> HttpResponse:
        raise error

    return send


IN_DOUBT: Final[list[ScriptedAnswer]] = [
    OutcomeUnknown("no whole answer came within 11 s"),
    answer(503, b"<html>Incapsula</html>"),
    answer(500, b""),
    answer(502, {"unheard": "of"}),
    answer(200, b"<html>"),
    answer(200, {"ResponseCode": "0"}),
    answer(200, [1]),
    answer(302, b"", Location="https://elsewhere.example/"),
    refusal(500, "500.002.1001", "System internal error"),
    refusal(500, "500.001.1001", ""),
    refusal(500, "500.001.1001", "The transaction is being processed"),
    refusal(500, "500.003.1001", "Internal Server Error"),
    misbehaving(StrangeError("after sending")),
    misbehaving(RuntimeError()),
    misbehaving(TimeoutError()),
    misbehaving(DarajaError("of no class in particular")),
    misbehaving(UnexpectedResponse(502, "a page of the gateway")),
    misbehaving(ApiError(400, "400.002.02", "Bad Request")),
    misbehaving(AuthenticationError(401, None, "no")),
    misbehaving(InvalidInput({"amount": "is odd"})),
    misbehaving(ConfigurationError({"session": "has an adapter that repeats requests"})),
]


@pytest.mark.parametrize("reply", IN_DOUBT)
def test_a_payment_in_doubt_stays_pending_and_is_returned(reply: ScriptedAnswer) -> None:
    shop = scripted_checkout(token(), reply)
    payment = shop.checkout.start(**GOOD)

    assert (payment.status, payment.decided_by, payment.refusal) == (Status.PENDING, Source.ANSWER, None)
    assert payment == only(shop)
    assert payment.result_description  # says why, for the person who checks
    assert payment.next_check_at == payment.created_at + timedelta(seconds=30)
    assert shop.transport.paths == ["generate", "processrequest"]


@pytest.mark.parametrize("reply", IN_DOUBT)
def test_a_payment_in_doubt_is_not_sent_again_under_its_key(reply: ScriptedAnswer) -> None:
    shop = scripted_checkout(token(), reply, accepted())
    first = shop.checkout.start(**GOOD)
    shop.clock.advance(3600)

    assert shop.checkout.start(**GOOD) == first
    assert shop.transport.paths == ["generate", "processrequest"]
    assert not shop.checkout.may_retry(first.key)


def test_an_unexpected_exception_of_a_transport_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    shop = scripted_checkout(token(), misbehaving(StrangeError(f"about {PHONE}")))
    with caplog.at_level(logging.WARNING):
        payment = shop.checkout.start(**GOOD)

    told = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert told == [
        "request.transport_failed reason=the transport raised StrangeError",
        f"payment.unanswered key={payment.key} code=None reason=the transport raised StrangeError",
    ]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), SystemExit(1)])
@pytest.mark.parametrize("before", [[], [token()]])
def test_a_killed_process_leaves_a_pending_payment(interruption: BaseException, before: list[ScriptedAnswer]) -> None:
    shop = scripted_checkout(*before, misbehaving(interruption))
    with pytest.raises(type(interruption)):
        shop.checkout.start(**GOOD)

    assert only(shop).status is Status.PENDING
    assert shop.store.asked == ["insert"]


REFUSED: Final[list[tuple[list[ScriptedAnswer], type[DarajaError]]]] = [
    ([*[NotSent("no connection could be opened")] * 3], NotSent),
    ([*[OutcomeUnknown("nothing came")] * 3], NotSent),
    ([answer(400)], AuthenticationError),
    ([answer(200, b"<html>")], UnexpectedResponse),
    ([*[answer(429)] * 3], RateLimited),
    ([token(), *[NotSent("no connection could be opened")] * 3], NotSent),
    ([token(), refusal(400, "400.002.02", f"Bad Request - Invalid PhoneNumber {PHONE}")], InvalidRequest),
    ([token(), refusal(500, "500.001.1001", "Wrong credentials")], AuthenticationError),
    ([token(), refusal(500, "500.001.1001", f"Unable to lock subscriber {PHONE}")], SubscriberBusy),
    ([token(), SPIKE], RateLimited),
    ([token(), refusal(500, "500.003.03", "Quota Violation")], RateLimited),
    ([token(), answer(200, {"ResponseCode": "9", "ResponseDescription": "No"})], ApiError),
    ([token(), *[refusal(404, "404.001.03", "Invalid Access Token"), token("token-2")] * 2], AuthenticationError),
]


@pytest.mark.parametrize(("replies", "kind"), REFUSED)
def test_a_proven_refusal_is_raised_with_the_payment_that_failed(
    replies: list[ScriptedAnswer], kind: type[DarajaError]
) -> None:
    shop = scripted_checkout(*replies)
    error, payment = refused(shop)

    assert type(error) is kind
    assert (payment.status, payment.decided_by, payment.next_check_at) == (Status.FAILED, Source.ANSWER, None)
    assert payment == shop.store.load(payment.key)
    assert payment.checkout_request_id is None
    assert written(shop) == []


@pytest.mark.parametrize(("replies", "kind"), REFUSED)
def test_the_same_key_raises_the_same_refusal_and_nobody_is_prompted(
    replies: list[ScriptedAnswer], kind: type[DarajaError]
) -> None:
    shop = scripted_checkout(*replies)
    first, payment = refused(shop)
    sent = len(shop.transport.requests)
    shop.clock.advance(3600)
    again, same = refused(shop)

    assert type(again) is kind
    assert again is not first
    assert (again.args, str(again)) == (first.args, str(first))
    assert set(again.__notes__) == set(first.__notes__) == {KEY_IS_USED_UP}
    assert same == payment
    assert len(shop.transport.requests) == sent


def test_without_an_idempotency_key_every_call_is_a_new_attempt() -> None:
    error, _ = refused(scripted_checkout(*[answer(400)] * 4), idempotency_key=None)

    assert not hasattr(error, "__notes__")


@pytest.mark.parametrize(("replies", "kind"), REFUSED)
def test_after_a_proven_refusal_a_new_attempt_may_be_made(
    replies: list[ScriptedAnswer], kind: type[DarajaError]
) -> None:
    shop = scripted_checkout(*replies)
    _, payment = refused(shop)
    shop.clock.advance(120)

    assert issubclass(kind, DarajaError)
    assert shop.checkout.may_retry(payment.key)


def test_a_user_s_own_error_class_is_raised_once_and_ours_on_repetition() -> None:
    class ProxyAway(NotSent):
        """An exception of the shop's own transport."""

    shop = scripted_checkout(token(), *[ProxyAway("the proxy is away")] * 3)
    first, _ = refused(shop)
    again, _ = refused(shop)

    assert type(first) is ProxyAway
    assert type(again) is NotSent
    assert again.args == first.args


def test_a_shared_error_has_only_the_caller_s_payment() -> None:
    """Many callers wait for one access token, and each gets the error with its own payment."""
    gate = Barrier(4)

    def refuse(_: HttpRequest) -> HttpResponse:
        return answer(400)

    shop = scripted_checkout(*[refuse] * 4)

    def start(number: int) -> tuple[str, str]:
        gate.wait(30)
        _, payment = refused(shop, idempotency_key=f"attempt {number}")
        return f"attempt {number}", str(payment.idempotency_key)

    with ThreadPoolExecutor(4) as pool:
        pairs = list(pool.map(start, range(4)))

    assert [mine for mine, _ in pairs] == [found for _, found in pairs]
