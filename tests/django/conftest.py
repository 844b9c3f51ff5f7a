"""A database of its own for each run, and a project that needs no ``MPESA_*`` variable."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.utils.crypto import get_random_string

from daraja.config.checks import VARIABLES

pytest_plugins = ["tests.support.real.plugin"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep SQLite's database in a file, as threads cannot share one in memory; give a server's a name of its own."""
    on_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    folder = tmp_path_factory.mktemp("database")
    name = str(folder / "shop.sqlite3") if on_sqlite else f"test_{get_random_string(8).lower()}"
    connections["default"].settings_dict["TEST"]["NAME"] = name


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    cache.clear()
