"""A shop with a database of its own, and a local Daraja in this process behind it."""

import pytest
from django.conf import settings
from django.db import connections
from django.utils.crypto import get_random_string


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give each run a database of its own: in a file, as threads cannot share one in memory."""
    database = settings.DATABASES["default"]
    on_sqlite = database["ENGINE"].endswith("sqlite3")
    name = (
        str(tmp_path_factory.mktemp("database") / "shop.sqlite3")
        if on_sqlite
        else f"test_{get_random_string(8).lower()}"
    )
    connections["default"].settings_dict["TEST"]["NAME"] = name
