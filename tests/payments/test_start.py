"""A payment is stored before the push, sent once, and its status never says more than is known."""

import copy
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Barrier, Lock
from typing import Any, Final
from uuid import UUID

import attrs
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from daraja import Checkout, Config, Daraja, Environment, PayBill, Payment, Status, Till
from daraja.api.addresses import Purpose, verify
from daraja.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    Conflict,
    DarajaError,
    DuplicatePayment,
    InvalidInput,
    InvalidRequest,
    NotSent,
    OutcomeUnknown,
    PaymentView,
    RateLimited,
    SubscriberBusy,
    UnexpectedResponse,
    UnknownPayment,
)
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.evidence import Source
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Engine, LocalDaraja
from daraja.simulator.event_log import EventKind
from daraja.stores import MemoryStore, PaymentStore
from daraja.stores.sql import SqlStore
from daraja.testing import ManualClock
from daraja.transports.requests import RequestsTransport
from daraja.values.secret import mask_numbers
from tests.support.checkouts import ScriptedCheckout, WatchedStore, scripted_checkout
from tests.support.scripted import (
    CHECKOUT_REQUEST_ID,
    MERCHANT_REQUEST_ID,
    PASSKEY,
    PHONE,
    ScriptedAnswer,
    accepted,
    answer,
    refusal,
    settings,
    token,
)
from tests.support.shops import result_of_query

KEY_IS_USED_UP: Final = "With the same idempotency key the answer stays the same; use a new key for a new attempt."
GOOD: Final[Mapping[str, Any]] = {  # Any: arguments of many types
    "phone": "0712 345 678",
    "amount": 500,
    "reference": "ORD-2026-001",
    "description": "Laundry",
    "idempotency_key": "order 1, attempt 1",
    "metadata": {"order_id": "ORD-2026-001", "items": [1, 2.5, None, True]},
}
LATER: Final = timedelta(days=2)


def but(**other: object) -> dict[str, Any]:  # Any: as above
    """Return valid arguments with these changes."""
    return {**GOOD, **other}


def written(shop: ScriptedCheckout) -> list[Payment]:
    """Every payment in the store with a next check."""
    return list(shop.store.due(shop.clock.now() + LATER, 1000))


def only(shop: ScriptedCheckout) -> Payment:
    [payment] = written(shop)
    return payment


# Written before it is sent --------------------------------------------------------------------------------------------


def test_a_payment_is_stored_then_sent_then_the_answer_is_stored() -> None:
    seen: list[tuple[str, Status]] = []

    def noting(reply: HttpResponse) -> Callable[[HttpRequest], HttpResponse]:
        def answer_it(request: HttpRequest) -> HttpResponse:
            seen.append((request.url.partition("?")[0].rpartition("/")[2], only(shop).status))
            return reply

        return answer_it

    shop = scripted_checkout(noting(token()), noting(accepted()))
    payment = shop.checkout.start(**GOOD)

    assert seen == [("generate", Status.PENDING), ("processrequest", Status.PENDING)]
    assert shop.store.asked == ["insert", "swap"]
    assert payment == only(shop)
    assert payment.status is Status.INITIATED


def test_the_payment_has_the_request_and_daraja_s_ids() -> None:
    shop = scripted_checkout(token(), accepted())
    payment = shop.checkout.start(**GOOD)

    assert (payment.phone, payment.amount, payment.currency) == (PHONE, 500, "KES")
    assert (payment.reference, payment.description) == ("ORD-2026-001", "Laundry")
    assert (payment.idempotency_key, payment.metadata) == (GOOD["idempotency_key"], GOOD["metadata"])
    assert (payment.shortcode, payment.environment) == ("600111", "simulator")
    assert payment.checkout_request_id == CHECKOUT_REQUEST_ID
    assert payment.merchant_request_id == MERCHANT_REQUEST_ID
    assert (payment.decided_by, payment.paid, payment.receipt) == (Source.ANSWER, False, None)
    assert payment.created_at == payment.updated_at == shop.clock.now()
    assert payment.next_check_at is not None
    assert timedelta(seconds=20) < payment.next_check_at - payment.created_at < timedelta(minutes=2)


