"""A limit binds everything that a conversation does, and changes nothing else about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.http.deadline import within
from daraja.http.flow import Alone, Effect, Flow, Now, Sleep, TimeLeft, perform
from daraja.runtime import World, run
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens
from tests.support.worlds import ScriptedTransport


def limited(seconds: float, flow: Flow[Any]) -> tuple[Any, ManualClock]:  # Any: whatever the flow gives
    clock = ManualClock()
    world = World(transport=ScriptedTransport([]), clock=clock, tokens=MemoryTokens(clock))
    return run(within(clock.now() + timedelta(seconds=seconds), flow), world), clock


def left() -> Flow[float]:
    return (yield from perform(TimeLeft()))


@given(st.floats(-10, 100), st.lists(st.floats(0, 30), max_size=4))
def test_the_time_left_is_what_remains_and_never_below_nothing(limit: float, pauses: list[float]) -> None:
    def flow() -> Flow[float]:
        for pause in pauses:
            yield from perform(Sleep(pause))
        return (yield from left())

    remaining, clock = limited(limit, flow())

    assert remaining == pytest.approx(max(0.0, limit - sum(pauses)), abs=1e-4)
    assert clock.slept == pauses


def test_without_a_limit_there_is_no_end() -> None:
    clock = ManualClock()

    assert run(left(), World(transport=ScriptedTransport([]), clock=clock, tokens=MemoryTokens(clock))) == float("inf")


def test_a_flow_that_asks_for_nothing_ends_as_it_would() -> None:
    def flow() -> Flow[str]:
        yield from ()
        return "done"

    assert limited(5, flow())[0] == "done"


def step(flow: Flow[Any], answer: object = None) -> Effect[Any]:  # Any: as in Flow
    return flow.send(answer)


def test_whoever_does_it_for_others_has_the_same_limit_and_is_not_waited_for_any_longer() -> None:
    def flow() -> Flow[float]:
        yield from perform(Sleep(2))
        return (yield from perform(Alone("token", left)))

    clock = ManualClock()
    bound = within(clock.now() + timedelta(seconds=10), flow())

    assert step(bound) == Sleep(2)
    clock.advance(2)
    assert step(bound) == Now()
    alone = step(bound, clock.now())
    assert isinstance(alone, Alone)
    assert (alone.key, alone.patience) == ("token", 8.0)

    inner = alone.flow()
    clock.advance(3)
    assert step(inner) == Now()
    with pytest.raises(StopIteration) as end:
        step(inner, clock.now())
    assert end.value.value == 5.0


def test_what_others_do_is_done_anew_for_each_who_asks() -> None:
    asked: list[str] = []

    def work() -> Flow[int]:
        asked.append("once more")
        yield from ()
        return len(asked)

    def flow() -> Flow[tuple[int, int]]:
        first = yield from perform(Alone("token", work))
        second = yield from perform(Alone("token", work))
        return first, second

    assert limited(10, flow())[0] == (1, 2)


class OddError(Exception):
    """Something that a transport of a stranger's may raise."""


INTERRUPTIONS: list[Callable[[], BaseException]] = [OddError, KeyboardInterrupt, lambda: SystemExit(1)]


@pytest.mark.parametrize("make", INTERRUPTIONS)
def test_whatever_goes_wrong_the_flow_hears_of_it_itself(make: Callable[[], BaseException]) -> None:
    heard: list[BaseException] = []

    def flow() -> Flow[None]:
        try:
            yield from perform(Sleep(1))
        except BaseException as error:
            heard.append(error)
            raise

    error = make()
    bound = within(ManualClock().now(), flow())
    step(bound)
    with pytest.raises(type(error)) as caught:
        bound.throw(error)

    assert heard == [error]
    assert caught.value is error
    assert error.__context__ is None


def test_a_flow_may_go_on_after_what_went_wrong() -> None:
    def flow() -> Flow[str]:
        try:
            yield from perform(Sleep(1))
        except OddError:
            yield from perform(Sleep(2))
        return "mended"

    bound = within(ManualClock().now(), flow())
    step(bound)

    assert bound.throw(OddError()) == Sleep(2)
    with pytest.raises(StopIteration, match="mended"):
        step(bound)


def test_a_flow_that_is_given_up_tidies_up_at_once() -> None:
    tidied: list[bool] = []

    def flow() -> Flow[None]:
        try:
            yield from perform(Sleep(1))
        finally:
            tidied.append(True)

    inner = flow()  # held here, so that nothing but the limit's own end can close it
    bound = within(ManualClock().now(), inner)
    step(bound)
    bound.close()

    assert tidied == [True]
