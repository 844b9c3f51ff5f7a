"""A shop that is served, a local Daraja that calls it back, and a customer in front of a real browser."""

from collections.abc import Callable, Generator

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from browser.visits import Storefront, Visit
from daraja.django.apps import this_app
from daraja.simulator import Engine, LocalDaraja
from shops import ENVIRON


@pytest.fixture
def local() -> Generator[LocalDaraja]:
    """Serve a local Daraja of which a phone may be asked as often as a test likes."""
    with LocalDaraja(engine=Engine(busy_seconds=0)) as local:
        yield local


@pytest.fixture(autouse=True)  # before `page`: once there is a browser, Django takes this thread for asynchronous code
def storefront(
    transactional_db: None,  # noqa: ARG001 - the database has to be there
    live_server: LiveServer,
    local: LocalDaraja,
    monkeypatch: pytest.MonkeyPatch,
) -> Storefront:
    """Open a shop with one customer, who is logged in, and one order of KES 1,500."""
    ours = {"MPESA_BASE_URL": local.base_url, "MPESA_CALLBACK_URL": f"{live_server.url}/api/payments/callback/"}
    for name, value in {**ENVIRON, **ours}.items():
        monkeypatch.setenv(name, value)
    this_app()._forget()
    return Storefront.opened(live_server.url, Client())


@pytest.fixture
def visit(storefront: Storefront, local: LocalDaraja, page: Page, screenshot: Callable[[str], None]) -> Visit:
    """Sit the customer down in front of the browser, whose clock can be hurried."""
    page.clock.install()
    page.context.add_cookies([{"name": "sessionid", "value": storefront.session, "url": storefront.address}])
    return Visit(storefront, local, page, screenshot)
