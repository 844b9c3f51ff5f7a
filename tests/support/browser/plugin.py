"""A real Chromium for the tests that need one. Without it these tests are skipped with a reason."""

import os
import re
from asyncio import events
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest

from tests.support.real.plugin import unavailable
from tests.support.real.server import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

__all__ = ["browser", "chromium", "complaints", "page", "pytest_collection_modifyitems", "screenshot"]

_SCREENSHOTS: Final = "DARAJA_TEST_SCREENSHOTS"
_PATIENCE: Final = 20_000  # milliseconds, on a machine that is busy with other things
_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for the browser as slow."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def chromium() -> "Generator[Browser | Unavailable]":
    # Playwright takes half a second to import, and most runs of a single file never ask for it.
    from tests.support.browser.chromium import started  # noqa: PLC0415 - see above

    yield from started(os.environ)


@pytest.fixture
def browser(request: pytest.FixtureRequest, chromium: "Browser | Unavailable") -> "Generator[Browser]":
    """Yield the one browser of this run; each test makes its own context.

    Playwright's event loop counts as running in this thread while a test has the browser, so that Django would take the
    test for asynchronous code: look at its database from another thread, or through the shop's own pages.
    """
    if isinstance(chromium, Unavailable):
        unavailable(request, "chromium", chromium)
    loop: events.AbstractEventLoop = chromium._impl_obj._loop  # pyright: ignore[reportPrivateUsage] - nothing public tells
    events._set_running_loop(loop)
    yield chromium
    events._set_running_loop(None)  # or the tests that follow could not begin a loop of theirs


@pytest.fixture
def complaints() -> list[str]:
    """Return the errors of the page so far. A test removes the errors that it expects."""
    return []


@pytest.fixture
def page(browser: "Browser", complaints: list[str]) -> "Generator[Page]":
    """Open an empty page, 1280 by 800, in a profile of its own.

    When the test is over, errors in its console, uncaught exceptions and requests to other machines fail it.
    """

    def console(message: "ConsoleMessage") -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def uncaught(error: "Error") -> None:
        complaints.append(f"uncaught: {error}")

    def asked(request: "Request") -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in _HERE:
            complaints.append(f"asked elsewhere: {request.url}")

    with browser.new_context(
        viewport={"width": 1280, "height": 800},
        locale="en-KE",
        timezone_id="Africa/Nairobi",
        reduced_motion="reduce",
    ) as context:
        context.set_default_timeout(_PATIENCE)
        page = context.new_page()
        page.on("console", console)
        page.on("pageerror", uncaught)
        page.on("request", asked)
        yield page
    assert complaints == []


@pytest.fixture
def screenshot(request: pytest.FixtureRequest, page: "Page") -> Callable[[str], None]:
    """Return a function that saves a picture of the page, if DARAJA_TEST_SCREENSHOTS names a folder."""
    folder = os.environ.get(_SCREENSHOTS)
    test: pytest.Item = request.node
    prefix = re.sub(r"\W+", "-", test.name).strip("-")

    def shoot(name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{prefix}--{name}.png", full_page=True)

    return shoot
