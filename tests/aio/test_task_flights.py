"""What many tasks want at once is done once, and its end belongs to each of them alone."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import pytest

from daraja.aio.flights import TaskCalls
from daraja.errors import RateLimited

CROWD: Final = 8


async def crowd(flights: TaskCalls, work: Callable[[], Awaitable[str]]) -> list[asyncio.Task[str]]:
    """Let many tasks ask for the same key, and go on once all of them have."""
    tasks = [asyncio.create_task(flights.share("token", work)) for _ in range(CROWD)]
    await asyncio.sleep(0)
    return tasks


def test_one_works_for_all() -> None:
    worked: list[str] = []

    async def work() -> str:
        worked.append("once")
        await asyncio.sleep(0)
        return "token 1"

    async def ask() -> list[str]:
        return await asyncio.gather(*await crowd(TaskCalls(), work))

    assert asyncio.run(ask()) == ["token 1"] * CROWD
    assert worked == ["once"]


def test_each_gets_a_copy_of_the_error_as_its_own() -> None:
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
def test_where_those_who_work_are_cancelled_another_who_waits_takes_over(cancelled: int) -> None:
    worked: list[int] = []

    async def work() -> str:
        worked.append(len(worked))
        if len(worked) <= cancelled:
            await asyncio.Event().wait()
        await asyncio.sleep(0)  # until those who were waiting wait for this one
        return f"token {len(worked)}"

    async def ask() -> list[str | BaseException]:
        flights = TaskCalls()
        tasks = await crowd(flights, work)
        for task in tasks[:cancelled]:
            task.cancel()
            await asyncio.wait([task])
            await asyncio.sleep(0)
        return await asyncio.gather(*tasks, return_exceptions=True)

    got = asyncio.run(ask())

    assert [type(one) for one in got[:cancelled]] == [asyncio.CancelledError] * cancelled
    assert got[cancelled:] == [f"token {cancelled + 1}"] * (CROWD - cancelled)
    assert len(worked) == cancelled + 1


def test_who_waits_may_be_cancelled_without_harm() -> None:
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


def test_whoever_asks_in_the_middle_of_their_own_work_does_not_wait_for_themselves() -> None:
    async def inner() -> str:
        return "inner"

    async def ask(flights: TaskCalls) -> str:
        async def outer() -> str:
            return await flights.share("key", inner) + " and outer"

        return await flights.share("key", outer)

    assert alone(ask) == "inner and outer"


@pytest.mark.parametrize("patience", [0, 0.01])
def test_nobody_waits_for_another_any_longer_than_they_can(patience: float) -> None:
    async def ask(flights: TaskCalls) -> str:
        begun, finish = asyncio.Event(), asyncio.Event()

        async def work() -> str:
            begun.set()
            await finish.wait()
            return "token 1"

        first = asyncio.create_task(flights.share("token", work, 0.001))
        await begun.wait()
        with pytest.raises(TimeoutError):
            await flights.share("token", work, patience)
        finish.set()
        return await first

    assert alone(ask) == "token 1"


def test_the_time_to_wait_is_counted_once_however_many_are_cancelled_meanwhile() -> None:
    async def ask(flights: TaskCalls) -> str:
        loop, passed, worked = asyncio.get_running_loop(), 0.0, list[str]()
        real = loop.time
        vars(loop)["time"] = lambda: real() + passed  # its clock, hurried

        async def work() -> str:
            worked.append("begun")
            await asyncio.Event().wait()
            return "never"

        first, second = (asyncio.create_task(flights.share("token", work)) for _ in range(2))
        third = asyncio.create_task(flights.share("token", work, 60))
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


def test_who_asks_later_or_for_something_else_gets_work_of_its_own() -> None:
    done = iter(["1", "2", "3"])

    async def work() -> str:
        return next(done)

    async def ask(flights: TaskCalls) -> str:
        one, other = await asyncio.gather(flights.share("a", work), flights.share("b", work))
        return f"{one} {other} {await flights.share('a', work)}"

    assert alone(ask) == "1 2 3"
