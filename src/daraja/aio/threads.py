"""What would block an event loop, done in threads."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from inspect import isawaitable, iscoroutinefunction
from threading import Event
from typing import Any

__all__ = ["call", "held"]


async def call(function: Callable[..., Any], /, *arguments: object) -> Any:  # noqa: ANN401 - whatever it gives
    """Await a coroutine function; have a thread call any other, which may block."""
    given = function(*arguments) if iscoroutinefunction(function) else await asyncio.to_thread(function, *arguments)
    return await given if isawaitable(given) else given


@asynccontextmanager
async def held(block: AbstractContextManager[None], /) -> AsyncGenerator[None]:
    """Hold *block* in a thread of its own for as long as this block lasts; it is left whatever becomes of this one.

    Of its own, since those of the event loop are few: all of them could come to hold a block, and none be left to work.
    """
    loop, entered, leave = asyncio.get_running_loop(), asyncio.Event(), Event()

    def hold() -> None:
        with block:
            loop.call_soon_threadsafe(entered.set)
            leave.wait()

    thread = ThreadPoolExecutor(1, "daraja-token")
    holding = loop.run_in_executor(thread, hold)
    holding.add_done_callback(lambda _: entered.set())
    thread.shutdown(wait=False)  # it ends with its only work
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
