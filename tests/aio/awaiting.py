"""Async faces for tests that wait, and sync parts for async faces."""

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
    """A transport of the sync kind, in memory, as one that is awaited."""

    transport: Transport

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        await asyncio.sleep(0)
        return self.transport.send(request)


class AsyncStore:
    """A store in memory of which every method is a coroutine function."""

    def __init__(self) -> None:
        self.store = MemoryStore()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a store has
        found = getattr(self.store, name)

        async def method(*args: object) -> object:
            await asyncio.sleep(0)
            return found(*args)

        return method


class _Waiting:
    """Has the methods of an async face, each of which is waited for."""

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
    """Give async faces as sync ones, on one event loop that lasts as long as the block."""
    with asyncio.Runner() as loop:
        yield [_Waiting(face, loop) for face in faces]
