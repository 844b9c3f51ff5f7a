"""A mounted Daraja is a transport too, keeps what it was asked, and has bad days when a test wants one."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import pytest
import requests_mock

from daraja import AsyncDaraja, Daraja
from daraja.errors import ApiError, DarajaError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Engine
from daraja.simulator.products.stk.scenarios import ANSWER_LOST, EARLY_CALLBACK
from daraja.testing import ManualClock, MountedDaraja, mount_httpx2, mount_requests, sample_config

PHONE = "254712345678"
CONFIG = sample_config()

Way = Callable[[MountedDaraja], AbstractContextManager[Callable[[], object]]]
"""How a client reaches a mounted Daraja: gives what pushes once."""


def pushing(daraja: Daraja) -> Callable[[], object]:
    return lambda: daraja.stk_push(phone=PHONE, amount=500, reference="ORD-1")


def pushing_async(daraja: AsyncDaraja) -> Callable[[], object]:
    async def push() -> None:
        async with daraja:
            await daraja.stk_push(phone=PHONE, amount=500, reference="ORD-1")

    return lambda: asyncio.run(push())


@contextmanager
def as_transport(mounted: MountedDaraja) -> Generator[Callable[[], object]]:
    yield pushing(Daraja(CONFIG, transport=mounted, clock=ManualClock()))


@contextmanager
def as_async_transport(mounted: MountedDaraja) -> Generator[Callable[[], object]]:
    yield pushing_async(AsyncDaraja(CONFIG, transport=mounted, clock=ManualClock()))


@contextmanager
def on_requests(mounted: MountedDaraja) -> Generator[Callable[[], object]]:
    with requests_mock.Mocker() as mocker, Daraja(CONFIG, clock=ManualClock()) as daraja:
        mount_requests(mounted, mocker)
        yield pushing(daraja)


@contextmanager
def on_httpx2(mounted: MountedDaraja) -> Generator[Callable[[], object]]:
    with mount_httpx2(mounted):
        yield pushing_async(AsyncDaraja(CONFIG, clock=ManualClock()))


WAYS = pytest.mark.parametrize("way", [as_transport, as_async_transport, on_requests, on_httpx2])


@WAYS
def test_every_client_reaches_it_and_every_request_is_kept(way: Way) -> None:
    mounted = MountedDaraja(Engine(), ManualClock(), base_url=CONFIG.environment.base_url)
    with way(mounted) as push:
        push()

    assert [request.url.rpartition("/")[2].partition("?")[0] for request in mounted.requests] == [
        "generate",
        "processrequest",
    ]
    assert len(mounted.pushes) == 1


@WAYS
def test_a_callback_may_come_before_the_answer_and_an_answer_may_be_lost(way: Way) -> None:
    heard: list[HttpRequest] = []
    engine = Engine(scenarios={PHONE: EARLY_CALLBACK})
    mounted = MountedDaraja(engine, ManualClock(), base_url=CONFIG.environment.base_url, deliver=heard.append)
    with way(mounted) as push:
        push()
    lossy = MountedDaraja(Engine(scenarios={PHONE: ANSWER_LOST}), ManualClock(), base_url=CONFIG.environment.base_url)
    with way(lossy) as push, pytest.raises(OutcomeUnknown):
        push()

    assert len(heard) == 1
    assert len(lossy.pushes) == 1


@WAYS
@pytest.mark.parametrize(
    ("bad_day", "expected"),
    [
        (NotSent("no connection came about"), NotSent),
        (OutcomeUnknown("the connection broke"), OutcomeUnknown),
        (HttpResponse(403, {}, b'{"errorCode": "403.001.01", "errorMessage": "Not today"}'), ApiError),
    ],
)
def test_it_has_a_bad_day_for_as_long_as_a_test_wants(
    way: Way, bad_day: HttpResponse | DarajaError, expected: type[DarajaError]
) -> None:
    mounted = MountedDaraja(Engine(), ManualClock(), base_url=CONFIG.environment.base_url)
    with way(mounted) as push:
        push()
        mounted.respond_with(bad_day)
        with pytest.raises(expected):
            push()
        mounted.respond_with(None)
        mounted.advance(seconds=90)
        push()

    assert len(mounted.pushes) == 2


def test_a_client_of_another_address_does_not_reach_it() -> None:
    mounted = MountedDaraja(Engine(), ManualClock())
    elsewhere = HttpRequest("GET", "https://sandbox.safaricom.co.ke/")
    with pytest.raises(NotSent, match=r"nothing but http://127.0.0.1:8765 can be reached"):
        mounted.send(elsewhere)

    assert mounted.requests == ()
