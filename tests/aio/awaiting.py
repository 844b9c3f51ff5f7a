"""Async clients for sync tests, and sync parts for async clients."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.stores import MemoryStore
from daraja.transports.base import Transport

__all__ = ["AsyncStore", "Awaited", "waiting_for"]


@attrs.frozen
class Awaited:
    """A sync transport in memory, wrapped as an async one."""

    transport: Transport

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        await asyncio.sleep(0)
        return self.transport.send(request)


class AsyncStore:
    """A store in memory whose methods are all coroutine functions."""

    def __init__(self) -> None:
        self.store = MemoryStore()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a store has
        found = getattr(self.store, name)

        async def method(*args: object) -> object:
            await asyncio.sleep(0)
            return found(*args)

        return method


class _Waiting:
    """Wraps an async client: each method waits for its result."""

    def __init__(self, face: object, loop: asyncio.Runner) -> None:
        self._face = face
        self._loop = loop

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the face has
        method = getattr(self._face, name)

        def wait(*args: object, **kwargs: object) -> object:
            return self._loop.run(method(*args, **kwargs))

        return wait


@contextmanager
def waiting_for(*faces: object) -> Generator[list[Any]]:
    """Yield async clients as sync ones, on one event loop for the time of the block."""
    with asyncio.Runner() as loop:
        yield [_Waiting(face, loop) for face in faces]
