"""No output, log record or traceback shows a secret or a customer's number."""

import asyncio
import inspect
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Callable, Generator, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

import pytest
import requests
from requests.adapters import HTTPAdapter

from daraja import (
    AsyncCheckout,
    AsyncDaraja,
    Checkout,
    Config,
    Daraja,
    Environment,
    Initiator,
    PayBill,
    Secret,
    StkPush,
    StkQuery,
    Till,
    normalise_phone,
    parse_incoming,
    parse_result,
    parse_stk_callback,
    security_credential,
    short_reference,
    stk_password,
)
from daraja.aio.awaited import hide_locals_of_awaited
from daraja.errors import CallbackMalformed, Conflict, DarajaError, InvalidInput, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.stores.sql import SqlStore
from daraja.testing import ManualClock
from daraja.tokens.redis import RedisTokens
from daraja.transports.requests import RequestsTransport
from daraja.values.secret import hide_locals
from tests.support.checkouts import ScriptedCheckout, scripted_checkout
from tests.support.leaks import everything_shown
from tests.support.scripted import (
    CALLBACK_SECRET,
    CHECKOUT_REQUEST_ID,
    CONSUMER_KEY,
    CONSUMER_SECRET,
    PASSKEY,
    PHONE,
    ScriptedAnswer,
    ScriptedTransport,
    accepted,
    answer,
    refusal,
    settings,
    token,
)
from tests.support.servers import Conversation, Seen, http, raw_server

TOKEN = "an-access-token-nobody-may-see"
PASSWORD = b64encode(f"600111{PASSKEY}20260115120000".encode()).decode()
BASIC = b64encode(f"{CONSUMER_KEY}:{CONSUMER_SECRET}".encode()).decode()
NEVER_SHOWN = (CONSUMER_KEY, CONSUMER_SECRET, PASSKEY, CALLBACK_SECRET, TOKEN, PASSWORD, BASIC, PHONE[3:])


def found_in(text: str) -> list[str]:
    return [secret for secret in NEVER_SHOWN if secret in text]


def push(daraja: Daraja) -> object:
    return daraja.stk_push(phone=PHONE, amount=5, reference=PHONE, description=PHONE)


def query(daraja: Daraja) -> object:
    return daraja.stk_query(CHECKOUT_REQUEST_ID)


def tells_all(status: int) -> HttpResponse:
    """A refusal that repeats the whole request."""
    return refusal(status, "500.003.1001", f"no good: {PHONE} or 0{PHONE[3:]} or {CHECKOUT_REQUEST_ID}")


FAILING: list[list[ScriptedAnswer]] = [
    [NotSent("refused")] * 3,
    [OutcomeUnknown("broke")] * 3,
    [answer(400)],
    [answer(200, [TOKEN])],
    [token(TOKEN), *[NotSent("refused")] * 3],
    [token(TOKEN), *[OutcomeUnknown("broke")] * 3],
    [token(TOKEN), *[tells_all(500)] * 3],
    [token(TOKEN), refusal(400, "400.002.02", f"Bad Request - Invalid PhoneNumber {PHONE}")],
    [token(TOKEN), refusal(500, "500.001.1001", f"Unable to lock subscriber {PHONE}")],
    [token(TOKEN), refusal(500, "500.001.1001", f"Wrong credentials {PHONE}")],
    [token(TOKEN), *[answer(429, {"fault": {"faultstring": PHONE}})] * 3],
    [token(TOKEN), answer(400, {"requestId": CHECKOUT_REQUEST_ID, "errorCode": "1", "errorMessage": PHONE})],
    [token(TOKEN), *[answer(503, PHONE.encode())] * 3],
    [token(TOKEN), answer(200, {"ResponseCode": "0", "ResultCode": [PHONE]})],
    [token(TOKEN), answer(200, {"ResponseCode": "9", "ResponseDescription": PHONE})],
    [token(TOKEN), refusal(401, "404.001.03"), token(TOKEN), refusal(401, "404.001.03")],
]


