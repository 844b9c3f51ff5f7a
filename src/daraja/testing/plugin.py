"""The fixtures of ``daraja.testing``, which pytest finds by itself and which load nothing until a test uses one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests_mock as requests_mock_module

    from daraja import Checkout, Config, Daraja
    from daraja.config.business import Business
    from daraja.simulator import Engine, LocalDaraja
    from daraja.stores.base import PaymentStore
    from daraja.testing import ManualClock
    from daraja.testing.mount import MountedDaraja
    from daraja.wire import HttpRequest

# Imports stand in the fixtures, as whoever installs daraja has this module loaded in every run of pytest.
# ruff: noqa: PLC0415


@pytest.fixture
def daraja_business() -> "Business":
    """Who is paid: the sandbox's pay bill. Override it for a pay bill or till of your own."""
    from daraja.testing.kit import sample_business

    return sample_business()


@pytest.fixture
def daraja_callback_url() -> str:
    """Where callbacks go; override it with the address of your route, since its path is what a test client is asked."""
    from daraja.testing.kit import CALLBACK_URL

    return CALLBACK_URL


@pytest.fixture
def daraja_clock() -> "ManualClock":
    """The time of the simulator and of ``daraja_client``: begins at the time of day, and moves only when told to."""
    from daraja.testing.clock import ManualClock

    return ManualClock(datetime.now(UTC))


@pytest.fixture
def daraja_engine(daraja_business: "Business") -> "Engine":
    """What answers, behind the simulator and the server. Override it for rate limits, scenarios and so on."""
    from daraja.testing.kit import engine_for

    return engine_for(daraja_business)


@pytest.fixture
def daraja_config(request: pytest.FixtureRequest, daraja_business: "Business", daraja_callback_url: str) -> "Config":
    """The settings: of the simulator, or of ``daraja_server`` where the test has it. Override it with your shop's.

    Nothing answers at their address unless the test has one of these two.
    """
    from daraja.testing.kit import sample_config

    base_url = request.getfixturevalue("daraja_server").base_url if _is_served(request) else None
    return sample_config(daraja_business, base_url=base_url, callback_url=daraja_callback_url)


@pytest.fixture
def daraja_deliver(request: pytest.FixtureRequest) -> "Callable[[HttpRequest], object] | None":
    """Where the simulator's callbacks go: to ``daraja_checkout`` where the test has it, else nowhere.

    Override it with ``deliver_to(client)`` to let them land in your own view.
    """
    from daraja.testing.delivery import deliver_to

    if "daraja_checkout" not in request.fixturenames:
        return None

    def deliver(callback: "HttpRequest") -> str:
        return deliver_to(request.getfixturevalue("daraja_checkout"))(callback)

    return deliver


@pytest.fixture
def daraja_simulator(
    request: pytest.FixtureRequest,
    daraja_config: "Config",
    daraja_engine: "Engine",
    daraja_clock: "ManualClock",
    daraja_deliver: "Callable[[HttpRequest], object] | None",
) -> "MountedDaraja":
    """A local Daraja in this process, mounted on the fixture ``requests_mock`` at the address of ``daraja_config``.

    No socket is opened; a request to any other address is an error, unless the test has told ``requests_mock`` of it.
    """
    if _is_served(request):
        message = "a test has daraja_simulator or daraja_server, not both: requests-mock would keep the server from it"
        raise pytest.UsageError(message)
    from daraja.testing.mount import mount

    mocker: requests_mock_module.Mocker = request.getfixturevalue("requests_mock")
    return mount(
        mocker, daraja_engine, daraja_clock, base_url=daraja_config.environment.base_url, deliver=daraja_deliver
    )


@pytest.fixture
def daraja_server(daraja_engine: "Engine") -> "Iterator[LocalDaraja]":
    """A local Daraja on a free port of 127.0.0.1, for shops in another process; callbacks go over HTTP."""
    from daraja.simulator import LocalDaraja

    with LocalDaraja(engine=daraja_engine) as local:
        yield local


@pytest.fixture
def daraja_client(request: pytest.FixtureRequest, daraja_config: "Config") -> "Iterator[Daraja]":
    """A client of the simulator, at its time; or of ``daraja_server`` where the test has it, at the time of day."""
    from daraja import Daraja

    clock = None
    if not _is_served(request):
        clock = request.getfixturevalue("daraja_simulator").clock
    with Daraja(daraja_config, clock=clock) as daraja:
        yield daraja


@pytest.fixture
def daraja_store() -> "PaymentStore":
    """Where ``daraja_checkout`` keeps payments: an empty ``MemoryStore``. Override it with a store of your own."""
    from daraja.stores import MemoryStore

    return MemoryStore()


@pytest.fixture
def daraja_checkout(daraja_client: "Daraja", daraja_store: "PaymentStore") -> "Checkout":
    """A checkout over ``daraja_client`` and ``daraja_store``, which hears the simulator's callbacks."""
    from daraja import Checkout

    return Checkout(daraja_client, daraja_store)


@pytest.fixture
def daraja_callback(daraja_config: "Config") -> Callable[..., Any]:
    """The factory ``stk_callback``, which signs with the settings of the test."""
    from functools import partial

    from daraja.testing.callbacks import stk_callback

    return partial(stk_callback, config=daraja_config)


def _is_served(request: pytest.FixtureRequest) -> bool:
    return "daraja_server" in request.fixturenames
