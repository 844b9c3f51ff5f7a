"""Settings for every test, with real servers and a real browser for the tests that need them."""

import gc
import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import settings

pytest_plugins = ["pytester", "tests.support.real.plugin", "tests.support.browser.plugin"]

# A slow machine is not a fault of the code, so there is no deadline. bench/ measures speed, in turns and in one run.
# Each run tries the same examples, so a failure can be repeated. `make test-slow` tries more; `explore` finds new ones.
settings.register_profile("quick", deadline=None, max_examples=25, derandomize=True)
settings.register_profile("thorough", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=400)
settings.load_profile("quick")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start one process more than there are processors, since many tests wait for a server or a program."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a case that is named by an address in memory: processes that share the tests could not agree on it."""
    if unstable := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        message = f"these cases have another name in every process; give them ids: {unstable}"
        raise pytest.UsageError(message)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Spare the garbage collector the objects of twelve thousand tests, while they are found and each time after."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture
def interruptible() -> Generator[None]:
    """Let a program started here hear Ctrl-C, even where a shell began these tests in the background, deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
