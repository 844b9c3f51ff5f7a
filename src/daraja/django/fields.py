"""Columns of text that every database compares in the same way."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class _Exact(models.Field):
    """Compares byte by byte, as SQLite and PostgreSQL do. MySQL and MariaDB else ignore case, accents and blanks."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:  # Any: as Django types it
        """Return the type of the column, with a collation that is exact."""
        parameters: Any = super().db_parameters(connection)  # Any: as above
        if connection.vendor == "mysql":
            is_mariadb = getattr(connection, "mysql_is_mariadb", False)
            parameters["collation"] = "utf8mb4_nopad_bin" if is_mariadb else "utf8mb4_0900_bin"
        return parameters


class ExactCharField(_Exact, models.CharField):
    """A short text."""


class ExactTextField(_Exact, models.TextField):
    """A long text."""
