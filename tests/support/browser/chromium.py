"""Find and start Chromium on this machine."""

import shutil
import subprocess
import sys
from asyncio import events
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Error, Playwright, expect, sync_playwright

from tests.support.real.server import NONE, Unavailable
from tests.support.unmeasured import unmeasured

__all__ = ["started"]

_VARIABLE: Final = "DARAJA_TEST_CHROMIUM"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_ROOT: Final = Path(__file__).parents[3]
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
    try:
        program = _usable([named] if named else _found())
    except Unavailable as why:
        if named:
            pytest.fail(f"{_VARIABLE} names a browser that cannot be used: {why}", pytrace=False)
        yield why
        return
    expect.set_options(timeout=20_000)  # milliseconds, on a machine that is busy with other things
    with sync_playwright() as playwright:
        browser = _launched(playwright, program)
        loop = events._get_running_loop()
        events._set_running_loop(None)  # the browser runs only in the process that uses it
        yield browser
        events._set_running_loop(loop)
        browser.close()


def _found() -> Iterator[str]:
    """Find the programs to try, the best first; the empty name stands for Playwright's own."""
    yield from filter(None, map(shutil.which, _NAMES))
    yield ""


def _usable(programs: Iterable[str]) -> str:
    """Give the first of *programs* that starts."""
    faults: list[str] = []
    for program in programs:
        fault = _fault_of(program)
        if not fault:
            return program
        faults.append(fault)
    message = f"{'; '.join(faults)}. {_ADVICE}"
    raise Unavailable(message)


def _fault_of(program: str) -> str:
    """Try *program* in a process of its own, because after a failed start Playwright's event loop keeps running."""
    command = [sys.executable, "-m", __name__, program]
    trial = subprocess.run(command, cwd=_ROOT, env=unmeasured(), capture_output=True, text=True, check=False)
    return trial.stderr.strip().rpartition("\n")[2] if trial.returncode else ""


def _launched(playwright: Playwright, program: str) -> Browser:
    return playwright.chromium.launch(executable_path=program or None, args=_ARGUMENTS)


def _try(program: str) -> None:
    try:
        with sync_playwright() as playwright:
            _launched(playwright, program).close()
    except Error as error:
        sys.exit(error.message.strip().partition("\n")[0])


if __name__ == "__main__":
    _try(sys.argv[1])
