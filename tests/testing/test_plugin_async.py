"""The fixtures for async shops: as easy as for others, and no request of theirs leaves the test."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from daraja import AsyncCheckout, AsyncDaraja, Config, Outcome, Payment, Status
from daraja.http.messages import HttpRequest
from daraja.simulator import LocalDaraja
from daraja.stores import MemoryStore
from daraja.testing import ManualClock, assert_not_paid, assert_paid_once, assert_pushed, deliver_to
from daraja.testing.adapters import MountedDaraja
from tests.aio.awaiting import AsyncStore

PHONE = "254712345678"
EARLY = "254700008003"
"""Whose callback comes before the answer to its push."""


def test_a_whole_sale(daraja_simulator: MountedDaraja, daraja_async_checkout: AsyncCheckout) -> None:
    payment = asyncio.run(daraja_async_checkout.start(phone=PHONE, amount=500, reference="ORD-1"))
    assert_pushed(daraja_simulator, phone=PHONE, amount=500, reference="ORD-1")
    daraja_simulator.pay(PHONE)
    assert_paid_once(daraja_async_checkout, payment)


@pytest.mark.parametrize("phone", [PHONE, EARLY])
def test_a_whole_sale_within_an_event_loop(
    daraja_simulator: MountedDaraja, daraja_async_checkout: AsyncCheckout, phone: str
) -> None:
    async def sell() -> None:
        payment = await daraja_async_checkout.start(phone=phone, amount=500, reference="ORD-1")
        if phone == PHONE:
            daraja_simulator.pay(PHONE)
        assert (await daraja_async_checkout.payment(payment.key)).paid
        assert_paid_once(daraja_async_checkout, payment)

    asyncio.run(sell())


def test_the_client_goes_by_the_simulator_s_clock_and_never_sleeps(
    daraja_async_checkout: AsyncCheckout, daraja_simulator: MountedDaraja, daraja_clock: ManualClock
) -> None:
    async def sell() -> None:
        payment = await daraja_async_checkout.start(phone="254700008001", amount=500, reference="ORD-1")
        daraja_simulator.advance(seconds=90)
        assert (await daraja_async_checkout.reconcile()).succeeded == 1
        assert_paid_once(daraja_async_checkout, payment)

    before = daraja_clock.now()
    asyncio.run(sell())
    assert (daraja_clock.now() - before).total_seconds() == 90


def test_an_async_client_of_the_shop_s_own_reaches_nothing_else(
    daraja_simulator: MountedDaraja, daraja_config: Config
) -> None:
    async def ask() -> None:
        async with AsyncDaraja(daraja_config) as daraja:
            await daraja.stk_push(phone=PHONE, amount=1, reference="ORD-1")
        async with httpx2.AsyncClient() as client:
            with pytest.raises(httpx2.ConnectError, match=f"nothing but {daraja_config.environment.base_url} can be"):
                await client.get("https://shop.example/")

    asyncio.run(ask())
    assert_pushed(daraja_simulator, phone=PHONE, amount=1)


def test_a_server_is_talked_to_over_http(
    daraja_server: LocalDaraja, daraja_async_client: AsyncDaraja, daraja_config: Config
) -> None:
    async def ask() -> Outcome:
        async with daraja_async_client as daraja:
            asked = await daraja.stk_push(phone=PHONE, amount=500, reference="ORD-1")
            daraja_server.pay(PHONE)
            return (await daraja.stk_query(asked.checkout_request_id)).outcome

    assert asyncio.run(ask()) is Outcome.PAID
    assert daraja_config.environment.base_url == daraja_server.base_url


class TestAwaitedStore:
    """A store whose methods are coroutine functions."""

    @pytest.fixture
    def daraja_store(self) -> AsyncStore:
        return AsyncStore()

    def test_the_result_of_a_payment_is_available_outside_and_inside_an_event_loop(
        self, daraja_simulator: MountedDaraja, daraja_async_checkout: AsyncCheckout, daraja_store: AsyncStore
    ) -> None:
        async def sell() -> Payment:
            payment = await daraja_async_checkout.start(phone=PHONE, amount=500, reference="ORD-1")
            assert_not_paid(daraja_async_checkout, payment)
            daraja_simulator.pay(PHONE)
            return assert_paid_once(daraja_async_checkout, payment)

        paid = asyncio.run(sell())
        assert paid.paid
        assert assert_paid_once(daraja_store, paid.key) == paid
        with pytest.raises(AssertionError, match="callback paid: initiated to success, became a success"):
            assert_not_paid(daraja_async_checkout, paid)
        with pytest.raises(AssertionError, match="there is no payment"):
            assert_not_paid(daraja_store, "0" * 32)


class TestFastApi:
    """A shop of FastAPI's, whose client lives as long as the application."""

    @pytest.fixture
    def client(self, daraja_config: Config, request: pytest.FixtureRequest) -> Iterator[TestClient]:
        served = "daraja_server" in request.fixturenames
        clock: ManualClock | None = None if served else request.getfixturevalue("daraja_clock")

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
            async with AsyncDaraja(daraja_config, clock=clock) as daraja:
                app.state.checkout = AsyncCheckout(daraja, MemoryStore())
                yield

        app = FastAPI(lifespan=lifespan)

        @app.post("/pay/")
        async def pay(phone: str) -> str:
            key: str = (await app.state.checkout.start(phone=phone, amount=500, reference="ORD-1")).key
            return key

        @app.post("/payments/callback/{token}/")
        async def receive(token: str, request: Request) -> Response:
            reply = await app.state.checkout.receive(await request.body(), token=token)
            return Response(reply.body, reply.status_code, media_type=reply.content_type)

        with TestClient(app) as client:
            yield client

    @pytest.fixture
    def daraja_deliver(self, client: TestClient) -> Callable[[HttpRequest], object]:
        return deliver_to(client)

    def checkout(self, client: TestClient) -> AsyncCheckout:
        app = client.app
        assert isinstance(app, FastAPI)
        checkout: AsyncCheckout = app.state.checkout
        return checkout

    def test_a_customer_pays(self, client: TestClient, daraja_simulator: MountedDaraja) -> None:
        key = client.post("/pay/", params={"phone": PHONE}).json()
        daraja_simulator.pay(PHONE)
        assert_paid_once(self.checkout(client), key)

    def test_a_customer_cancels(self, client: TestClient, daraja_simulator: MountedDaraja) -> None:
        key = client.post("/pay/", params={"phone": PHONE}).json()
        daraja_simulator.cancel(PHONE)
        assert assert_not_paid(self.checkout(client), key).status is Status.FAILED

    @pytest.mark.usefixtures("daraja_simulator")
    def test_a_callback_lands_while_the_shop_still_waits_for_the_answer(self, client: TestClient) -> None:
        key = client.post("/pay/", params={"phone": EARLY}).json()
        assert_paid_once(self.checkout(client), key)

    @pytest.mark.parametrize("phone", [PHONE, EARLY])
    def test_a_server_calls_back_into_the_view_too(
        self, client: TestClient, daraja_server: LocalDaraja, phone: str
    ) -> None:
        key = client.post("/pay/", params={"phone": phone}).json()
        if phone == PHONE:
            daraja_server.pay(PHONE)
        assert_paid_once(self.checkout(client), key)
