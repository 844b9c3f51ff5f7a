"""The shops in one file, open for a test; each test is about both of them."""

import asyncio
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine
from starlette.testclient import TestClient

from daraja import Daraja
from daraja.aio import AsyncDaraja
from daraja.simulator import Engine
from daraja.testing import ManualClock, deliver_to
from examples.fastapi_checkout import app as fastapi_shop
from examples.flask_checkout import app as flask_shop
from tests.examples.shops import Answer, BusyLine, FailingOnce, OpenShop
from tests.support.worlds import PASSKEY, settings

CONFIG = settings()


def a_line() -> BusyLine:
    return BusyLine(Engine(shortcodes={CONFIG.business.shortcode: PASSKEY}), ManualClock())


@contextmanager
def flask(database: Database) -> Generator[OpenShop]:
    line = a_line()
    app = flask_shop.create_app(Daraja(CONFIG, transport=line, clock=line.clock), database)
    client = app.test_client(use_cookies=False)

    def send(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = client.open(path, method=method, data=body, headers=headers)
        return Answer(answer.status_code, answer.text, {name.lower(): value for name, value in answer.headers})

    def reconcile() -> str:
        return app.test_cli_runner().invoke(args=["reconcile"], catch_exceptions=False).output

    def look_after() -> None:
        closed = Event()
        checkout: Any = FailingOnce(app.extensions["checkout"], closed.set)  # Any: it stands in for one
        flask_shop.look_after(checkout, closed, every=0)

    yield OpenShop(send, deliver_to(client), line, CONFIG, reconcile, look_after, database)


@contextmanager
def fastapi(database: Database) -> Generator[OpenShop]:
    line = a_line()
    app = fastapi_shop.create_app(AsyncDaraja(CONFIG, transport=line, clock=line.clock), database)
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:

        def send(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            answer = client.request(method, path, content=body, headers=headers)
            client.cookies.clear()  # which a test's browser keeps by itself
            return Answer(answer.status_code, answer.text, answer.headers)

        def reconcile() -> str:
            assert client.portal is not None
            return str(client.portal.call(app.state.checkout.reconcile))

        def look_after() -> None:
            async def run() -> None:
                task = asyncio.current_task()
                assert task is not None
                checkout: Any = FailingOnce(app.state.checkout, task.cancel)  # Any: as above
                with suppress(asyncio.CancelledError):
                    await fastapi_shop.look_after(checkout, every=0)

            assert client.portal is not None
            client.portal.call(run)

        yield OpenShop(send, deliver_to(client), line, CONFIG, reconcile, look_after, database)


Opens = Callable[[Database], AbstractContextManager[OpenShop]]


@contextmanager
def opened(opens: Opens, address: str) -> Generator[OpenShop]:
    database = create_engine(address)
    try:
        with opens(database) as shop:
            yield shop
    finally:
        database.dispose()


@pytest.fixture(params=[flask, fastapi], ids=["flask", "fastapi"])
def opens(request: pytest.FixtureRequest) -> Opens:
    chosen: Opens = request.param
    return chosen


@pytest.fixture
def shop(opens: Opens, tmp_path: Path) -> Generator[OpenShop]:
    with opened(opens, f"sqlite:///{tmp_path / 'shop.db'}") as shop:
        yield shop


@pytest.fixture
def shop_on_postgres(opens: Opens, postgres: str) -> Generator[OpenShop]:
    with opened(opens, postgres) as shop:
        yield shop