@pytest.mark.parametrize("call", [push, query])
@pytest.mark.parametrize("replies", FAILING)
def test_no_failure_shows_a_secret_or_a_number(
    replies: list[ScriptedAnswer], call: Callable[[Daraja], object], caplog: pytest.LogCaptureFixture
) -> None:
    transport = ScriptedTransport(replies)
    daraja = Daraja(settings(), transport=transport, clock=ManualClock())
    with caplog.at_level(logging.DEBUG), pytest.raises(DarajaError) as caught:
        # The reference is a phone number with twelve digits, as shops do have it.
        call(daraja)

    assert found_in(everything_shown(caught.value)) == []
    assert found_in(caplog.text) == []
    assert found_in(repr(pickle.loads(pickle.dumps(caught.value)))) == []  # noqa: S301 - our own bytes
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_no_success_shows_a_secret_or_a_number(caplog: pytest.LogCaptureFixture) -> None:
    transport = ScriptedTransport([token(TOKEN), accepted()])
    daraja = Daraja(settings(), transport=transport, clock=ManualClock())
    with caplog.at_level(logging.DEBUG):
        response = push(daraja)
    operation = StkPush(phone=PHONE, amount=5, reference=PHONE, description=PHONE)
    query = StkQuery(CHECKOUT_REQUEST_ID)
    shown = [response, daraja, daraja.config, operation, query, *transport.requests, caplog.text]

    assert found_in("".join(f"{one!r} {one}" for one in shown)) == []
    assert PASSWORD in transport.requests[-1].body.decode()
    assert transport.requests[0].headers["Authorization"] == f"Basic {BASIC}"


@pytest.mark.parametrize("argument", ["phone", "amount", "reference", "description", "callback_url"])
def test_no_wrong_argument_shows_a_number(argument: str) -> None:
    good = {"phone": PHONE, "amount": 5, "reference": PHONE, "description": PHONE}
    wrong = {**good, argument: f"{PHONE}, {PHONE}"}
    daraja = Daraja(settings(environment="production"), transport=ScriptedTransport([]))
    with pytest.raises(DarajaError) as caught:
        daraja.stk_push(**wrong)  # type: ignore[arg-type]  # wrong on purpose

    assert found_in(everything_shown(caught.value)) == []


# Local variables ------------------------------------------------------------------------------------------------------


