"""Where this machine has a Chromium, and how a test's own is started."""

import shutil
from asyncio import events
from collections.abc import Generator, Iterator, Mapping
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserType, Error, expect, sync_playwright

from tests.support.real.server import NONE, Unavailable

__all__ = ["started"]

_VARIABLE: Final = "DARAJA_TEST_CHROMIUM"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS: Final = (
    "--no-sandbox",  # as root it does not start otherwise, and it opens our own pages only
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",  # no test leaves this machine
)
_ADVICE: Final = (
    "Install Chromium (Debian: apt install chromium; or: python -m playwright install chromium), or name one,"
    f" {_VARIABLE}=/path/to/chromium."
)


def started(environ: Mapping[str, str]) -> Generator[Browser | Unavailable]:
    """Start the Chromium that *environ* names, or the first that starts here, until the run ends.

    Yields:
        The browser, or why there is none.
    """
    named = environ.get(_VARIABLE)
    if named == NONE:
        yield Unavailable(f"{_VARIABLE} says {NONE}; leave it out to have them run.")
        return
    expect.set_options(timeout=20_000)  # milliseconds, on a machine that is busy with other things
    with sync_playwright() as playwright:
        try:
            browser = _launched(playwright.chromium, [named] if named else _found())
        except Unavailable as why:
            if named:
                pytest.fail(f"{_VARIABLE} names a browser that cannot be used: {why}", pytrace=False)
            yield why
        else:
            loop = events._get_running_loop()
            events._set_running_loop(None)  # it is for whoever has the browser to have it running
            yield browser
            events._set_running_loop(loop)
            browser.close()


def _found() -> Iterator[str | None]:
    """Find the programs to try, the best first; None stands for Playwright's own."""
    yield from filter(None, map(shutil.which, _NAMES))
    yield None


def _launched(chromium: BrowserType, programs: "Iterator[str | None] | list[str]") -> Browser:
    faults: list[str] = []
    for program in programs:
        try:
            return chromium.launch(executable_path=program, args=_ARGUMENTS)
        except Error as error:
            faults.append(error.message.strip().partition("\n")[0])
    message = f"{'; '.join(faults)}. {_ADVICE}"
    raise Unavailable(message)
