"""An engine mounted on httpx2 answers async code without a socket, and nothing else is reached."""

import asyncio
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

import httpx2
import pytest

from daraja import AsyncDaraja, Environment
from daraja.errors import NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest
from daraja.simulator import Engine
from daraja.simulator.products.stk.scenario import Scenario
from daraja.simulator.products.stk.scenarios import ANSWER_LOST, EARLY_CALLBACK
from daraja.testing import ManualClock, MountedDaraja, mount_httpx2, sample_config
from daraja.transports.base import AsyncTransport
from tests.simulator.shop import callback_of

PHONE = "254712345678"
SANDBOX = "https://sandbox.safaricom.co.ke"
SIMULATOR = Environment.named("simulator").base_url
ELSEWHERE = "https://sms.example"


@contextmanager
def mounted_with(
    scenario: Scenario | None = None, deliver: Callable[[HttpRequest], object] | None = None
) -> Generator[MountedDaraja]:
    """Mount the sandbox, with what becomes of a push to the phone."""
    engine = Engine(scenarios={} if scenario is None else {PHONE: scenario})
    mounted = MountedDaraja(engine, ManualClock(), base_url=SANDBOX, deliver=deliver)
    with mount_httpx2(mounted):
        yield mounted


def push(base_url: str = SANDBOX, *, transport: AsyncTransport | None = None) -> str:
    """Ask for money in an event loop that lasts no longer, and give the CheckoutRequestID."""

    async def ask() -> str:
        config = sample_config(base_url=base_url)
        async with AsyncDaraja(config, transport=transport, clock=ManualClock()) as daraja:
            return (await daraja.stk_push(phone=PHONE, amount=500, reference="ORD-1")).checkout_request_id

    return asyncio.run(ask())


async def get(url: str, transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=transport) as client:
        return await client.get(url)


def test_the_default_transport_reaches_the_engine_and_not_safaricom() -> None:
    with mounted_with() as mounted:
        asked = push()
    assert [push.checkout_request_id for push in mounted.pushes] == [asked]


def test_refusals_are_the_same_as_daraja_s() -> None:
    with mounted_with():
        answer = asyncio.run(get(f"{SANDBOX}/nowhere?a=b"))
    assert (answer.status_code, answer.json()["errorMessage"]) == (404, "Resource not found")


def test_no_other_address_is_reached() -> None:
    with mounted_with() as mounted:
        with pytest.raises(httpx2.ConnectError, match=f"nothing but {SANDBOX} can be reached; .* MockTransport"):
            asyncio.run(get(f"{ELSEWHERE}/"))
        with pytest.raises(httpx2.ConnectError):
            asyncio.run(get(f"{SANDBOX}.example/"))
        with pytest.raises(NotSent):
            push(SIMULATOR)
        assert mounted.events == ()


def test_a_client_with_a_transport_of_its_own_is_left_alone() -> None:
    known = httpx2.MockTransport(lambda _: httpx2.Response(200, text="known to the test"))
    with mounted_with():
        assert asyncio.run(get(f"{ELSEWHERE}/", known)).text == "known to the test"


def test_patches_are_undone() -> None:
    before = httpx2.AsyncHTTPTransport.handle_async_request
    with mounted_with():
        assert httpx2.AsyncHTTPTransport.handle_async_request is not before
    assert httpx2.AsyncHTTPTransport.handle_async_request is before


def test_a_lost_answer_is_a_broken_connection() -> None:
    with mounted_with(ANSWER_LOST) as mounted:
        with pytest.raises(OutcomeUnknown, match="RemoteProtocolError"):
            push()
        assert len(mounted.pushes) == 1


def test_a_callback_that_comes_before_the_answer_is_delivered_while_the_event_loop_is_free() -> None:
    heard: list[HttpRequest] = []

    async def shop() -> None:
        loop = asyncio.get_running_loop()

        async def hear(callback: HttpRequest) -> None:
            await asyncio.sleep(0)
            heard.append(callback)

        def deliver(callback: HttpRequest) -> None:
            asyncio.run_coroutine_threadsafe(hear(callback), loop).result(timeout=10)

        with mounted_with(EARLY_CALLBACK, deliver):
            async with AsyncDaraja(sample_config(base_url=SANDBOX), clock=ManualClock()) as daraja:
                asked = await daraja.stk_push(phone=PHONE, amount=500, reference="ORD-1")
                assert [callback_of(callback)["CheckoutRequestID"] for callback in heard] == [asked.checkout_request_id]

    asyncio.run(shop())


def refuse(_: HttpRequest) -> None:
    message = "the view is not there"
    raise AssertionError(message)


def test_an_early_callback_that_was_not_accepted_fails_the_test_at_the_end() -> None:
    def sell() -> None:
        with mounted_with(EARLY_CALLBACK, refuse):
            with pytest.raises(OutcomeUnknown):
                push()
            with pytest.raises(httpx2.ConnectError):
                asyncio.run(get(f"{ELSEWHERE}/"))

    with pytest.raises(AssertionError, match="the view is not there"):
        sell()


# As a transport


def test_a_mounted_engine_is_a_transport_for_async_code() -> None:
    mounted = MountedDaraja(Engine(), ManualClock(), base_url=SANDBOX)
    asked = push(transport=mounted)
    assert [push.checkout_request_id for push in mounted.pushes] == [asked]


def test_as_a_transport_it_reaches_no_other_address() -> None:
    mounted = MountedDaraja(Engine(), ManualClock(), base_url=SANDBOX)
    with pytest.raises(NotSent, match=f"nothing but {SANDBOX} can be reached"):
        push(SIMULATOR, transport=mounted)
    assert mounted.events == ()


def test_as_a_transport_it_loses_answers_too_after_the_callback() -> None:
    heard: list[HttpRequest] = []
    scenario = Scenario(result=EARLY_CALLBACK.result, early=True, reply=ANSWER_LOST.reply)
    mounted = MountedDaraja(Engine(scenarios={PHONE: scenario}), ManualClock(), base_url=SANDBOX, deliver=heard.append)
    with pytest.raises(OutcomeUnknown, match="dropped the connection"):
        push(transport=mounted)
    assert [callback_of(callback)["ResultCode"] for callback in heard] == [0]


def test_where_httpx2_is_missing_nothing_is_mounted_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = httpx2.AsyncHTTPTransport.handle_async_request
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with mounted_with():
        assert httpx2.AsyncHTTPTransport.handle_async_request is before
