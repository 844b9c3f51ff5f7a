"""The shops in one file, open for a test; each test is about both of them."""

import asyncio
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine
from starlette.testclient import TestClient

from daraja import AsyncDaraja, Config, Daraja, Order
from daraja.http.messages import HttpRequest
from daraja.testing import ManualClock, MountedDaraja, deliver_to, sample_config
from examples.fastapi_checkout import app as fastapi_shop
from examples.flask_checkout import app as flask_shop
from tests.examples.shops import Answer, BusyEngine, FailingOnce, OpenShop

Opens = Callable[[Config, ManualClock, Database], AbstractContextManager[OpenShop]]


@contextmanager
def flask(config: Config, clock: ManualClock, database: Database) -> Generator[OpenShop]:
    app = flask_shop.create_app(Daraja(config, clock=clock), database)
    client = app.test_client(use_cookies=False)
    checkout = app.extensions["checkout"]

    def send(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = client.open(path, method=method, data=body, headers=headers)
        return Answer(answer.status_code, answer.text, {name.lower(): value for name, value in answer.headers})

    def reconcile() -> str:
        return app.test_cli_runner().invoke(args=["reconcile"], catch_exceptions=False).output

    yield OpenShop(
        client=client,
        send=send,
        order=checkout.order,
        register=app.extensions["receipts"].register,
        reconcile=reconcile,
        look_after=reconcile,
        database=database,
    )


@contextmanager
def fastapi(config: Config, clock: ManualClock, database: Database) -> Generator[OpenShop]:
    app = fastapi_shop.create_app(AsyncDaraja(config, clock=clock), database)
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        portal, checkout = client.portal, app.state.checkout
        assert portal is not None

        def send(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            answer = client.request(method, path, content=body, headers=headers)
            client.cookies.clear()  # which a test's browser keeps by itself
            return Answer(answer.status_code, answer.text, answer.headers)

        def order(order_id: str) -> Order:
            found: Order = portal.call(checkout.order, order_id)
            return found

        def reconcile() -> str:
            return f"{portal.call(checkout.reconcile)}\n{portal.call(app.state.receipts.reconcile)}"

        def look_after() -> None:
            async def run() -> None:
                task = asyncio.current_task()
                assert task is not None
                stand_in: Any = FailingOnce(checkout, task.cancel)  # Any: it stands in for a checkout
                with suppress(asyncio.CancelledError):
                    await fastapi_shop.look_after(stand_in, every=0)

            portal.call(run)

        yield OpenShop(
            client=client,
            send=send,
            order=order,
            register=lambda: portal.call(app.state.receipts.register),
            reconcile=reconcile,
            look_after=look_after,
            database=database,
        )


@pytest.fixture(params=[flask, fastapi], ids=["flask", "fastapi"])
def opens(request: pytest.FixtureRequest) -> Opens:
    chosen: Opens = request.param
    return chosen


@pytest.fixture
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """PostgreSQL in a test that has it, and SQLite in any other."""
    return (
        request.getfixturevalue("postgres") if "postgres" in request.fixturenames else f"sqlite:///{tmp_path}/shop.db"
    )


@pytest.fixture
def open_shop(
    opens: Opens, daraja_config: Config, daraja_clock: ManualClock, database_address: str
) -> Iterator[OpenShop]:
    """A shop that no Daraja answers yet."""
    database = create_engine(database_address)
    try:
        with opens(daraja_config, daraja_clock, database) as shop:
            yield shop
    finally:
        database.dispose()


@pytest.fixture
def daraja_config() -> Config:
    return sample_config(registered_secret="a-registered-secret-of-the-tests")


@pytest.fixture
def daraja_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def daraja_engine() -> BusyEngine:
    return BusyEngine()


@pytest.fixture
def daraja_deliver(open_shop: OpenShop) -> Callable[[HttpRequest], str]:
    return deliver_to(open_shop.client)


@pytest.fixture
def shop(open_shop: OpenShop, daraja_simulator: MountedDaraja) -> OpenShop:  # noqa: ARG001 - it answers the shop
    """An open shop, before ``daraja_simulator``."""
    return open_shop
