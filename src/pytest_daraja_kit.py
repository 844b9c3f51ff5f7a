"""The fixtures of ``daraja.testing``, which pytest finds by itself and which load nothing until a test uses one.

This module is not in the package ``daraja``, because pytest loads it in every run, also in those of a project whose own
package has the name ``daraja``.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from daraja import AsyncCheckout, AsyncDaraja, Checkout, Config, Daraja
    from daraja.config.business import Business
    from daraja.http.messages import HttpRequest
    from daraja.simulator import Engine, LocalDaraja
    from daraja.stores import PaymentStore
    from daraja.testing import ManualClock
    from daraja.testing.adapters import MountedDaraja, ServedDaraja

pytest.register_assert_rewrite("daraja.testing.store_contract", "daraja.testing.token_contract")

# Imports stand in the fixtures: pytest loads this module in every run of everybody who has daraja installed.
# ruff: noqa: PLC0415


@pytest.fixture(scope="session")
def _daraja_kit() -> None:
    """See that ``daraja`` is the library, and say so in one sentence if it is something else."""
    try:
        import_module("daraja.testing")
    except ImportError:
        import daraja

        found = f"`import daraja` finds {daraja.__file__} and not the library daraja-kit"
        pytest.fail(f"{found}: rename that one to use these fixtures", pytrace=False)


@pytest.fixture
def daraja_business(_daraja_kit: None) -> "Business":
    """Who is paid: the sandbox's pay bill. Override it for a pay bill or till of your own."""
    from daraja.testing.defaults import sample_business

    return sample_business()


@pytest.fixture
def daraja_callback_url(request: pytest.FixtureRequest, _daraja_kit: None) -> str:
    """Where callbacks go; override it with the address of your route, since its path is what a test client is asked.

    In a test with ``daraja_django`` it is the address that the project's ``urls.py`` gives to ``daraja.django``.
    """
    if "daraja_django" in request.fixturenames:
        from daraja.testing.django import callback_url

        return callback_url()
    from daraja.testing.defaults import CALLBACK_URL

    return CALLBACK_URL


@pytest.fixture
def daraja_clock(_daraja_kit: None) -> "ManualClock":
    """The time of the simulator and of ``daraja_client``: begins at the time of day, and moves only when told to."""
    from daraja.testing.clock import ManualClock

    return ManualClock(datetime.now(UTC))


@pytest.fixture
def daraja_engine(daraja_business: "Business") -> "Engine":
    """The engine behind the simulator and the server. Override it for rate limits, scenarios and so on."""
    from daraja.testing.defaults import engine_for

    return engine_for(daraja_business)


@pytest.fixture
def daraja_config(request: pytest.FixtureRequest, daraja_business: "Business", daraja_callback_url: str) -> "Config":
    """The settings: of the simulator, or of ``daraja_server`` if the test has it. Override it with your shop's.

    Nothing answers at their address unless the test has one of these two.
    """
    from daraja.testing.defaults import sample_config

    base_url = request.getfixturevalue("_daraja_port").base_url if _is_served(request) else None
    return sample_config(daraja_business, base_url=base_url, callback_url=daraja_callback_url)


@pytest.fixture
def daraja_deliver(request: pytest.FixtureRequest) -> "Callable[[HttpRequest], object] | None":
    """Where callbacks go: to ``daraja_checkout`` or ``daraja_async_checkout`` if the test has it, else nowhere.

    In a test with ``daraja_django`` they go to the view of ``daraja.django``.

    Those of ``daraja_server`` go to their addresses, over HTTP. Override it with ``deliver_to(client)`` to let the
    callbacks of either land in your own view.
    """
    from daraja.testing.delivery import deliver_to

    if "daraja_django" in request.fixturenames:
        from django.test import Client

        return deliver_to(Client())
    checkouts = {"daraja_checkout", "daraja_async_checkout"}.intersection(request.fixturenames)
    if not checkouts or _is_served(request):
        return None

    def deliver(callback: "HttpRequest") -> str:
        return deliver_to(request.getfixturevalue(min(checkouts)))(callback)

    return deliver


