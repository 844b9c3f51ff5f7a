"""Text is compared byte by byte on every database, and times are kept without zones where the project has none."""

import pymysql
import pytest
from django.conf import LazySettings

from daraja.django import rows
from daraja.django.fields import ExactCharField, ExactTextField
from daraja.testing.store_contract.base import NOON

pymysql.version_info = (2, 2, 7, "final", 0)  # that of mysqlclient, in whose place it stands
pymysql.install_as_MySQLdb()


@pytest.mark.parametrize(
    ("version", "collation"), [("10.11.1-MariaDB", "utf8mb4_nopad_bin"), ("8.0.36", "utf8mb4_0900_bin")]
)
def test_mysql_and_mariadb_get_an_exact_collation(version: str, collation: str) -> None:
    from django.db.backends.mysql.base import DatabaseWrapper  # noqa: PLC0415 - it looks for mysqlclient at once

    connection = DatabaseWrapper({"ENGINE": "django.db.backends.mysql", "NAME": "shop"})
    vars(connection)["mysql_server_data"] = {"version": version}  # what a server would have said
    assert ExactCharField(max_length=32).db_parameters(connection)["collation"] == collation
    assert ExactTextField().db_parameters(connection)["collation"] == collation


def test_times_are_kept_in_the_zone_of_the_settings_where_zones_are_off(settings: LazySettings) -> None:
    settings.USE_TZ, settings.TIME_ZONE = False, "Africa/Nairobi"
    kept = rows.kept_time(NOON)
    assert kept is not None
    assert (kept.hour, kept.tzinfo) == (12, None)
    assert rows.read_time(kept) == NOON
