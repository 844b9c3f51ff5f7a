"""A real PgBouncer in front of the tests' PostgreSQL. Each transaction gets any of three connections."""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import attrs
from sqlalchemy import URL, make_url

from tests.support.real.keeper import kept
from tests.support.real.programs import Program, installed
from tests.support.real.server import Kind, Server, Unusable

__all__ = ["pgbouncer_before"]

_READY: Final = "process up"
_SCRIPT: Final = """
{ echo "$SETTINGS"; echo "unix_socket_dir = $0"; } >"$0/pgbouncer.ini"
"$1" "$0/pgbouncer.ini"
"""

# As most hosts have it: `options` is refused at the start of a session, and nothing is reset between transactions.
_SETTINGS: Final = """
[databases]
* = {target}

[pgbouncer]
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
"""


@attrs.frozen
class PgBouncerServer:
    """A pooler; the databases are made on the server behind it."""

    _behind: Server
    _folder: str

    @contextmanager
    def database(self) -> Generator[str]:
        """Create a database, yield its address through the pooler, and drop it."""
        with self._behind.database() as address:
            name = make_url(address).database
            query = {"host": self._folder, "port": "6432"}
            yield URL.create("postgresql", "shop", database=name, query=query).render_as_string()


def pgbouncer_before(behind: Server) -> Kind:
    """Return the kind of server in front of *behind*."""

    def named(_: str) -> Server:
        message = "can only be none: tests start a PgBouncer of their own before their PostgreSQL"
        raise Unusable(message)

    def attempts() -> Iterator[AbstractContextManager[Server]]:
        return (_started(program, behind) for program in installed(["pgbouncer"], usual=["usr/sbin"]))

    return Kind(
        variable="DARAJA_TEST_PGBOUNCER",
        named=named,
        attempts=attempts,
        advice="Install PgBouncer (Debian: apt install pgbouncer).",
    )


@contextmanager
def _started(program: Program, behind: Server) -> Generator[PgBouncerServer]:
    with behind.database() as address:
        settings = _SETTINGS.format(target=_target(make_url(address)))
    with kept(_SCRIPT, program, environ={"SETTINGS": settings}, ready=_READY) as folder:
        yield PgBouncerServer(behind, str(folder))


def _target(url: URL) -> str:
    """Return the server at *url* in the form of libpq, for all its databases."""
    known = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, **url.query}
    return " ".join(f"{name}={_quoted(str(value))}" for name, value in known.items() if value)


def _quoted(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"
