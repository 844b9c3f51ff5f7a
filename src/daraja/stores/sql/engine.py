"""Engines that begin no transaction by themselves, never wait long and show nothing of what they write."""

import time
from contextlib import suppress
from typing import Final

from sqlalchemy import URL, Engine, PoolProxiedConnection, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from daraja.errors import ConfigurationError
from daraja.values.secret import Secret

__all__ = ["PATIENCE", "checked_engine", "checked_url", "engine_for"]

PATIENCE: Final = 4
"""Seconds to wait for a connection, a lock or a place in the pool: a payment is started in 20, the rest included."""

_SETTINGS: Final = (
    f"-c lock_timeout={PATIENCE}s -c statement_timeout={2 * PATIENCE}s "
    f"-c idle_in_transaction_session_timeout={15 * PATIENCE}s -c timezone=UTC"
)
_PAUSE: Final = 15
_SINCE: Final = "daraja_idle_since"

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


def checked_url(address: Secret | URL, /) -> URL:
    """Read the address of a database.

    Raises:
        ConfigurationError: If we cannot use it. It is not shown, as there may be a password in it.
    """
    try:
        url = make_url(address.reveal()) if isinstance(address, Secret) else address
    except (ArgumentError, ValueError):
        url = URL.create("")
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise ConfigurationError({"url_or_engine": f"that is no address of a database that can be used; {_ADVICE}"})
    return url.set(drivername=driver)


def checked_engine(engine: Engine, /) -> Engine:
    """See that an engine of the caller's can be used.

    Raises:
        ConfigurationError: If it cannot.
    """
    if not isinstance(engine, Engine):
        fault = f"a {type(engine).__name__} is neither an address nor a synchronous Engine; {_ADVICE}"
        raise ConfigurationError({"url_or_engine": fault})
    if getattr(engine.dialect, "skip_autocommit_rollback", False):
        fault = "an Engine with skip_autocommit_rollback would keep transactions open; leave that out"
        raise ConfigurationError({"url_or_engine": fault})
    if engine.dialect.driver not in {"psycopg", "pysqlite"}:
        fault = f"an Engine for {engine.dialect.name} through {engine.dialect.driver} cannot be used; {_ADVICE}"
        raise ConfigurationError({"url_or_engine": fault})
    return engine


def engine_for(url: URL, /, *, pause: float = _PAUSE) -> Engine:
    """Make an engine that waits a few seconds at the most for anything.

    Args:
        url: The address, as ``checked_url`` gives it.
        pause: Seconds of idleness after which a connection to a server is asked whether it still stands.

    Raises:
        ImportError: If the driver is not installed.
    """
    return _for_sqlite(url) if url.get_backend_name() == "sqlite" else _for_postgresql(url, pause)


def _for_sqlite(url: URL) -> Engine:
    # isolation_level: the driver begins no transaction by itself.
    arguments = {"timeout": PATIENCE, "isolation_level": None}
    return create_engine(url, hide_parameters=True, poolclass=QueuePool, pool_timeout=PATIENCE, connect_args=arguments)


def _for_postgresql(url: URL, pause: float) -> Engine:
    defaults = {
        "connect_timeout": str(PATIENCE),
        "tcp_user_timeout": str(2000 * PATIENCE),
        "keepalives_idle": str(PATIENCE),  # so that a server whose machine vanished is not waited for by the hour
        "keepalives_interval": "2",
        "keepalives_count": "2",
    }
    theirs = url.query.get("options", ())
    options = [_SETTINGS, *([theirs] if isinstance(theirs, str) else theirs)]  # the last one counts
    settings = {**defaults, **url.query, "options": " ".join(options)}
    try:
        engine = create_engine(
            url.set(query=settings), hide_parameters=True, pool_timeout=PATIENCE, isolation_level="AUTOCOMMIT"
        )
    except ModuleNotFoundError as missing:
        message = 'PostgreSQL needs psycopg 3; install it with: pip install "daraja-kit[postgres]"'
        raise ImportError(message) from missing
    _ping_after(pause, engine)
    return engine


def _ping_after(pause: float, engine: Engine) -> None:
    """Ask a connection whether it still stands, but not before each use: that would cost a busy shop too much."""

    def put_back(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info[_SINCE] = time.monotonic()

    def taken(connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        now = time.monotonic()
        if now - entry.info.pop(_SINCE, now) < pause:
            return
        stands = False
        with suppress(engine.dialect.loaded_dbapi.Error):
            stands = engine.dialect.do_ping(connection)
        if not stands:
            raise InvalidatePoolError

    event.listen(engine, "checkin", put_back)
    event.listen(engine, "checkout", taken)
