"""The async loop answers every effect like the sync loop."""

import asyncio
import logging
from typing import Any, Final

import pytest

from daraja import AsyncDaraja, Config, Secret
from daraja.errors import NotSent
from daraja.http.flow import (
    Effect,
    Flow,
    GetToken,
    Log,
    Now,
    PutToken,
    Random,
    Send,
    SingleFlight,
    Sleep,
    TimeLeft,
    TokenAge,
)
from daraja.http.messages import HttpRequest
from daraja.runtime import arun, run
from daraja.runtime.base import ThreadRuntime
from daraja.runtime.tasks import TaskRuntime
from daraja.system.machine import Clock, SystemClock
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens, TokenCache
from tests.aio.awaiting import Awaited
from tests.support.scripted import ScriptedAnswer, ScriptedTransport, answer, settings

PATIENCE: Final = 30
"""Seconds until a test that hangs fails."""
REQUEST: Final = HttpRequest("POST", "https://daraja.example/path?secret=no", {"Authorization": "Bearer hidden"}, b"x")


def world(*replies: ScriptedAnswer, tokens: TokenCache | None = None) -> TaskRuntime:
    clock = ManualClock()
    return TaskRuntime(
        transport=Awaited(ScriptedTransport(replies)),
        clock=clock,
        sleep=clock.sleep,
        tokens=MemoryTokens(clock) if tokens is None else tokens,
        random=lambda: 0.25,
    )


def everything() -> Flow[list[object]]:
    """Yield every effect of a runtime."""
    started = yield from Now()
    yield from Sleep(2.5)
    later = yield from Now()
    response = yield from Send(REQUEST)
    unknown = yield from GetToken("key")
    never = yield from TokenAge("key")
    yield from PutToken("key", Secret("token"), 60)
    yield from Sleep(1)
    age = yield from TokenAge("key")
    kept = yield from GetToken("key")
    yield from Log("warned.once", once=True)
    yield from Log("warned.once", once=True)
    shared = yield from SingleFlight("key", lambda: iter(Random()))
    left = yield from TimeLeft()
    refused = ""
    try:
        yield from Send(REQUEST)
    except NotSent as error:
        refused = str(error)
    return [(later - started).total_seconds(), response.status, unknown, never, age, kept, shared, left, refused]


def test_each_effect_is_answered_and_logged_as_in_threads(caplog: pytest.LogCaptureFixture) -> None:
    def replies() -> list[ScriptedAnswer]:
        return [answer(200, {"a": 1}), NotSent("refused")]

    clock = ManualClock()
    there = ThreadRuntime(
        transport=ScriptedTransport(replies()), clock=clock, tokens=MemoryTokens(clock), random=lambda: 0.25
    )
    with caplog.at_level(logging.DEBUG, "daraja"):
        in_threads = run(everything(), there)
        lines = caplog.messages.copy()
        caplog.clear()
        in_tasks = asyncio.run(arun(everything(), world(*replies())))

    assert in_tasks == in_threads
    assert caplog.messages == lines
    assert len(lines) == 3


def test_an_unknown_effect_is_a_clear_error_in_a_flow() -> None:
    class Unheard(Effect[None]):
        pass

    with pytest.raises(TypeError, match="answers the effect Unheard"):
        asyncio.run(arun(Unheard(), world()))


@pytest.mark.parametrize("clock", [None, SystemClock()])
def test_a_sleep_with_the_system_clock_does_not_block_the_event_loop(clock: Clock | None) -> None:
    async def wait() -> list[str]:
        daraja = AsyncDaraja(settings(), transport=Awaited(ScriptedTransport([])), clock=clock)
        said: list[str] = []

        async def nap(seconds: float, name: str) -> None:
            await arun(Sleep(seconds), daraja.runtime)
            said.append(name)

        await asyncio.gather(nap(0.02, "second"), nap(0, "first"))
        return said

    assert asyncio.run(wait()) == ["first", "second"]


def test_the_user_s_clock_sleeps_and_is_awaited_if_it_is_async() -> None:
    class Sleepy(ManualClock):
        def sleep(self, seconds: float, /) -> Any:  # noqa: ANN401 - something to be awaited, which no sync clock gives
            async def sleep() -> None:
                await asyncio.sleep(0)
                ManualClock.sleep(self, seconds)

            return sleep()

    for clock in (ManualClock(), Sleepy()):
        daraja = AsyncDaraja(settings(), transport=Awaited(ScriptedTransport([])), clock=clock)
        asyncio.run(arun(Sleep(3), daraja.runtime))
        assert clock.slept == [3]


def test_a_user_s_own_operation_can_be_run() -> None:
    class Hour:
        def flow(self, config: Config, /) -> Flow[str]:
            now = yield from Now()
            return f"{now:%H} at {config.business.shortcode}"

    daraja = AsyncDaraja(settings(), transport=Awaited(ScriptedTransport([])), clock=ManualClock())

    assert asyncio.run(daraja.run(Hour())) == "09 at 600111"


def test_a_flow_that_would_have_to_wait_is_refused_without_an_event_loop() -> None:
    with pytest.raises(TypeError, match="returned an awaitable; give it to AsyncDaraja or AsyncCheckout"):
        run(Sleep(1), world())