def test_daraja_gets_the_push_with_a_signed_address_and_no_data_of_the_shop() -> None:
    shop = scripted_checkout(token(), accepted())
    payment = shop.checkout.start(**GOOD)
    sent = shop.transport.sent()

    assert (sent["PhoneNumber"], sent["Amount"], sent["AccountReference"]) == (PHONE, 500, "ORD-2026-001")
    address = str(sent["CallBackURL"])
    assert address.startswith("https://shop.example/payments/callback/")
    assert verify(settings(), Purpose.PAYMENT, address.rstrip("/").rpartition("/")[2]) == payment.key
    assert "order_id" not in json.dumps(sent)
    assert "attempt" not in json.dumps(sent)


def test_every_payment_has_its_own_unguessable_key() -> None:
    shop = scripted_checkout(token(), accepted("ws_CO_1"), accepted("ws_CO_2"))
    first, second = (shop.checkout.start(**but(idempotency_key=None)) for _ in range(2))

    assert first.key != second.key
    assert all(len(bytes.fromhex(payment.key)) == 16 for payment in (first, second))
    assert shop.transport.paths == ["generate", "processrequest", "processrequest"]


def test_description_key_and_metadata_may_be_left_out() -> None:
    shop = scripted_checkout(token(), accepted())
    payment = shop.checkout.start(phone="0712345678", amount=Decimal("500.00"), reference="A")

    assert (payment.description, payment.idempotency_key, payment.metadata) == ("Payment", None, {})
    assert (payment.amount, type(payment.amount)) == (500, int)


def test_a_store_that_fails_to_insert_stops_the_push() -> None:
    shop = scripted_checkout()
    shop.store.first["insert"].append(partial(fail, OSError("the disk is full")))
    with pytest.raises(OSError, match="the disk is full"):
        shop.checkout.start(**GOOD)

    assert (shop.transport.requests, written(shop)) == ([], [])


def fail(error: BaseException) -> None:
    raise error


# Where a prompt may be on the phone -----------------------------------------------------------------------------------


class StrangeError(Exception):
    """An exception of another library."""


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


# Refused, and proved to be --------------------------------------------------------------------------------------------

SPIKE: Final = answer(429, {"fault": {"faultstring": "Spike arrest violation"}}, Retry_After="90")
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


def refused(shop: ScriptedCheckout, **asked: object) -> tuple[DarajaError, Payment]:
    with pytest.raises(DarajaError) as caught:
        shop.checkout.start(**but(**asked))
    assert isinstance(caught.value.payment, Payment)
    return caught.value, caught.value.payment


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


# One key, one attempt -------------------------------------------------------------------------------------------------

OTHER: Final[Mapping[str, Any]] = {  # Any: as in GOOD
    "phone": "0722345678",
    "amount": 501,
    "reference": "ORD-2026-002",
    "description": "Ironing",
    "metadata": {"order_id": "ORD-2026-002"},
}


@pytest.mark.parametrize("field", OTHER)
def test_a_key_with_other_content_is_refused_and_nothing_is_sent(field: str) -> None:
    shop = scripted_checkout(token(), accepted())
    first = shop.checkout.start(**GOOD)
    with pytest.raises(DuplicatePayment, match=first.key) as caught:
        shop.checkout.start(**but(**{field: OTHER[field]}))

    assert caught.value.payment == first
    assert len(shop.transport.requests) == 2
    assert written(shop) == [first]


@pytest.mark.parametrize(
    "same", [{"phone": "+254-712-345678"}, {"amount": Decimal("500.0")}, {"metadata": copy.deepcopy(GOOD["metadata"])}]
)
def test_the_same_content_in_another_form_is_the_same_attempt(same: Mapping[str, Any]) -> None:
    shop = scripted_checkout(token(), accepted())

    assert shop.checkout.start(**GOOD) == shop.checkout.start(**but(**same))
    assert len(shop.transport.requests) == 2


def test_two_shortcodes_in_one_store_have_separate_keys() -> None:
    store = WatchedStore()
    one = scripted_checkout(token(), accepted("ws_CO_1"), store=store)
    other = scripted_checkout(
        token(), accepted("ws_CO_2"), store=store, config=settings(business=PayBill("600999", passkey="another"))
    )

    assert one.checkout.start(**GOOD).key != other.checkout.start(**GOOD).key


