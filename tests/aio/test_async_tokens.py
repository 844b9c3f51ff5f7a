"""Tasks share one token in every cache, and a cancelled task releases its lock."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from threading import Event, get_ident
from typing import Final

import attrs
import pytest

from daraja import AsyncDaraja, Secret
from daraja.errors import NotSent, RateLimited
from daraja.http.flow import (
    Flow,
    Now,
    SingleFlight,
    Sleep,
    Within,
)
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.runtime import arun
from daraja.runtime.tasks import TaskRuntime
from daraja.system.machine import SystemClock
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens, SharedTokenCache, TokenCache
from tests.aio.awaiting import Awaited
from tests.support.scripted import ScriptedAnswer, ScriptedTransport, accepted, answer, refusal, settings, token

PATIENCE: Final = 30
"""Seconds until a test that hangs fails."""


def world(*replies: ScriptedAnswer, tokens: TokenCache | None = None) -> TaskRuntime:
    clock = ManualClock()
    return TaskRuntime(
        transport=Awaited(ScriptedTransport(replies)),
        clock=clock,
        sleep=clock.sleep,
        tokens=MemoryTokens(clock) if tokens is None else tokens,
        random=lambda: 0.25,
    )


@attrs.define
class Counting:
    """A transport that counts requests and lets other tasks run before it answers."""

    fetched: int = 0
    pushed: int = 0
    refuse: set[str] = attrs.field(factory=set[str])

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if "/oauth/" in request.url:
            self.fetched += 1
            return token(f"token-{self.fetched}")
        self.pushed += 1
        return refusal(404, "404.001.03") if request.headers["Authorization"] in self.refuse else accepted()


async def push(daraja: AsyncDaraja, times: int) -> None:
    await asyncio.gather(*[daraja.stk_push(phone="0712345678", amount=1, reference="A") for _ in range(times)])


@pytest.mark.parametrize("times", [1, 2, 200])
def test_many_tasks_fetch_one_token_and_one_more_after_a_refusal(times: int) -> None:
    async def use() -> Counting:
        line = Counting()
        daraja = AsyncDaraja(settings(), transport=line, clock=ManualClock())
        await push(daraja, times)
        assert (line.fetched, line.pushed) == (1, times)
        line.refuse.add("Bearer token-1")
        await push(daraja, times)
        return line

    line = asyncio.run(use())
    assert (line.fetched, line.pushed) == (2, 3 * times)


def test_tasks_share_a_failed_fetch_and_each_gets_its_own_exception() -> None:
    class Turning(Counting):
        async def asend(self, request: HttpRequest, /) -> HttpResponse:
            await super().asend(request)
            return answer(429, {"fault": {"faultstring": "slow"}}, Retry_After="600")

    async def use() -> Sequence[object]:
        line = Turning()
        daraja = AsyncDaraja(settings(), transport=line, clock=ManualClock())
        pushes = [daraja.stk_push(phone="0712345678", amount=1, reference="A") for _ in range(20)]
        errors = await asyncio.gather(*pushes, return_exceptions=True)
        assert line.fetched == 1
        return errors

    errors = asyncio.run(use())
    assert [type(error) for error in errors] == [RateLimited] * 20
    assert len({id(error) for error in errors}) == 20


def test_a_task_without_time_left_does_not_wait_for_another_task() -> None:
    async def use() -> object:
        at_work, done = asyncio.Event(), asyncio.Event()

        async def wait(_: float) -> None:
            at_work.set()
            await done.wait()

        here = attrs.evolve(world(), sleep=wait)

        def work() -> Flow[bool]:
            yield from Sleep(1)
            return True

        working = asyncio.create_task(arun(SingleFlight("key", work), here))
        await at_work.wait()
        with pytest.raises(NotSent, match="still fetching the access token") as caught:
            await arun(Within(0, lambda: iter(SingleFlight("key", work))), here)
        assert caught.value.__context__ is None
        done.set()
        return await working

    assert asyncio.run(use()) is True


def test_event_loops_in_two_threads_do_not_wait_for_each_other() -> None:
    here, at_work, done = world(), Event(), Event()

    def work() -> Flow[int]:
        yield from Now()
        at_work.set()
        assert done.wait(PATIENCE)
        return get_ident()

    def mine() -> Flow[int]:
        yield from Now()
        return get_ident()

    async def both() -> tuple[object, object]:
        other = asyncio.create_task(asyncio.to_thread(asyncio.run, arun(SingleFlight("key", work), here)))
        assert await asyncio.to_thread(at_work.wait, PATIENCE)
        own = await arun(SingleFlight("key", mine), here)
        done.set()
        return own, await other

    own, other = asyncio.run(both())
    assert own == get_ident() != other


class Shared(MemoryTokens):
    """A sync cache whose lock another process may hold first."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.threads: set[int] = set()
        self.waits: list[float] = []
        self.let_in, self.waiting, self.left = Event(), Event(), Event()
        self.let_in.set()
        self.inside = False

    def get(self, key: str, /) -> Secret | None:
        self.threads.add(get_ident())
        return super().get(key)

    def put(self, key: str, token: Secret, seconds: float, /) -> None:
        self.threads.add(get_ident())
        super().put(key, token, seconds)

    @contextmanager
    def alone(self, _: str, seconds: float, /) -> Generator[None]:
        self.threads.add(get_ident())
        self.waits.append(seconds)
        self.waiting.set()
        assert self.let_in.wait(PATIENCE)
        self.inside = True
        try:
            yield
        finally:
            self.inside = False
            self.left.set()


