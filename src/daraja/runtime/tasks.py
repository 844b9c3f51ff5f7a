"""Answers the effects of a flow in a task: it awaits, and calls in a thread whatever may block."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from inspect import isawaitable
from typing import Any, ClassVar, TypeVar

import attrs

from daraja.http.flow import Effect, Flow
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.runtime.base import BaseRuntime, RecordRuntime, WithDeadline, arun, still_fetching
from daraja.system.fork_local import ForkLocal
from daraja.system.machine import MemoryTokens, timed
from daraja.system.tasks import TaskCalls, call, held
from daraja.tokens.base import lock_among_processes
from daraja.transports.base import AsyncTransport

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class TaskRuntime(BaseRuntime):
    """Answers effects in the task that asks; see ``daraja.runtime.base.ThreadRuntime``.

    Args:
        transport: Carries requests to Daraja.
        sleep: Waits. Its result is awaited if it has to be.
    """

    transport: AsyncTransport
    sleep: Callable[[float], object] = asyncio.sleep
    _calls: ForkLocal[TaskCalls] = attrs.field(factory=lambda: ForkLocal(TaskCalls), init=False, repr=False)

    async def _send(self, request: HttpRequest) -> HttpResponse:
        with self._events.watch(request) as answered:
            return answered(await self.transport.asend(request))

    async def _sleep(self, seconds: float) -> None:
        waiting = self.sleep(seconds)
        await (waiting if isawaitable(waiting) else asyncio.sleep(0))

    def _cached(self, method: Callable[..., object], *arguments: object) -> object:
        # Our cache in memory never waits. A subclass of it might.
        return method(*arguments) if type(self.tokens) is MemoryTokens else call(method, *arguments)

    async def _run(self, flow: Callable[[], Flow[T]], deadline: float) -> T:
        return await arun(flow(), WithDeadline(self, deadline))

    async def _share(self, key: str, flow: Callable[[], Flow[T]], deadline: float) -> T:
        # A task of another event loop cannot be waited for from this one.
        place = f"{key} {id(asyncio.get_running_loop())}"
        try:
            return await self._calls.get().share(
                place, lambda: self._alone(key, flow, deadline), self._time_left(deadline)
            )
        except TimeoutError:
            late = still_fetching()
        raise late

    async def _alone(self, key: str, flow: Callable[[], Flow[T]], deadline: float) -> T:
        lock = lock_among_processes(self.tokens, key, self._time_left(deadline))
        async with lock if isinstance(lock, AbstractAsyncContextManager) else held(lock):
            return await self._run(flow, deadline)


@attrs.frozen(kw_only=True)
class TaskRecordRuntime(RecordRuntime):
    """Answers the effects of a checkout in a task: what may block is called in a thread."""

    awaits: ClassVar[bool] = True

    def _run(self, flow: Flow[Any] | Effect[Any], runtime: RecordRuntime) -> object:  # Any: as in RecordRuntime
        return arun(flow, runtime)

    def _call(self, method: Callable[..., object], *arguments: object) -> object:
        return call(method, *arguments)

    async def _tell(self, hook: Callable[[Any], object] | None, news: object) -> None:  # Any: as in RecordRuntime
        if hook is None:
            return
        with timed(hook, self.monotonic):
            await call(hook, news)
