"""A database of its own for each run, and a shop before a local Daraja in this process."""

import os

import django
import pytest
import requests_mock
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.utils.crypto import get_random_string

from daraja.simulator import Engine
from daraja.simulator.clock import WallClock
from daraja.testing.mount import MountedDaraja, mount

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.examples.django_checkout.settings"
django.setup()

from payments.api.throttle import Counters, Throttle  # noqa: E402 - no model can be had before
from payments.mpesa import checkout  # noqa: E402 - the same
from tests.examples.django_checkout.shops import DARAJA, ENVIRON, Shop  # noqa: E402 - the same


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Lay SQLite's database into a file, as threads cannot share one in memory; give PostgreSQL's a name of its own."""
    on_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    folder = tmp_path_factory.mktemp("database")
    name = str(folder / "shop.sqlite3") if on_sqlite else f"test_{get_random_string(8).lower()}"
    connections["default"].settings_dict["TEST"]["NAME"] = name


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    checkout.cache_clear()
    cache.clear()
    monkeypatch.setattr(Throttle, "cache", Counters())  # which no test has found away yet


@pytest.fixture
def daraja(requests_mock: requests_mock.Mocker) -> MountedDaraja:
    """Mount a local Daraja of which a phone may be asked as often as a test likes."""
    return mount(requests_mock, Engine(busy_seconds=0), WallClock(), base_url=DARAJA)


@pytest.fixture
def shop(db: None, daraja: MountedDaraja) -> Shop:  # noqa: ARG001 - the database has to be there
    """Open a shop with one customer and one order of KES 500."""
    return Shop.opened(daraja)


@pytest.fixture
def shop_in_threads(transactional_db: None, daraja: MountedDaraja) -> Shop:  # noqa: ARG001 - as above
    """Open one whose transactions are real, so that many threads may call."""
    return Shop.opened(daraja)
