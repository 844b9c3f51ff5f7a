"""Blocking calls for an event loop, done in threads."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, asynccontextmanager
from contextvars import copy_context
from inspect import isawaitable, iscoroutinefunction
from threading import Event, Thread, main_thread
from typing import Any, Final

__all__ = ["call", "held"]

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

    Thread(
        target=copy_context().run, args=(hold,), name="daraja-token"
    ).start()  # an executor's would keep the main thread alive, and wait for it
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