def below(error: BaseException) -> list[tuple[str, dict[str, str]]]:
    """Return the frames below the test's own, with their local variables as an error tracker shows them."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return [(frame.name, dict(frame.locals or {})) for frame in shown.stack][1:]


def fail(secret: str) -> NoReturn:
    copy = secret * 2
    raise LookupError(len(copy))


@hide_locals
def public(secret: str) -> str:
    if secret:
        fail(secret)
    return secret


@hide_locals
def chained(secret: str) -> NoReturn:
    try:
        fail(secret)
    except LookupError as error:
        raise OSError from error


@hide_locals_of_awaited
async def awaitable(secret: str) -> str:
    await asyncio.sleep(0)
    return public(secret)


def test_an_exception_keeps_its_lines_and_loses_its_local_variables() -> None:
    with pytest.raises(LookupError) as caught:
        public(TOKEN)
    assert [name for name, _ in below(caught.value)] == ["call", "public", "fail"]
    assert found_in(str(below(caught.value))) == []


def test_an_exception_of_a_coroutine_loses_its_local_variables() -> None:
    with pytest.raises(LookupError) as caught:
        asyncio.run(awaitable(TOKEN))
    assert [name for name, _ in below(caught.value)][-5:] == ["call", "awaitable", "call", "public", "fail"]
    assert [name for name, variables in below(caught.value) if found_in(str(variables))] == ["awaitable"]


def test_the_cause_of_an_exception_loses_its_local_variables() -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - it has no words
        chained(TOKEN)
    cause = caught.value.__cause__
    assert cause is not None
    assert found_in(str(below(caught.value) + below(cause))) == []


def test_an_exception_that_the_caller_is_handling_keeps_its_local_variables() -> None:
    try:
        fail("the caller's own")
    except LookupError:
        with pytest.raises(LookupError) as caught:
            public(TOKEN)
    context = caught.value.__context__
    assert context is not None
    assert [variables["secret"] for _, variables in below(context)] == [repr("the caller's own")]


def test_without_an_exception_the_decorator_changes_nothing() -> None:
    assert public("") == asyncio.run(awaitable("")) == ""
    assert (public.__name__, list(inspect.signature(public).parameters)) == ("public", ["secret"])


def test_a_generator_that_handles_the_same_exception_goes_on() -> None:
    """A transport may raise one exception in two threads, while the flow of one of them handles it."""
    shared = LookupError("shared")

    def flow() -> Generator[str, None, str]:
        try:
            raise shared
        except LookupError:
            yield "handled"
        return "finished"

    @hide_locals
    def raise_it() -> NoReturn:
        raise shared

    handling = flow()
    assert next(handling) == "handled"
    with pytest.raises(LookupError):
        raise_it()
    with pytest.raises(StopIteration) as end:
        next(handling)
    assert end.value.value == "finished"


def test_a_payment_is_stored_that_handles_an_exception_which_another_call_raises() -> None:
    """A transport may raise one and the same exception in two calls, while the flow of the first still stores it."""
    shared = NotSent("the network is down")
    shop = scripted_checkout(token(TOKEN), *[shared] * 6)

    def another() -> None:
        with pytest.raises(NotSent):
            shop.checkout.start(phone=PHONE, amount=5, reference="B")

    shop.store.first["swap"].append(another)
    with pytest.raises(NotSent) as caught:
        shop.checkout.start(phone=PHONE, amount=5, reference="A")
    assert caught.value is shared
    assert shop.store.asked.count("swap") == 2


def methods(kind: type) -> Iterator[Any]:  # Any: as below
    """Return the public methods that take arguments."""
    for name, method in vars(kind).items():
        if not name.startswith("_") and inspect.isfunction(method) and len(inspect.signature(method).parameters) > 1:
            yield method


PRIVATE: Final[list[Any]] = [  # Any: functions of all kinds
    *(method for kind in (Daraja, AsyncDaraja, Checkout, AsyncCheckout) for method in methods(kind)),
    *(kind.__init__ for kind in (RedisTokens, SqlStore)),
    *(kind.__init__ for kind in (Config, Environment, Initiator, PayBill, Secret, StkPush, StkQuery, Till)),
    *(normalise_phone, parse_incoming, parse_result, parse_stk_callback),
    *(security_credential, short_reference, stk_password),
    *(Config.from_env, Environment.named),
]


@pytest.mark.parametrize("function", PRIVATE, ids=lambda function: str(function.__qualname__))
def test_a_public_function_that_takes_a_secret_or_a_number_hides_its_local_variables(function: Any) -> None:  # noqa: ANN401 - as above
    assert function.__code__ in {public.__code__, awaitable.__code__}


# The checkout ---------------------------------------------------------------------------------------------------------

NUMBERS: Final[Mapping[str, Any]] = {  # Any: arguments of many types
    "phone": PHONE,
    "amount": 5,
    "reference": PHONE,
    "description": PHONE,
    "idempotency_key": f"{PHONE}-1",
    "metadata": {"customer": PHONE, "order": {"phone": int(PHONE)}},
}
"""Where a shop puts numbers, all of them in their places."""


def shown_by_start(shop: ScriptedCheckout, asked: Mapping[str, Any] = NUMBERS) -> str:  # Any: as above
    """Start a payment; return all visible output."""
    try:
        payment = shop.checkout.start(**asked)
    except DarajaError as error:
        chained = [error.__context__, error.__cause__]
        stored: DarajaError = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        shown = everything_shown(error) + everything_shown(stored)
    else:
        chained, shown = [None, None], f"{payment!r} {payment}"
    assert chained == [None, None]
    return shown


@pytest.mark.parametrize("replies", FAILING)
def test_no_start_shows_a_secret_or_a_number(replies: list[ScriptedAnswer], caplog: pytest.LogCaptureFixture) -> None:
    shop = scripted_checkout(*replies)
    with caplog.at_level(logging.DEBUG):
        first, again = shown_by_start(shop), shown_by_start(shop)
        another = shown_by_start(shop, {**NUMBERS, "amount": 6})

    assert "DuplicatePayment" in another
    assert found_in(first + again + another) == []
    assert found_in(caplog.text) == []
    assert caplog.text


@pytest.mark.parametrize(
    "failure", [OSError("the disk is full"), Conflict("it contradicts"), RuntimeError(), KeyError("row")]
)
@pytest.mark.parametrize("method", ["insert", "swap"])
def test_no_start_with_a_failing_store_shows_a_secret_or_a_number(
    method: str, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise failure

    shop = scripted_checkout(token(TOKEN), accepted())
    shop.store.first[method] += [fail] * 3
    raised: list[BaseException] = []
    with caplog.at_level(logging.DEBUG):
        try:
            shown = repr(shop.checkout.start(**NUMBERS))
        except type(failure) as error:
            raised.append(error)
            shown = everything_shown(error)

    assert bool(raised) is (method == "insert")
    assert found_in(shown) == []
    assert found_in(caplog.text) == []


LONG: Final = f"{PHONE}, {PHONE}, " * 2
MISTAKES: Final[list[Mapping[str, Any]]] = [  # Any: as above
    *({name: f"{PHONE}, {PHONE}"} for name in ("phone", "amount", "reference", "description")),
    *(
        {name: wrong}
        for name in NUMBERS
        for wrong in (int(PHONE), PHONE.encode(), float(PHONE), Decimal(PHONE), (PHONE,), {PHONE})
    ),
    {"idempotency_key": f"{LONG}\n"},
    {"idempotency_key": LONG * 20},
    {"metadata": {"phone": {PHONE}}},
    {"metadata": {"phone": (PHONE,)}},
    {"metadata": {int(PHONE): PHONE}},
    {"metadata": {"phone": PHONE * 2000}},
    {"phone": "1"},
    {name: LONG * 20 for name in NUMBERS if name != "metadata"},
]


@pytest.mark.parametrize("mistake", MISTAKES, ids="-".join)
def test_no_start_with_a_wrong_argument_shows_a_number(mistake: Mapping[str, Any]) -> None:  # Any: as above
    shop = scripted_checkout()
    with pytest.raises(InvalidInput) as caught:
        shop.checkout.start(**{**NUMBERS, **mistake})

    assert found_in(everything_shown(caught.value)) == []
    assert set(caught.value.faults) == set(mistake)
    assert (shop.store.asked, shop.transport.requests) == ([], [])
    assert caught.value.__context__ is None


@pytest.mark.parametrize("behaviour", ["hang up", "html", "truncated"])
def test_no_error_of_a_real_socket_shows_a_secret_or_a_number(behaviour: str, caplog: pytest.LogCaptureFixture) -> None:
    def behave(conversation: Conversation, seen: Seen) -> bool:
        if "/oauth/" in seen.head:
            conversation.send(http(body=f'{{"access_token": "{TOKEN}", "expires_in": 3599}}'.encode()))
            return True
        if behaviour != "hang up":
            conversation.send(http(body=b"<html>" if behaviour == "html" else b'{"ResponseCode'))
        return False

    with raw_server(behave) as server, caplog.at_level(logging.DEBUG):
        here = Daraja(settings(), transport=Redirected(server.address), clock=ManualClock())
        with pytest.raises(OutcomeUnknown) as caught:
            push(here)

    assert [seen.head.split()[0] for seen in server.seen] == ["GET", "POST"]
    assert found_in(everything_shown(caught.value)) == []
    assert found_in(caplog.text) == []


class Redirected:
    """The real transport, to the port of a test's server."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._transport = RequestsTransport()

    def send(self, request: HttpRequest, /) -> HttpResponse:
        url = request.url.replace("http://127.0.0.1:8765", self._address)
        return self._transport.send(HttpRequest(request.method, url, request.headers, request.body))


