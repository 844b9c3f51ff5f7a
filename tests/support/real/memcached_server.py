"""A real memcached, empty for each test."""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import attrs
from pymemcache.client.base import Client  # type: ignore[import-untyped] # it ships no types

from tests.support.ports import free_port
from tests.support.real.keeper import kept
from tests.support.real.programs import Program, installed
from tests.support.real.server import Kind, Server, Unusable

__all__ = ["MEMCACHED"]

_TRIES: Final = 3  # another program may take the free port before the server does
_READY: Final = "server listening"
_SCRIPT: Final = """
"$1" -vv -l 127.0.0.1 -p "$2" -U 0
"""


@attrs.frozen
class MemcachedServer:
    """A server for these tests alone. It has no password, so tests put nothing into it that anybody wants."""

    _port: int

    @contextmanager
    def database(self) -> Generator[str]:
        """Yield the address, and empty the server."""
        try:
            yield f"127.0.0.1:{self._port}"
        finally:
            client = Client(("127.0.0.1", self._port))
            client.flush_all(noreply=False)
            client.close()


def _named(_: str) -> Server:
    message = "can only be none: tests start a memcached of their own"
    raise Unusable(message)


def _attempts() -> Iterator[AbstractContextManager[Server]]:
    return (_started(program) for program in installed(["memcached"]) for _ in range(_TRIES))


@contextmanager
def _started(program: Program) -> Generator[MemcachedServer]:
    port = free_port()
    with kept(_SCRIPT, program, str(port), ready=_READY):
        yield MemcachedServer(port)


MEMCACHED: Final = Kind(
    variable="DARAJA_TEST_MEMCACHED",
    named=_named,
    attempts=_attempts,
    advice="Install memcached (Debian: apt install memcached).",
)
