"""Single flight for tasks: the work is done once, and each task gets the result or its own error."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import pytest

from daraja.errors import RateLimited
from daraja.system.tasks import TaskCalls

CROWD: Final = 8


async def crowd(calls: TaskCalls, work: Callable[[], Awaitable[str]]) -> list[asyncio.Task[str]]:
    """Let many tasks call with the same key, and continue after all of them have called."""
    tasks = [asyncio.create_task(calls.share("token", work)) for _ in range(CROWD)]
    await asyncio.sleep(0)
    return tasks


def test_one_task_does_the_work_for_all() -> None:
    worked: list[str] = []

    async def work() -> str:
        worked.append("once")
        await asyncio.sleep(0)
        return "token 1"

    async def ask() -> list[str]:
        return await asyncio.gather(*await crowd(TaskCalls(), work))

    assert asyncio.run(ask()) == ["token 1"] * CROWD
    assert worked == ["once"]


def test_each_task_gets_its_own_copy_of_the_error() -> None:
    raised: list[RateLimited] = []

    async def work() -> str:
        await asyncio.sleep(0)
        raised.append(RateLimited(429, None, "slow", None, 12.5))
        raise raised[0]

    async def ask() -> list[str | BaseException]:
        return await asyncio.gather(*await crowd(TaskCalls(), work), return_exceptions=True)

    got = asyncio.run(ask())

    assert len(raised) == 1
    assert [error.retry_after for error in got if isinstance(error, RateLimited)] == [12.5] * CROWD
    assert len({id(error) for error in got}) == CROWD


@pytest.mark.parametrize("cancelled", range(1, CROWD))
def test_when_the_owner_is_cancelled_the_next_task_does_the_work(cancelled: int) -> None:
    worked: list[int] = []

    async def work() -> str:
        worked.append(len(worked))
        if len(worked) <= cancelled:
            await asyncio.Event().wait()
        await asyncio.sleep(0)  # until those who were waiting wait for this one
        return f"token {len(worked)}"

    async def ask() -> list[str | BaseException]:
        calls = TaskCalls()
        tasks = await crowd(calls, work)
        for task in tasks[:cancelled]:
            task.cancel()
            await asyncio.wait([task])
            await asyncio.sleep(0)
        return await asyncio.gather(*tasks, return_exceptions=True)

    got = asyncio.run(ask())

    assert [type(one) for one in got[:cancelled]] == [asyncio.CancelledError] * cancelled
    assert got[cancelled:] == [f"token {cancelled + 1}"] * (CROWD - cancelled)
    assert len(worked) == cancelled + 1


def test_a_waiting_task_may_be_cancelled_without_harm() -> None:
    go_on = asyncio.Event()

    async def work() -> str:
        await go_on.wait()
        return "token 1"

    async def ask() -> list[str | BaseException]:
        first, second, third, *_ = tasks = await crowd(TaskCalls(), work)
        second.cancel()
        await asyncio.wait([second])
        go_on.set()
        assert await first == await third == "token 1"
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert [str(one) for one in asyncio.run(ask())].count("token 1") == CROWD - 1


def alone(ask: Callable[[TaskCalls], Coroutine[Any, Any, str]]) -> str:
    return asyncio.run(ask(TaskCalls()))


def test_a_nested_call_of_the_same_task_does_not_wait_for_itself() -> None:
    async def inner() -> str:
        return "inner"

    async def ask(calls: TaskCalls) -> str:
        async def outer() -> str:
            return await calls.share("key", inner) + " and outer"

        return await calls.share("key", outer)

    assert alone(ask) == "inner and outer"


@pytest.mark.parametrize("timeout", [0, 0.01])
def test_a_task_waits_for_another_at_most_its_timeout(timeout: float) -> None:
    async def ask(calls: TaskCalls) -> str:
        begun, finish = asyncio.Event(), asyncio.Event()

        async def work() -> str:
            begun.set()
            await finish.wait()
            return "token 1"

        first = asyncio.create_task(calls.share("token", work, 0.001))
        await begun.wait()
        with pytest.raises(TimeoutError):
            await calls.share("token", work, timeout)
        finish.set()
        return await first

    assert alone(ask) == "token 1"


def test_the_timeout_counts_from_the_first_wait_also_when_owners_are_cancelled() -> None:
    async def ask(calls: TaskCalls) -> str:
        loop, passed, worked = asyncio.get_running_loop(), 0.0, list[str]()
        real = loop.time
        vars(loop)["time"] = lambda: real() + passed  # its clock, hurried

        async def work() -> str:
            worked.append("begun")
            await asyncio.Event().wait()
            return "never"

        first, second = (asyncio.create_task(calls.share("token", work)) for _ in range(2))
        third = asyncio.create_task(calls.share("token", work, 60))
        await asyncio.sleep(0)
        passed = 50
        first.cancel()
        while len(worked) == 1:  # noqa: ASYNC110 - until the second works
            await asyncio.sleep(0)
        passed = 70
        with pytest.raises(TimeoutError):
            await third
        second.cancel()
        await asyncio.wait([first, second])
        return f"{len(worked)} began"

    assert alone(ask) == "2 began"


def test_a_later_caller_and_another_key_start_new_calls() -> None:
    done = iter(["1", "2", "3"])

    async def work() -> str:
        return next(done)

    async def ask(calls: TaskCalls) -> str:
        one, other = await asyncio.gather(calls.share("a", work), calls.share("b", work))
        return f"{one} {other} {await calls.share('a', work)}"

    assert alone(ask) == "1 2 3"
