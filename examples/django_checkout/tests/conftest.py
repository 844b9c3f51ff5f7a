"""A database of its own for each run, and a shop before a local Daraja in this process."""

from importlib.util import find_spec

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.utils.crypto import get_random_string

from daraja import Config
from daraja.django.apps import this_app
from daraja.simulator import Engine
from daraja.simulator.clock import WallClock
from daraja.testing import MountedDaraja
from shops import ENVIRON, Shop

if find_spec("tests.support"):  # in daraja's repository, which lends a browser and a Redis
    pytest_plugins = ["tests.support.real.plugin", "tests.support.browser.plugin"]
else:
    collect_ignore = ["browser", "test_worker.py"]


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
    this_app()._forget()
    cache.clear()


@pytest.fixture
def daraja_config() -> Config:
    """The shop's own settings, at whose address the simulator stands."""
    return Config.from_env()


@pytest.fixture
def daraja_clock() -> WallClock:
    """The time of day, which the shop reads too."""
    return WallClock()


@pytest.fixture
def busy_seconds() -> float:
    """For how long a phone that was asked takes no other prompt; a test may choose another time."""
    return 0


@pytest.fixture
def daraja_engine(busy_seconds: float) -> Engine:
    """A local Daraja, new for each test."""
    return Engine(busy_seconds=busy_seconds)


@pytest.fixture
def shop(db: None, daraja_simulator: MountedDaraja) -> Shop:  # noqa: ARG001 - the database has to be there
    """Open a shop with one customer and one order of KES 500."""
    return Shop.opened(daraja_simulator)


@pytest.fixture
def shop_in_threads(transactional_db: None, daraja_simulator: MountedDaraja) -> Shop:  # noqa: ARG001 - as above
    """Open one whose transactions are real, so that many threads may call."""
    return Shop.opened(daraja_simulator)
