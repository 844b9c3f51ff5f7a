"""A real MariaDB, with a database for each test."""

import secrets
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import attrs
import pymysql
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tests.support.real.keeper import kept
from tests.support.real.programs import Program, installed
from tests.support.real.server import Kind, Unusable

__all__ = ["MARIADB"]

_READY: Final = "ready for connections"
# It listens only in a folder that nobody else may enter, so it needs no password and no free port. Without flushing it
# may lose data if the machine dies, which no test can tell. Its clock is that of Nairobi, as for PostgreSQL.
_SCRIPT: Final = """
PATH="$PATH:/usr/bin:/usr/local/bin" mariadb-install-db --no-defaults --datadir="$0/data" --skip-test-db \\
    --auth-root-authentication-method=normal &&
"$1" --no-defaults --datadir="$0/data" --socket="$0/mariadb.sock" --pid-file="$0/mariadb.pid" --skip-networking \\
    --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --sync-frm=OFF --skip-innodb-doublewrite \\
    --innodb-buffer-pool-size=64M --default-time-zone=+03:00
"""


@attrs.frozen
class MariadbServer:
    """A server on which we may create databases."""

    _url: URL

    @contextmanager
    def database(self) -> Generator[str]:
        """Create an empty database, yield its address, and drop it."""
        name = f"daraja_test_{secrets.token_hex(8)}"
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute(f"DROP DATABASE {name}")

    def _execute(self, statement: str) -> None:
        url = self._url
        socket = url.query.get("unix_socket")
        connection = pymysql.connect(
            host=url.host or "localhost",
            port=url.port or 3306,
            user=url.username,
            password=url.password or "",
            unix_socket=socket if isinstance(socket, str) else None,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)


def _named(address: str) -> MariadbServer:
    """Use the server at *address*, as SQLAlchemy writes it.

    Raises:
        Unusable: It is no such address, or no database can be made there.
    """
    try:
        server = MariadbServer(make_url(address))
        with server.database():
            return server
    except (ArgumentError, ValueError):
        message = "is no address of a MariaDB; write mysql+pymysql://user:password@host:3306"
    except pymysql.MySQLError as error:
        message = f"names a server on which no database can be made: {error}"
    raise Unusable(message)


def _attempts() -> Iterator[AbstractContextManager[MariadbServer]]:
    """Find the ways of starting one here."""
    return (_started(program) for program in installed(["mariadbd"], usual=["usr/sbin", "usr/libexec"]))


@contextmanager
def _started(program: Program) -> Generator[MariadbServer]:
    with kept(_SCRIPT, program, ready=_READY, stop="TERM") as folder:
        socket = {"unix_socket": str(folder / "mariadb.sock")}
        yield MariadbServer(URL.create("mysql+pymysql", "root", query=socket))


MARIADB: Final = Kind(
    variable="DARAJA_TEST_MARIADB",
    named=_named,
    attempts=_attempts,
    advice="Install MariaDB (Debian: apt install mariadb-server-core mariadb-client-core); or name a server on which"
    " tests may make databases, DARAJA_TEST_MARIADB=mysql+pymysql://user:password@host:3306.",
)
