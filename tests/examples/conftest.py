"""The shops in one file, open for a test; each test is about both of them."""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine
from starlette.testclient import TestClient

from daraja import Daraja
from daraja.aio import AsyncDaraja
from daraja.simulator import Engine
from daraja.testing import ManualClock
from examples.fastapi_checkout import app as fastapi_shop
from examples.flask_checkout import app as flask_shop
from tests.examples.shops import Answer, BusyLine, OpenShop
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

    yield OpenShop(send, line, CONFIG, reconcile, database)


@contextmanager
def fastapi(database: Database) -> Generator[OpenShop]:
    line = a_line()
    app = fastapi_shop.create_app(AsyncDaraja(CONFIG, transport=line, clock=line.clock), database)
    with TestClient(app, follow_redirects=False) as client:

        def send(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            answer = client.request(method, path, content=body, headers=headers)
            client.cookies.clear()  # which a test's browser keeps by itself
            return Answer(answer.status_code, answer.text, answer.headers)

        def reconcile() -> str:
            assert client.portal is not None
            return str(client.portal.call(app.state.checkout.reconcile))

        yield OpenShop(send, line, CONFIG, reconcile, database)


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