@pytest.mark.parametrize("body", [f'{{"Body": {{"stkCallback": "{PHONE}"}}}}', PHONE, f'{{"ResultCode": [{PHONE}]}}'])
def test_no_malformed_callback_shows_a_number(body: str) -> None:
    with pytest.raises(CallbackMalformed) as caught:
        parse_stk_callback(body.encode())

    assert found_in(everything_shown(caught.value)) == []


@pytest.mark.parametrize("argument", ["phone", "amount", "reference", "description", "callback_url"])
@pytest.mark.parametrize("number", [int(PHONE), PHONE.encode(), [PHONE], float(PHONE), Decimal(PHONE)])
def test_no_argument_of_a_wrong_type_shows_a_number(argument: str, number: object) -> None:
    good = {"phone": PHONE, "amount": 5, "reference": "A", "description": "B"}
    daraja = Daraja(settings(environment="production"), transport=ScriptedTransport([]))
    with pytest.raises(DarajaError) as caught:
        daraja.stk_push(**{**good, argument: number})  # type: ignore[arg-type]  # wrong on purpose

    assert found_in(everything_shown(caught.value)) == []
    assert argument in str(caught.value)


@pytest.mark.parametrize("number", [int(PHONE), PHONE.encode()])
def test_no_id_of_a_wrong_type_shows_a_number(number: str) -> None:
    daraja = Daraja(settings(), transport=ScriptedTransport([]))
    with pytest.raises(DarajaError) as caught:
        daraja.stk_query(number)

    assert found_in(everything_shown(caught.value)) == []


def test_an_interrupt_in_the_middle_of_sending_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(HTTPAdapter):
        def send(self, *_: object, **__: object) -> NoReturn:
            raise KeyboardInterrupt

    monkeypatch.setenv("https_proxy", f"http://user:{CONSUMER_SECRET}@127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    with requests.Session() as session:
        session.mount("https://", Interrupted())
        daraja = Daraja(settings(environment="production"), transport=RequestsTransport(session))
        with pytest.raises(KeyboardInterrupt) as caught:
            push(daraja)

    assert found_in(everything_shown(caught.value)) == []
