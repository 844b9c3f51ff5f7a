"""Which databases a store takes: an address or an engine of the caller's, checked before anything is opened."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final, NoReturn

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from daraja.errors import ConfigurationError
from daraja.values.secret import Secret

TIMEOUT: Final = 4
"""Seconds to wait for a connection, a lock or a place in the pool: a payment is started in 20, the rest included."""

_DRIVERS: Final = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_ADVICE: Final = (
    "give sqlite:///payments.db, postgresql://user:password@host/database, or an Engine of your own for SQLite or for "
    "postgresql+psycopg"
)
_FOR_OTHER_CLIENTS: Final = ("pgbouncer", "connection_limit", "pool_timeout", "supa", "workaround")
"""Parameters that Supabase, Vercel and Prisma put into addresses; libpq refuses an address that has them."""


def read_url(address: Secret, /) -> URL:
    """Read the address of a database.

    Raises:
        ConfigurationError: If we cannot use it. It is not shown, as there may be a password in it.
        ImportError: If the driver is not installed.
    """
    try:
        url = make_url(address.reveal())
    except (ArgumentError, ValueError):
        url = URL.create("")
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        _refuse(f"that is no address of a database that can be used; {_ADVICE}")
    if driver.startswith("sqlite"):
        if url.host:
            _refuse("an address of SQLite has three slashes before a relative path, and four before an absolute one")
        return _with_absolute_path(url.set(drivername=driver))
    if not _begins_with_its_host(url, address.reveal().partition("://")[2].rpartition("@")[2]):
        _refuse("only one @ may stand in it, before the host; write %40 for each @ in the password or elsewhere")
    # Found but not imported: psycopg has to see whether gevent or eventlet has patched its process, see ForkLocal.
    if find_spec("psycopg") is None:
        raise ImportError('PostgreSQL needs psycopg 3; install it with: pip install "daraja-kit[postgres]"')
    return _with_hidden_password(url.set(drivername=driver)).difference_update_query(_FOR_OTHER_CLIENTS)


def _with_hidden_password(url: URL) -> URL:
    """Move a password among the parameters to its own place, since the repr of an engine shows every parameter."""
    password = url.query.get("password")
    return url.set(password=password).difference_update_query(["password"]) if isinstance(password, str) else url


def check_engine(engine: Engine, /) -> Engine:
    """Check an engine of the caller's.

    Raises:
        ConfigurationError: If it cannot be used.
    """
    if not isinstance(engine, Engine):
        _refuse(f"a {type(engine).__name__} is neither an address nor a synchronous Engine; {_ADVICE}")
    if getattr(engine.dialect, "skip_autocommit_rollback", False):
        _refuse("an Engine with skip_autocommit_rollback would keep transactions open; leave that out")
    if engine.dialect.driver not in {"psycopg", "pysqlite"}:
        _refuse(f"an Engine for {engine.dialect.name} through {engine.dialect.driver} cannot be used; {_ADVICE}")
    return engine


def location(url: URL, /) -> str:
    """Name the database for a person: its file, or its server and name; never a user, a password or an option."""
    if url.get_backend_name() == "sqlite":
        return f"SQLite file {url.database}"
    host = f"[{url.host}]" if ":" in (url.host or "") else url.host
    hosts = url.query.get("host") or host or "the default host"
    server = hosts if isinstance(hosts, str) else ", ".join(hosts)
    port = "" if url.port is None else f":{url.port}"
    return f"PostgreSQL database {url.database or url.username} on {server}{port}"


def _begins_with_its_host(url: URL, behind_the_last_at: str) -> bool:
    if url.host:
        return behind_the_last_at.removeprefix("[").startswith(url.host)
    return behind_the_last_at[:1] in {"", "/", "?"}


def _with_absolute_path(url: URL) -> URL:
    # Resolved now: a process that changes its folder later would open another file, empty, without a word.
    path = url.database
    if not path or path.startswith(("file:", ":")):
        return url
    return url.set(database=str(Path(path).absolute()))


def _refuse(fault: str) -> NoReturn:
    raise ConfigurationError({"url_or_engine": fault})