def test_a_repetition_returns_the_current_payment() -> None:
    shop = scripted_checkout(
        token(), accepted(), answer(200, {"ResponseCode": "0", "ResultCode": "0", "ResultDesc": "Fine"})
    )
    payment = shop.checkout.start(**GOOD)
    shop.checkout.refresh(payment.key)

    assert shop.checkout.start(**GOOD).status is Status.SUCCESS


def config_for(base_url: str) -> Config:
    return Config(
        consumer_key="key",
        consumer_secret="secret",
        business=PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY),
        environment=Environment(base_url),
        callback_url="http://127.0.0.1:9/callback/",
    )


def at_once(count: int, work: Callable[[int], Payment]) -> list[Payment | BaseException]:
    """Start this number of threads together; return their results."""
    gate = Barrier(count)

    def begin(number: int) -> Payment:
        gate.wait(30)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        asked = [pool.submit(begin, number) for number in range(count)]
        return [one.exception(60) or one.result(60) for one in asked]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PaymentStore]:
    if request.param == "memory":
        yield MemoryStore()
    else:
        with closing(SqlStore(f"sqlite:///{tmp_path}/payments.db")) as sqlite:
            yield sqlite


def test_fifty_callers_with_one_key_make_one_push(store: PaymentStore) -> None:
    with LocalDaraja() as local, Daraja(config_for(local.base_url)) as daraja:
        checkout = Checkout(daraja, store)
        got = at_once(50, lambda _: checkout.start(**GOOD))
        pushes = local.engine.stk.pushes
        payments = [one for one in got if isinstance(one, Payment)]
        last = checkout.start(**GOOD)

    assert len(payments) == 50
    assert {payment.key for payment in payments} == {last.key}
    assert {payment.status for payment in payments} <= {Status.PENDING, Status.INITIATED}
    assert [push.checkout_request_id for push in pushes] == [last.checkout_request_id]


def test_of_fifty_callers_with_one_key_and_two_contents_one_content_wins() -> None:
    with LocalDaraja() as local, Daraja(config_for(local.base_url)) as daraja:
        checkout = Checkout(daraja, MemoryStore())
        got = at_once(50, lambda number: checkout.start(**but(amount=500 + number % 2)))
        pushes = local.engine.stk.pushes

    payments = [one for one in got if isinstance(one, Payment)]
    others = [one for one in got if isinstance(one, DuplicatePayment)]
    assert (len(payments), len(others)) == (25, 25)
    assert [push.amount for push in pushes] == [payments[0].amount]
    assert len({(payment.key, payment.amount) for payment in payments}) == 1


