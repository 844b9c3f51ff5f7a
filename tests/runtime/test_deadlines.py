"""A deadline binds everything that a conversation does, and changes nothing else about it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.errors import NotSent
from daraja.http.flow import Flow, Now, SingleFlight, Sleep, TimeLeft, Within
from daraja.runtime import arun, run
from daraja.runtime.base import ThreadRuntime
from daraja.runtime.tasks import TaskRuntime
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens
from tests.aio.awaiting import Awaited
from tests.support.scripted import ScriptedTransport


def a_runtime(clock: ManualClock) -> ThreadRuntime:
    return ThreadRuntime(transport=ScriptedTransport([]), clock=clock, tokens=MemoryTokens(clock))


def limited(seconds: float, flow: Callable[[], Flow[Any]]) -> tuple[Any, ManualClock]:  # Any: what the flow returns
    clock = ManualClock()
    return run(Within(seconds, flow), a_runtime(clock)), clock


def time_left() -> Flow[float]:
    return (yield from TimeLeft())


@given(st.floats(-10, 100), st.lists(st.floats(0, 30), max_size=4))
def test_the_time_left_is_never_below_zero(limit: float, pauses: list[float]) -> None:
    def flow() -> Flow[float]:
        for pause in pauses:
            yield from Sleep(pause)
        return (yield from time_left())

    remaining, clock = limited(limit, flow)

    assert remaining == pytest.approx(max(0.0, limit - sum(pauses)), abs=1e-4)
    assert clock.slept == pauses


def test_without_a_deadline_the_time_left_is_infinite() -> None:
    assert run(TimeLeft(), a_runtime(ManualClock())) == float("inf")


def test_a_jump_of_the_time_of_day_moves_no_deadline() -> None:
    class Jumping(ManualClock):
        def now(self) -> datetime:
            return super().now() - timedelta(hours=len(self.slept))

    def flow() -> Flow[float]:
        yield from Sleep(2)
        yield from Now()
        return (yield from time_left())

    assert run(Within(10, flow), a_runtime(Jumping())) == 8


def test_of_two_deadlines_the_earlier_counts() -> None:
    def flow() -> Flow[tuple[float, float]]:
        shorter = yield from Within(5, time_left)
        longer = yield from Within(50, time_left)
        return shorter, longer

    assert limited(10, flow)[0] == (5, 10)


def test_shared_work_has_the_deadline_of_the_caller_that_does_it() -> None:
    def flow() -> Flow[float]:
        yield from Sleep(2)
        return (yield from SingleFlight("token", time_left))

    assert limited(10, flow)[0] == 8


def test_deadlines_work_the_same_in_tasks() -> None:
    clock = ManualClock()
    runtime = TaskRuntime(
        transport=Awaited(ScriptedTransport([])), clock=clock, sleep=clock.sleep, tokens=MemoryTokens(clock)
    )

    def flow() -> Flow[float]:
        yield from Sleep(2)
        return (yield from SingleFlight("token", time_left))

    assert asyncio.run(arun(Within(10, flow), runtime)) == 8


class OddError(Exception):
    """An error that the transport of a user may raise."""


INTERRUPTIONS: list[Callable[[], BaseException]] = [OddError, KeyboardInterrupt, lambda: SystemExit(1)]


@pytest.mark.parametrize("make", INTERRUPTIONS)
def test_an_error_reaches_the_flow_itself(make: Callable[[], BaseException]) -> None:
    caught: list[BaseException] = []
    error = make()

    class Failing(ManualClock):
        def sleep(self, _: float, /) -> None:
            raise error

    def flow() -> Flow[None]:
        try:
            yield from Sleep(1)
        except BaseException as one:
            caught.append(one)
            raise

    with pytest.raises(type(error)):
        run(Within(5, flow), a_runtime(Failing()))

    assert caught == [error]


def test_a_flow_can_continue_after_an_error() -> None:
    def refused() -> Flow[None]:
        yield from ()
        raise NotSent("refused")

    def flow() -> Flow[str]:
        try:
            yield from Within(1, refused)
        except NotSent:
            return "mended"
        return "sent"

    assert limited(5, flow)[0] == "mended"
