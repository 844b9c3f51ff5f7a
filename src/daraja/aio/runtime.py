"""The loop that carries a flow out in a task, and the world that answers its effects."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from inspect import isawaitable
from typing import Any, TypeVar

import attrs

from daraja.aio.single_flight import TaskCalls
from daraja.aio.threads import call, held
from daraja.back_office import BackOffice
from daraja.http.flow import Effect, Flow
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.runtime import Answers, Surroundings, still_fetching
from daraja.system.fork_local import ForkLocal
from daraja.tokens import MemoryTokens
from daraja.transports.base import AsyncTransport

__all__ = ["AsyncBackOffice", "AsyncWorld", "arun"]

Answer = TypeVar("Answer")


def _own_flights() -> ForkLocal[TaskCalls]:
    return ForkLocal(TaskCalls)


async def arun(flow: Flow[Answer], world: Answers, /) -> Answer:
    """Carry *flow* out to its end and give its result; what *world* gives is awaited where it can be.

    Raises:
        DarajaError: What the flow raises.
    """
    resume: Callable[[], Effect[Any]] = partial(next, flow)  # Any: as in Flow
    while True:
        try:
            effect = resume()
        except StopIteration as end:
            result: Answer = end.value
            return result
        try:
            answer = world.answer(effect)
            if isawaitable(answer):
                answer = await answer
        except BaseException as error:  # noqa: BLE001 - as in `run`; a cancellation passes through the flow as well
            resume = partial(flow.throw, error)
        else:
            resume = partial(flow.send, answer)


@attrs.frozen(kw_only=True)
class AsyncWorld(Surroundings):
    """Everything outside a flow that a task carries out; see ``daraja.runtime.World``.

    Args:
        transport: Carries requests to Daraja.
        sleep: Waits, and may have to be awaited.
    """

    transport: AsyncTransport
    sleep: Callable[[float], object] = asyncio.sleep
    _flights: ForkLocal[TaskCalls] = attrs.field(factory=_own_flights, init=False)

    async def _send(self, request: HttpRequest) -> HttpResponse:
        with self._noting(request) as note:
            return note(await self.transport.asend(request))

    async def _sleep(self, seconds: float) -> None:
        waiting = self.sleep(seconds)
        await (waiting if isawaitable(waiting) else asyncio.sleep(0))

    def _ask(self, question: Callable[..., object], *about: object) -> object:
        # Ours in memory never waits for anything; a subclass might.
        return question(*about) if type(self.tokens) is MemoryTokens else call(question, *about)

    async def _share(self, key: str, flow: Callable[[], Flow[object]], patience: float | None) -> object:
        # Tasks of another event loop cannot be waited for from this one.
        place = f"{key} {id(asyncio.get_running_loop())}"
        try:
            return await self._flights.get().share(place, lambda: self._alone(key, flow, patience), patience)
        except TimeoutError:
            late = still_fetching()
        raise late

    async def _alone(self, key: str, flow: Callable[[], Flow[object]], patience: float | None) -> object:
        block = self._among_processes(key, patience)
        async with block if isinstance(block, AbstractAsyncContextManager) else held(block):
            return await arun(flow(), self)


@attrs.frozen(kw_only=True)
class AsyncBackOffice(BackOffice):
    """Everything that a flow of a checkout can ask for, where a task carries it out."""

    def _ask(self, question: Callable[..., object], *about: object) -> object:
        return call(question, *about)

    def _tell(self, listener: Callable[[Any], object], news: object) -> object:  # Any: as in `BackOffice`
        return call(listener, news)
