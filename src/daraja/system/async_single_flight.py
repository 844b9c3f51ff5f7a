"""Single flight for tasks: what many of them want at the same time is done by one, for all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from daraja.system.single_flight import Calls

__all__ = ["TaskCalls"]

Result = TypeVar("Result")


class TaskCalls:
    """Single flight for tasks. Where the task that does the work is cancelled, another one that waits begins anew."""

    def __init__(self) -> None:
        self._calls: Final = Calls(asyncio.Event, asyncio.current_task)

    async def share(  # the time-out is not that of the work, which asyncio.timeout() would be
        self,
        key: str,
        work: Callable[[], Awaitable[Result]],
        timeout: float | None = None,  # noqa: ASYNC109 - see above
        /,
    ) -> Result:
        """Return what *work* returns, done once for all who ask for *key* until then; see ``ThreadCalls.share``."""
        loop = asyncio.get_running_loop()
        until = None if timeout is None else loop.time() + timeout  # however many are cancelled before it is our turn
        while True:
            call, is_new = self._calls.join(key)
            if is_new:
                with self._calls.running(key, call):
                    result = call.result = await work()
                return result
            if call.owner is asyncio.current_task():
                return await work()
            async with asyncio.timeout_at(until):
                await call.done.wait()
            if call.finished:
                shared: Result = call.outcome()
                return shared
