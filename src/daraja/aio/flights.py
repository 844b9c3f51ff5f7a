"""What many tasks want at the same time is done by one of them, for all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from daraja.system.single_flight import Board

__all__ = ["TaskCalls"]

Result = TypeVar("Result")


class TaskCalls:
    """Single flight for tasks; where the one who does the work is cancelled, another who waits begins anew."""

    def __init__(self) -> None:
        self._board: Final = Board(asyncio.Event, asyncio.current_task)

    async def share(self, key: str, work: Callable[[], Awaitable[Result]], patience: float | None = None, /) -> Result:
        """Give what *work* gives, done once for all who ask for *key* until it is done; see ``ThreadCalls.share``."""
        loop = asyncio.get_running_loop()
        until = None if patience is None else loop.time() + patience  # however many are cancelled before it is our turn
        while True:
            flight, is_new = self._board.join(key)
            if is_new:
                with self._board.flying(key, flight):
                    result = flight.result = await work()
                return result
            if flight.pilot is asyncio.current_task():
                return await work()
            async with asyncio.timeout_at(until):
                await flight.landed.wait()
            if flight.arrived:
                ended: Result = flight.end()
                return ended