def test_the_lock_of_a_shared_cache_is_held_in_a_thread_while_one_task_fetches() -> None:
    tokens = Shared()
    seen: list[bool] = []

    class Looking(Counting):
        async def asend(self, request: HttpRequest, /) -> HttpResponse:
            seen.append(tokens.inside)
            return await super().asend(request)

    line = Looking()
    assert isinstance(tokens, SharedTokenCache)
    asyncio.run(push(AsyncDaraja(settings(), transport=line, tokens=tokens), 3))

    assert (line.fetched, seen) == (1, [True, False, False, False])
    assert tokens.waits == [35]
    assert get_ident() not in tokens.threads


@pytest.mark.parametrize(("patience", "waits"), [(1000, 35), (100, 35), (20, 10), (0, 0)])
def test_a_task_with_little_time_waits_half_of_it_for_other_processes(patience: float, waits: float) -> None:
    tokens = Shared()
    asyncio.run(arun(Within(patience, lambda: iter(SingleFlight("key", lambda: iter(Now())))), world(tokens=tokens)))

    assert tokens.waits == [waits]


@pytest.mark.parametrize("let_in", [True, False])
def test_a_task_that_is_cancelled_frees_the_lock_of_all_processes(*, let_in: bool) -> None:
    tokens, asked = Shared(), asyncio.Event()
    if not let_in:
        tokens.let_in.clear()

    class Hanging(Counting):
        async def asend(self, request: HttpRequest, /) -> HttpResponse:
            if not asked.is_set():
                asked.set()
                await asyncio.Event().wait()
            return await super().asend(request)

    async def use() -> Counting:
        line = Hanging()
        daraja = AsyncDaraja(settings(), transport=line, tokens=tokens)
        first = asyncio.create_task(push(daraja, 1))
        if let_in:
            await asked.wait()
        else:
            asked.set()
            assert await asyncio.to_thread(tokens.waiting.wait, PATIENCE)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert tokens.left.is_set() is let_in
        tokens.let_in.set()
        assert await asyncio.to_thread(tokens.left.wait, PATIENCE)
        await push(daraja, 2)
        return line

    line = asyncio.run(use())
    assert (line.fetched, line.pushed, tokens.inside) == (1, 2, False)


class AsyncTokens:
    """An async cache with an async lock."""

    def __init__(self) -> None:
        self.kept: dict[str, Secret] = {}
        self.steps: list[str] = []
        self.threads: set[int] = set()

    async def get(self, key: str, /) -> Secret | None:
        self.threads.add(get_ident())
        await asyncio.sleep(0)
        return self.kept.get(key)

    async def put(self, key: str, token: Secret, _: float, /) -> None:
        self.steps.append("put")
        self.kept[key] = token

    def alone(self, _: str, __: float, /) -> AbstractAsyncContextManager[None]:
        return self._alone()

    @asynccontextmanager
    async def _alone(self) -> AsyncGenerator[None]:
        self.steps.append("in")
        yield
        self.steps.append("out")


def test_an_async_cache_is_awaited() -> None:
    tokens, line = AsyncTokens(), Counting()
    asyncio.run(push(AsyncDaraja(settings(), transport=line, tokens=tokens), 5))

    assert (line.fetched, line.pushed) == (1, 5)
    assert tokens.steps == ["in", "put", "out"]
    assert tokens.threads == {get_ident()}
