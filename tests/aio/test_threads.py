"""Blocking calls run in threads, and locks that are held there are always released."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from functools import partial
from threading import Event, get_ident
from typing import Final

import pytest

from daraja.system.tasks import call, held

PATIENCE: Final = 30
"""Seconds until a test that hangs fails."""


def where(_: object = None) -> int:
    return get_ident()


async def awaited_where(_: object = None) -> int:
    await asyncio.sleep(0)
    return get_ident()


def promised_where(_: object = None) -> Awaitable[int]:
    return awaited_where()


@pytest.mark.parametrize(
    ("function", "here"),
    [(where, False), (awaited_where, True), (partial(awaited_where, 1), True), (promised_where, True)],
)
def test_a_coroutine_function_is_awaited_and_every_other_function_runs_in_a_thread(
    function: object, *, here: bool
) -> None:
    assert callable(function)
    assert (asyncio.run(call(function)) == get_ident()) is here


def test_arguments_and_errors_are_passed_through() -> None:
    assert asyncio.run(call(divmod, 7, 2)) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(call(divmod, 7, 0))


class Lock:
    """A lock that can be slow to acquire and reports when it is acquired and released."""

    def __init__(self, *, slow: bool = False) -> None:
        self.entering, self.may_enter, self.left = Event(), Event(), Event()
        self.inside = False
        if not slow:
            self.may_enter.set()

    @contextmanager
    def block(self) -> Generator[None]:
        self.entering.set()
        assert self.may_enter.wait(PATIENCE)
        self.inside = True
        try:
            yield
        finally:
            self.inside = False
            self.left.set()


def test_a_context_manager_is_held_as_long_as_the_async_one() -> None:
    lock = Lock()

    async def use() -> bool:
        async with held(lock.block()):
            await asyncio.sleep(0)
            return lock.inside

    assert asyncio.run(use())
    assert not lock.inside


def test_it_is_held_for_any_length_of_time() -> None:
    lock = Lock()

    async def use() -> bool:
        async with held(lock.block()):
            return await asyncio.to_thread(lock.left.wait, 1.2)  # longer than the thread waits in one go

    assert not asyncio.run(use())
    assert lock.left.is_set()


def test_it_is_left_when_the_async_block_fails() -> None:
    lock = Lock()

    async def use() -> None:
        async with held(lock.block()):
            raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(use())
    assert not lock.inside


def test_it_is_left_before_a_cancelled_task_ends() -> None:
    lock = Lock()

    async def use() -> bool:
        inside = asyncio.Event()

        async def work() -> None:
            async with held(lock.block()):
                inside.set()
                await asyncio.Event().wait()

        working = asyncio.create_task(work())
        await inside.wait()
        working.cancel()
        await asyncio.wait([working])
        return lock.left.is_set()

    assert asyncio.run(use())


def test_a_task_cancelled_while_entering_stops_waiting_and_the_context_is_left_at_once() -> None:
    lock = Lock(slow=True)

    async def use() -> None:
        async with held(lock.block()):
            pytest.fail("it was never entered")

    async def cancel() -> None:
        using = asyncio.create_task(use())
        assert await asyncio.to_thread(lock.entering.wait, PATIENCE)
        using.cancel()
        with pytest.raises(asyncio.CancelledError):
            await using

    asyncio.run(cancel())  # and the event loop is gone before it is entered
    assert not lock.left.is_set()
    lock.may_enter.set()
    assert lock.left.wait(PATIENCE)
    assert not lock.inside


def test_the_event_loop_keeps_running_while_it_is_entered() -> None:
    lock = Lock(slow=True)

    async def let_in() -> None:
        assert await asyncio.to_thread(lock.entering.wait, PATIENCE)
        lock.may_enter.set()

    async def use() -> bool:
        letting = asyncio.create_task(let_in())
        async with held(lock.block()):
            await letting
            return lock.inside

    assert asyncio.run(use())


def test_an_error_on_entering_is_raised() -> None:
    @contextmanager
    def broken() -> Generator[None]:
        raise LookupError
        yield

    async def use() -> None:
        async with held(broken()):
            pytest.fail("it was never entered")

    with pytest.raises(LookupError):
        asyncio.run(use())


def test_many_can_be_held_at_once_without_using_up_the_threads() -> None:
    async def hold() -> int:
        async with held(Lock().block()):
            both.append(1)
            while len(both) < many:  # noqa: ASYNC110 - all of them hold one at the same time
                await asyncio.sleep(0)
            return await asyncio.to_thread(int, "1")

    async def use() -> list[int]:
        return await asyncio.gather(*[hold() for _ in range(many)])

    both: list[int] = []
    many = 40
    assert asyncio.run(use()) == [1] * many


ENDING = """
import asyncio
from contextlib import contextmanager
from threading import Event

from daraja.system.tasks import held

left = Event()


@contextmanager
def block():
    yield
    print("left", flush=True)
    left.set()


async def work():
    async with held(block()):
        inside.set()
        await asyncio.Event().wait()


loop, inside = asyncio.new_event_loop(), asyncio.Event()
working = loop.create_task(work())
loop.run_until_complete(inside.wait())
{}
print("the program has ended", flush=True)
"""


@pytest.mark.parametrize(
    ("end", "told"),
    [
        pytest.param("loop.close(); left.wait()", ["left", "the program has ended"], id="closed"),
        pytest.param("", ["the program has ended", "left"], id="forgotten"),
    ],
)
def test_a_loop_that_ends_without_cancelling_its_tasks_keeps_no_lock_and_no_process(end: str, told: list[str]) -> None:
    program = [sys.executable, "-c", ENDING.format(end)]
    run = subprocess.run(program, capture_output=True, text=True, timeout=2 * PATIENCE, check=True)

    assert run.stdout.splitlines() == told