class InProcess:
    """The local Daraja without a socket: many threads, one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()

    def send(self, request: HttpRequest, /) -> HttpResponse:
        with self._lock:
            return self._engine.handle(request, datetime.now(UTC))


def test_fifty_callers_with_keys_of_their_own_make_fifty_pushes_with_one_token() -> None:
    engine = Engine(busy_seconds=0)
    checkout = Checkout(Daraja(config_for("http://127.0.0.1:8765"), transport=InProcess(engine)), MemoryStore())
    got = at_once(50, lambda number: checkout.start(**but(idempotency_key=f"attempt {number}")))

    payments = [one for one in got if isinstance(one, Payment)]
    assert {push.checkout_request_id for push in engine.stk.pushes} == {one.checkout_request_id for one in payments}
    assert len(engine.stk.pushes) == 50
    assert [event.kind for event in engine.events].count(EventKind.TOKEN) == 1


# Where the store fails after the push ---------------------------------------------------------------------------------

STORE_ERRORS: Final = [OSError("the disk is full"), Conflict("it contradicts"), StrangeError(), RuntimeError()]


@pytest.mark.parametrize("error", STORE_ERRORS)
def test_a_store_that_fails_once_is_called_again(error: Exception) -> None:
    shop = scripted_checkout(token(), accepted("ws_CO_1"))
    shop.store.first["swap"] += [partial(fail, error)]
    payment = shop.checkout.start(**GOOD)

    assert (payment.status, payment.checkout_request_id) == (Status.INITIATED, "ws_CO_1")
    assert payment == only(shop)
    assert len(shop.transport.requests) == 2


@pytest.mark.parametrize("error", STORE_ERRORS)
def test_a_store_that_keeps_failing_after_the_push_leaves_pending(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    shop = scripted_checkout(token(), accepted())
    shop.store.first["swap"] += [partial(fail, error)] * 10
    with caplog.at_level(logging.WARNING):
        payment = shop.checkout.start(**GOOD)
    told = [record.message for record in caplog.records if "payment.answer_not_stored" in record.message]

    assert payment.status is Status.PENDING
    assert payment.known() == attrs.evolve(only(shop), facts=payment.facts).known()
    assert payment.checkout_request_id == CHECKOUT_REQUEST_ID  # otherwise no query would be possible
    assert len(shop.transport.requests) == 2
    ids = f"merchant_request_id={MERCHANT_REQUEST_ID} checkout_request_id={mask_numbers(CHECKOUT_REQUEST_ID)}"
    assert told == [f"payment.answer_not_stored key={payment.key} {ids} error={type(error).__name__}"] * 3
    assert shop.clock.slept == [0.1, 0.5]


def test_a_store_that_fails_after_a_refusal_leaves_pending_and_the_refusal_is_raised() -> None:
    shop = scripted_checkout(token(), refusal(400, "400.002.02", "Bad Request - Invalid Amount"))
    shop.store.first["swap"] += [partial(fail, OSError())] * 10
    error, payment = refused(shop)

    assert isinstance(error, InvalidRequest)
    assert payment == only(shop)
    assert payment.status is Status.PENDING


def test_an_id_of_another_payment_is_a_conflict_and_no_crash() -> None:
    shop = scripted_checkout(token(), accepted("ws_CO_1"), accepted("ws_CO_1"))
    first = shop.checkout.start(**GOOD)
    second = shop.checkout.start(**but(idempotency_key="another attempt"))

    assert (second.status, second.checkout_request_id) == (Status.INITIATED, None)
    assert second.conflicts == {"checkout_request_id=ws_CO_1"}
    assert second.needs_review
    assert shop.store.find("checkout_request_id", "ws_CO_1", "simulator") == first


def test_a_callback_before_the_answer_to_the_push_counts() -> None:
    def call_back_first(request: HttpRequest) -> HttpResponse:
        token_in_it = json.loads(request.body)["CallBackURL"].rstrip("/").rpartition("/")[2]
        report = {"ResultCode": 0, "ResultDesc": "Fine", "CheckoutRequestID": CHECKOUT_REQUEST_ID}
        reply = shop.checkout.receive({"Body": {"stkCallback": report}}, token=token_in_it)
        assert reply.transition is not None
        assert reply.transition.became_success
        return accepted()

    shop = scripted_checkout(token(), call_back_first)
    payment = shop.checkout.start(**GOOD)

    assert (payment.status, payment.paid) == (Status.SUCCESS, True)
    assert payment.merchant_request_id == MERCHANT_REQUEST_ID
    assert payment == shop.store.load(payment.key)


# One deadline ---------------------------------------------------------------------------------------------------------


class Slow(ManualClock):
    """A clock for a slow Daraja."""

    def hang(self, share: float, reply: ScriptedAnswer, request: HttpRequest) -> HttpResponse:
        """Use a part of the time limit of a request, then answer it."""
        assert request.timeout is not None
        self.advance(share * request.timeout)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, HttpResponse) else reply(request)


SILENCE: Final = OutcomeUnknown("no whole answer came")


def hanging(*course: tuple[float, ScriptedAnswer]) -> tuple[ScriptedCheckout, Slow]:
    clock = Slow()
    return scripted_checkout(*(partial(clock.hang, *one) for one in course), clock=clock), clock


def test_a_hanging_oauth_ends_within_the_limit_and_nobody_is_prompted() -> None:
    shop, clock = hanging((1, SILENCE))
    error, payment = refused(shop)

    assert isinstance(error, NotSent)
    assert payment.status is Status.FAILED
    assert (shop.transport.paths, clock.monotonic()) == (["generate"], 16)


def test_no_push_is_sent_after_an_oauth_that_used_most_of_the_time() -> None:
    shop, _ = hanging((0.7, token()))
    error, _ = refused(shop)

    assert isinstance(error, NotSent)
    assert shop.transport.paths == ["generate"]


def test_a_hanging_push_after_a_slow_oauth_ends_within_the_limit() -> None:
    shop, clock = hanging((0.6, token()), (1, SILENCE))
    payment = shop.checkout.start(**GOOD)

    assert payment.status is Status.PENDING
    assert (shop.transport.paths, clock.monotonic()) == (["generate", "processrequest"], 16)
    assert [request.timeout for request in shop.transport.requests] == [16.0, pytest.approx(6.4)]


def test_a_hanging_store_after_a_hanging_push_is_called_once() -> None:
    shop, clock = hanging((0, token()), (1, accepted()))

    def hang() -> None:
        clock.advance(4)
        raise OSError

    shop.store.first["swap"] += [hang] * 10
    payment = shop.checkout.start(**GOOD)

    assert payment.status is Status.PENDING
    assert clock.monotonic() == 20


def test_the_time_of_a_slow_insert_counts_for_the_limit() -> None:
    shop, clock = hanging((0, token()), (1, SILENCE))
    shop.store.first["insert"].append(lambda: clock.advance(9))
    shop.checkout.start(**GOOD)

    assert [request.timeout for request in shop.transport.requests] == [7.0, 7.0]
    assert clock.monotonic() == 16


oauth = st.sampled_from([token(), NotSent("refused"), SILENCE, answer(503), answer(429, Retry_After="7"), answer(400)])
pushed = st.sampled_from(
    [accepted(), NotSent("refused"), SILENCE, answer(503), SPIKE, refusal(404, "404.001.03"), RuntimeError()]
)


@given(st.lists(st.tuples(st.floats(0, 1), oauth, pushed), min_size=9, max_size=9), st.floats(0, 1), st.booleans())
def test_start_ends_within_twenty_seconds_wherever_it_hangs(
    course: list[tuple[float, ScriptedAnswer, ScriptedAnswer]],
    store_takes: float,
    store_fails: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    clock = Slow()

    def hang(share: float, grant: ScriptedAnswer, reply: ScriptedAnswer, request: HttpRequest) -> HttpResponse:
        return clock.hang(share, grant if "/oauth/" in request.url else reply, request)

    def take_time() -> None:
        clock.advance(store_takes)
        if store_fails:
            raise OSError

    shop = scripted_checkout(*(partial(hang, *one) for one in course), clock=clock)
    shop.store.first["swap"] += [take_time] * 10
    payment: PaymentView | None
    try:
        payment = shop.checkout.start(**GOOD)
    except (ApiError, NotSent, UnexpectedResponse) as error:
        payment = error.payment

    assert clock.monotonic() <= 20
    assert payment is not None
    stored = shop.store.load(payment.key)
    assert stored is not None
    assert store_fails or payment == stored  # an answer that was not stored is on the payment all the same


# What is wrong with the input -----------------------------------------------------------------------------------------

WRONG: Final[Mapping[str, Any]] = {  # Any: as in GOOD
    "phone": "0812345678",
    "amount": 0,
    "reference": "ORDER-2026-000000117",
    "description": "",
    "idempotency_key": "",
    "metadata": {"at": object()},
}


def faults(shop: ScriptedCheckout, **asked: object) -> Mapping[str, str]:
    with pytest.raises(InvalidInput) as caught:
        shop.checkout.start(**but(**asked))
    assert (shop.store.asked, shop.transport.requests) == ([], [])
    assert caught.value.payment is None
    assert str(caught.value).startswith("The input")
    return caught.value.faults


def test_all_wrong_arguments_are_named_at_once_and_nothing_is_stored_or_sent() -> None:
    assert set(faults(scripted_checkout(), **WRONG)) == set(WRONG)


@pytest.mark.parametrize("field", WRONG)
def test_a_single_wrong_argument_is_named_alone(field: str) -> None:
    assert set(faults(scripted_checkout(), **{field: WRONG[field]})) == {field}


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone": 254712345678},
        {"phone": None},
        {"amount": 1.5},
        {"amount": True},
        {"amount": "500"},
        {"amount": 250_001},
        {"amount": Decimal("0.5")},
        {"amount": Decimal("NaN")},
        {"reference": "ORD#1"},
        {"reference": 7},
        {"description": "fourteen signs"},
        {"idempotency_key": 7},
        {"idempotency_key": b"bytes"},
        {"idempotency_key": "   "},
        {"idempotency_key": "x" * 201},
        {"idempotency_key": "two\nlines"},
        {"idempotency_key": "\x00"},
        {"idempotency_key": "half of a pair \ud800"},
        {"metadata": "text"},
        {"metadata": ""},
        {"metadata": []},
        {"metadata": [("a", 1)]},
        {"metadata": 7},
        {"metadata": 0},
        {"metadata": False},
        {"metadata": object()},
        {"metadata": {1: "a"}},
        {"metadata": {"a": (1, 2)}},
        {"metadata": {"a": {1}}},
        {"metadata": {"a": float("nan")}},
        {"metadata": {"a": float("inf")}},
        {"metadata": {"a": 10**5000}},
        {"metadata": {"a": "x" * 16_400}},
    ],
)
def test_these_arguments_are_refused(wrong: Mapping[str, Any]) -> None:  # Any: as in GOOD
    assert set(faults(scripted_checkout(), **wrong)) == set(wrong)


def test_metadata_that_contains_itself_is_refused() -> None:
    endless: dict[str, Any] = {}  # Any: whatever JSON can hold
    endless["itself"] = endless

    assert set(faults(scripted_checkout(), metadata=endless)) == {"metadata"}


def test_the_highest_amount_comes_from_the_settings() -> None:
    shop = scripted_checkout(config=settings(max_amount=100))

    assert "100" in faults(shop, amount=101)["amount"]


def test_faults_say_what_would_be_valid() -> None:
    found = faults(scripted_checkout(), idempotency_key=" ", metadata={"a": {1}})

    assert found["idempotency_key"] == "must be 1 to 200 characters that can be printed, such as a UUID"
    assert found["metadata"].startswith("is not an object that JSON can hold")
    assert "is int; give text, such as a UUID" in faults(scripted_checkout(), idempotency_key=7)["idempotency_key"]
    assert "16,384 are stored" in faults(scripted_checkout(), metadata={"a": "x" * 20_000})["metadata"]


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"order": 7, "price": 99.5j, "rows": [1]}, "look at 'price', of the type complex"),
        ({"order": 7, "rows": [1, {"price": 99.5j}]}, "look at 'rows' > 1 > 'price', of the type complex"),
        ({"order": {99: "x"}}, "look at 'order' > 99, of the type int"),
    ],
)
def test_metadata_that_json_cannot_hold_is_named_without_its_value(metadata: Mapping[str, object], words: str) -> None:
    fault = faults(scripted_checkout(), metadata=metadata)["metadata"]

    assert words in fault
    assert "99.5" not in fault


def test_dates_decimals_and_uuids_in_metadata_are_stored_as_text_and_name_the_same_attempt() -> None:
    shop = scripted_checkout(token(), accepted())
    user, moment = UUID("12345678-1234-5678-1234-567812345678"), datetime(2026, 11, 30, 9, tzinfo=UTC)
    asked = but(metadata={"user": user, "rows": [{"price": Decimal("99.50"), "day": date(2026, 11, 30)}], "at": moment})
    payment = shop.checkout.start(**asked)

    assert only(shop) == payment
    assert payment.metadata == {
        "user": str(user),
        "rows": [{"price": "99.50", "day": "2026-11-30"}],
        "at": moment.isoformat(),
    }
    assert shop.checkout.start(**asked).key == payment.key


printable = st.characters(exclude_categories=["C", "Z"])
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    # half a pair of surrogates and NUL are text that JSON can hold as well
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(printable, min_size=1, max_size=200), st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_every_printable_key_and_every_json_object_is_stored_unchanged(key: str, metadata: dict[str, Any]) -> None:
    shop = scripted_checkout(token(), accepted())
    given_over = copy.deepcopy(metadata)
    payment = shop.checkout.start(**but(idempotency_key=key, metadata=given_over))
    given_over["later"] = "changed"

    assert (payment.idempotency_key, payment.metadata) == (key, metadata)
    assert shop.store.load(payment.key) == payment


@given(st.text(max_size=250))
def test_any_other_key_is_refused_or_stored_unchanged(key: str) -> None:
    shop = scripted_checkout(token(), accepted())
    found: list[str] = []
    kept = None
    try:
        kept = shop.checkout.start(**but(idempotency_key=key)).idempotency_key
    except InvalidInput as error:
        found += error.faults

    assert (kept, found, shop.store.asked) in [(key, [], ["insert", "swap"]), (None, ["idempotency_key"], [])]
    assert kept is None or 1 <= len(key) <= 200


def test_settings_without_a_passkey_are_refused() -> None:
    session = requests.Session()
    transport = RequestsTransport(session)
    session.mount("http://", HTTPAdapter(max_retries=3))
    store = WatchedStore()
    checkout = Checkout(Daraja(settings(), transport=transport, clock=ManualClock()), store)
    with pytest.raises(NotSent, match="repeats requests") as refused:
        checkout.start(**GOOD)

    assert refused.value.payment is not None
    assert refused.value.payment.status is Status.FAILED


# Accounts -------------------------------------------------------------------------------------------------------------


def till(number: str) -> Config:
    return settings(business=Till(store="600222", till=number, passkey=PASSKEY))


def test_the_till_is_stored_and_another_till_is_other_content() -> None:
    first = scripted_checkout(token(), accepted(), config=till("5050505"))
    second = scripted_checkout(token(), accepted("ws_CO_2"), store=first.store, config=till("6060606"))
    payment = first.checkout.start(**GOOD)
    assert (payment.till, payment.shortcode) == ("5050505", "600222")
    with pytest.raises(DuplicatePayment):
        second.checkout.start(**GOOD)
    assert second.transport.requests == []


def test_tenants_with_one_shortcode_are_separate() -> None:
    alpha = scripted_checkout(token(), accepted(), config=attrs.evolve(settings(), tenant="alpha"))
    beta = scripted_checkout(
        token(), accepted("ws_CO_2"), store=alpha.store, config=attrs.evolve(settings(), tenant="beta")
    )
    theirs, ours = alpha.checkout.start(**GOOD), beta.checkout.start(**GOOD)

    assert (theirs.tenant, ours.tenant) == ("alpha", "beta")
    assert theirs.key != ours.key  # the same idempotency key names another attempt at each of them
    for forbidden in beta.checkout.payment, beta.checkout.refresh, beta.checkout.may_retry:
        with pytest.raises(UnknownPayment):
            forbidden(theirs.key)
    beta.clock.advance(3600)
    report = beta.checkout.reconcile(limit=9)
    assert theirs.key not in report.unconfirmed
    assert alpha.checkout.payment(theirs.key) == theirs


def test_an_answer_that_was_not_stored_can_be_queried_by_the_id_on_the_payment() -> None:
    shop = scripted_checkout(token(), accepted(), result_of_query("0"))
    shop.store.first["swap"] += [partial(fail, OSError())] * 3
    lost = shop.checkout.start(**GOOD)
    assert only(shop).checkout_request_id is None

    found = shop.checkout.refresh(lost.key, checkout_request_id=lost.checkout_request_id)
    assert found.became_success
    assert shop.checkout.payment(lost.key).checkout_request_id == CHECKOUT_REQUEST_ID


@pytest.mark.parametrize("wrong", ["", " ", "x" * 201, 7, b"ws_CO_1"])
def test_an_id_that_is_none_is_refused_before_it_is_stored(wrong: str) -> None:
    shop = scripted_checkout(token(), accepted(), result_of_query("0"))
    shop.store.first["swap"] += [partial(fail, OSError())] * 3
    lost = shop.checkout.start(**GOOD)

    with pytest.raises(InvalidInput, match="checkout_request_id"):
        shop.checkout.refresh(lost.key, checkout_request_id=wrong)
    assert only(shop).checkout_request_id is None
    assert shop.checkout.refresh(lost.key, checkout_request_id=lost.checkout_request_id).became_success
