"""The parts that tasks need: blocking calls in threads, and single flight."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, asynccontextmanager
from contextvars import copy_context
from inspect import isawaitable, iscoroutinefunction
from threading import Event, Thread, main_thread
from typing import Any, Final, TypeVar

from daraja.system.single_flight import Calls

Result = TypeVar("Result")

_TURN: Final = 0.5
"""Seconds between two checks of a waiting thread whether its event loop still exists."""


async def call(function: Callable[..., Any], /, *arguments: object) -> Any:  # noqa: ANN401 - whatever it gives
    """Await a coroutine function, and call any other function in a thread, since it may block."""
    given = function(*arguments) if iscoroutinefunction(function) else await asyncio.to_thread(function, *arguments)
    return await given if isawaitable(given) else given


@asynccontextmanager
async def held(block: AbstractContextManager[None], /) -> AsyncGenerator[None]:
    """Hold *block* in its own thread for as long as this block lasts. It is always released at the end.

    The event loop has few threads: if all of them held a block, none would be left to work.
    """
    loop, entered, leave = asyncio.get_running_loop(), asyncio.Event(), Event()
    outcome: Future[None] = Future()
    outcome.set_running_or_notify_cancel()  # a thread that runs cannot be cancelled

    def hold() -> None:
        try:
            with block:
                loop.call_soon_threadsafe(entered.set)
                # If the loop or the process ends without cancelling its tasks, nobody sets `leave`.
                while not (leave.wait(_TURN) or loop.is_closed() or not main_thread().is_alive()):
                    pass
            outcome.set_result(None)
        except BaseException as error:  # noqa: BLE001 - the task that awaits the outcome gets it
            outcome.set_exception(error)

    # A thread of an executor would keep the main thread alive, and wait for it.
    Thread(target=copy_context().run, args=(hold,), name="daraja-token").start()
    holding = asyncio.wrap_future(outcome)
    holding.add_done_callback(lambda _: entered.set())
    try:
        await entered.wait()
        if holding.done():
            holding.result()
        yield
    finally:
        leave.set()
        if entered.is_set():
            await holding
        else:
            holding.cancel()  # nobody waits for it to enter any more; if it does, it leaves at once


class TaskCalls:
    """Single flight for tasks. If the task that does the work is cancelled, another one that waits begins anew."""

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
        until = None if timeout is None else loop.time() + timeout  # one limit for all the tasks before us
        while True:
            running, is_new = self._calls.join(key)
            if is_new:
                with self._calls.running(key, running):
                    result = running.result = await work()
                return result
            if running.owner is asyncio.current_task():
                return await work()
            async with asyncio.timeout_at(until):
                await running.done.wait()
            if running.finished:
                shared: Result = running.outcome()
                return shared
