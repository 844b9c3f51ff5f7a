"""The options for SQLite let several processes write, and leave nothing of what was erased."""

from pathlib import Path

from django.db.utils import ConnectionHandler

from daraja.django.databases import SQLITE_OPTIONS


def test_the_options_are_those_of_the_connection(db: None, tmp_path: Path) -> None:
    engine = "django.db.backends.sqlite3"
    settings = {"ENGINE": engine, "NAME": str(tmp_path / "shop.sqlite3"), "OPTIONS": dict(SQLITE_OPTIONS)}
    connection = ConnectionHandler({"default": settings})["default"]
    with connection.cursor() as cursor:
        for pragma, value in {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}.items():
            assert cursor.execute(f"PRAGMA {pragma}").fetchone() == (value,)
    connection.close()