@pytest.fixture
def daraja_simulator(
    request: pytest.FixtureRequest,
    daraja_config: "Config",
    daraja_engine: "Engine",
    daraja_clock: "ManualClock",
    daraja_deliver: "Callable[[HttpRequest], object] | None",
) -> "Iterator[MountedDaraja]":
    """A local Daraja in this process, mounted at the address of ``daraja_config``, which may not be production's.

    It answers what ``requests`` sends, by the fixture ``requests_mock``, and what an ``AsyncClient`` of httpx2 sends,
    where that is installed. No socket is opened for either; to any other address it is an error, unless the test has
    told ``requests_mock`` of it.
    """
    if _is_served(request):
        message = "a test has daraja_simulator or daraja_server, not both: requests-mock would keep the server from it"
        raise pytest.UsageError(message)
    if find_spec("requests_mock") is None:
        message = 'daraja_simulator needs requests-mock; install it with: pip install "daraja-kit[testing]"'
        raise pytest.UsageError(message)
    from daraja.testing.adapters import MountedDaraja, mount_httpx2, mount_requests

    base_url = daraja_config.environment.base_url
    mounted = MountedDaraja(daraja_engine, daraja_clock, base_url=base_url, deliver=daraja_deliver)
    mount_requests(mounted, request.getfixturevalue("requests_mock"))
    with mount_httpx2(mounted):
        yield mounted


@pytest.fixture
def _daraja_port(daraja_engine: "Engine") -> "Iterator[ServedDaraja]":
    """``daraja_server`` before it knows where callbacks go: to a shop that has to know its address first."""
    from daraja.testing.adapters import ServedDaraja

    with ServedDaraja(daraja_engine) as served:
        yield served


@pytest.fixture
def daraja_server(
    _daraja_port: "ServedDaraja", daraja_deliver: "Callable[[HttpRequest], object] | None"
) -> "Iterator[LocalDaraja]":
    """A local Daraja on a free port of 127.0.0.1, at the time of day, for shops in another process.

    Callbacks go over HTTP, unless ``daraja_deliver`` is overridden: then they go there, each in a thread.
    """
    _daraja_port.receiver = daraja_deliver
    yield _daraja_port
    _daraja_port.close()  # while the shop is still there, which is torn down before the port


@pytest.fixture
def daraja_client(request: pytest.FixtureRequest, daraja_config: "Config") -> "Iterator[Daraja]":
    """A client of the simulator, at its time; or of ``daraja_server`` if the test has it, at the time of day."""
    from daraja import Daraja

    with Daraja(daraja_config, clock=_clock(request)) as daraja:
        yield daraja


@pytest.fixture
def daraja_async_client(request: pytest.FixtureRequest, daraja_config: "Config") -> "AsyncDaraja":
    """The same for async code. With ``daraja_server`` close it in its event loop, by ``async with``."""
    from daraja import AsyncDaraja

    return AsyncDaraja(daraja_config, clock=_clock(request))


@pytest.fixture
def daraja_store(_daraja_kit: None) -> "PaymentStore":
    """Where the checkouts keep payments: an empty ``MemoryStore``. Override it with a store of your own."""
    from daraja.stores import MemoryStore

    return MemoryStore()


@pytest.fixture
def daraja_checkout(daraja_client: "Daraja", daraja_store: "PaymentStore") -> "Checkout":
    """A checkout over ``daraja_client`` and ``daraja_store``, which hears the simulator's callbacks."""
    from daraja import Checkout

    return Checkout(daraja_client, daraja_store)


@pytest.fixture
def daraja_async_checkout(daraja_async_client: "AsyncDaraja", daraja_store: "PaymentStore") -> "AsyncCheckout":
    """The same for async code, over ``daraja_async_client``."""
    from daraja import AsyncCheckout

    return AsyncCheckout(daraja_async_client, daraja_store)


@pytest.fixture
def daraja_django(request: pytest.FixtureRequest, daraja_config: "Config") -> "Iterator[Checkout]":
    """The checkout of a Django project, as ``daraja.django.checkout()`` returns it, with the settings of the test.

    It talks to the simulator at its time, so the project needs no ``MPESA_*`` variable, and the simulator's callbacks
    land in the project's own view.
    """
    from daraja.django.apps import this_app

    with this_app().replaced(daraja_config, _clock(request)) as checkout:
        yield checkout


@pytest.fixture
def daraja_callback(daraja_config: "Config") -> Callable[..., Any]:
    """The factory ``stk_callback``, which signs with the settings of the test."""
    from functools import partial

    from daraja.testing.callbacks import stk_callback

    return partial(stk_callback, config=daraja_config)


def _clock(request: pytest.FixtureRequest) -> "ManualClock | None":
    """Return the simulator's clock, and mount the simulator; None, which is the machine's, with a server."""
    if _is_served(request):
        return None
    clock: ManualClock = request.getfixturevalue("daraja_simulator").clock
    return clock


def _is_served(request: pytest.FixtureRequest) -> bool:
    return "daraja_server" in request.fixturenames
