"""PostgreSQL: connections as hosting companies offer them, directly or through a pooler such as PgBouncer."""

import os
import sys
import time
from math import inf
from typing import Any, Final

import attrs
from sqlalchemy import URL, Connection, Engine, create_engine

from daraja.stores.sql.engine import TIMEOUT

_LIMITS: Final = {
    "lock_timeout": f"{TIMEOUT}s",
    "statement_timeout": f"{2 * TIMEOUT}s",
    "idle_in_transaction_session_timeout": f"{15 * TIMEOUT}s",
}
_READ_COMMITTED: Final = "read committed"
_DEFAULTS: Final = {**_LIMITS, "default_transaction_isolation": _READ_COMMITTED}
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
_BEGIN_WITH_LIMITS: Final = "; ".join([_BEGIN, *(f"SET LOCAL {name} = '{value}'" for name, value in _LIMITS.items())])

# A pooler shows each client a number of its own in the place of the backend's, as one client has many backends there.
# A setting in such a session would reach other clients of the pooler, and our next statement would not have it.
# 'client' is what the address says, in its `options`; that comes before what we say.
_SET: Final = """
SELECT set_config(name, ours.value, false)
FROM pg_settings JOIN unnest(%(names)s::text[], %(values)s::text[]) AS ours (name, value) USING (name)
WHERE source <> 'client' AND pg_backend_pid() = %(pid)s
"""
_ASK: Final = "SELECT pg_backend_pid() IS NOT DISTINCT FROM %(pid)s, current_setting('default_transaction_isolation')"

_SESSION: Final = "daraja_session"
_COMMITTABLE: Final = 2
"""The status by which libpq marks a transaction that can still be committed."""


@attrs.frozen
class Session:
    """The properties of a session that matter for a statement outside a transaction of ours.

    Args:
        is_read_committed: It sees what others have committed, and never fails because of them.
        is_limited: It waits only a few seconds for a lock.
        began: When the session began, on the monotonic clock.
    """

    is_read_committed: bool
    is_limited: bool
    began: float = attrs.field(factory=time.monotonic)


def make_engine(url: URL, /) -> Engine:
    """Make an engine that waits a few seconds at the most for anything, and begins no transaction by itself."""
    settings = {
        "connect_timeout": str(TIMEOUT),
        "tcp_user_timeout": str(2000 * TIMEOUT),
        "keepalives_idle": str(TIMEOUT),  # so that a server whose machine vanished is not waited for by the hour
        "keepalives_interval": "2",
        "keepalives_count": "2",
        **url.query,
    }
    _make_psycopg_wait_for_eventlet()
    return create_engine(
        url.set(query=settings),
        hide_parameters=True,
        pool_timeout=TIMEOUT,
        isolation_level="AUTOCOMMIT",
        use_native_hstore=False,  # which would ask the server for that type on each new connection
    )


def prepare(connection: Connection, /, *, is_ours: bool, after: float = -inf) -> Session:
    """Put a connection that comes from the pool into autocommit, and say what its session is like.

    Args:
        connection: Fresh from the pool.
        is_ours: Whether we may change the session's settings; those of a caller's engine are the caller's.
        after: A session that began before this is left, and a new one begun.
    """
    known: Session | None
    while (known := connection.info.get(_SESSION)) is not None and known.began <= after:
        connection.invalidate()  # the next one of the pool, or a new one, takes its place
    if not is_ours:
        connection.execution_options(isolation_level="AUTOCOMMIT")
    if known is None:
        known = connection.info[_SESSION] = _look_at(connection, is_ours=is_ours)
    return known


def begin(connection: Connection, session: Session, /) -> None:
    """Begin a transaction in which each statement sees what others have committed, and no lock is waited for long."""
    statement = _BEGIN if session.is_limited else _BEGIN_WITH_LIMITS
    # Without parameters, not even none, psycopg sends several statements in one message.
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def in_transaction(driver: Any, /) -> bool:  # noqa: ANN401 - psycopg's connection, which SQLAlchemy does not type
    """Tell whether the transaction can still be committed: PostgreSQL answers COMMIT with a rollback if one failed."""
    can_be_committed: bool = driver.info.transaction_status == _COMMITTABLE
    return can_be_committed


def _look_at(connection: Connection, *, is_ours: bool) -> Session:
    driver: Any = connection.connection.driver_connection  # Any: as above
    # Supavisor's numbers are small, so that one may happen to be a backend's; Supabase and Neon name their poolers so.
    is_named_pooler = "pooler" in (connection.engine.url.host or "")
    its_number = {"pid": None if is_named_pooler else driver.info.backend_pid}
    if is_ours:
        connection.exec_driver_sql(_SET, {"names": [*_DEFAULTS], "values": [*_DEFAULTS.values()], **its_number})
    is_direct, isolation = connection.exec_driver_sql(_ASK, its_number).one()
    connection.rollback()  # for SQLAlchemy, which thinks that a transaction has begun
    if not is_direct:
        driver.prepare_threshold = None  # the next statement may reach another backend, which has not prepared it
    return Session(is_read_committed=isolation == _READ_COMMITTED, is_limited=is_direct or not is_ours)


def _make_psycopg_wait_for_eventlet() -> None:
    # psycopg finds out by itself that gevent has patched `select`. For eventlet it has this variable, which it reads
    # when it is imported; without it, a statement that waits for a lock blocks all other requests of the process.
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is not None and patcher.is_monkey_patched("select"):
        os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")
