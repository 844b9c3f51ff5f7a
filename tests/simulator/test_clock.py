"""Scheduled actions happen once, in the order of their times, and not after they are cancelled."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.simulator.clock import Schedule
from tests.simulator.shop import NOON

seconds = st.integers(0, 20)


def at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


@given(st.lists(st.tuples(seconds, st.booleans())), st.lists(seconds))
def test_actions_happen_once_in_order_unless_they_are_cancelled(
    planned: list[tuple[int, bool]], runs: list[int]
) -> None:
    schedule, happened = Schedule(), list[tuple[datetime, int]]()

    def note(number: int, when: datetime) -> None:
        happened.append((when, number))

    for number, (second, cancelled) in enumerate(planned):
        timer = schedule.at(at(second), partial(note, number))
        if cancelled:
            timer.cancel()
    expected = sorted((at(second), number) for number, (second, cancelled) in enumerate(planned) if not cancelled)
    latest = -1
    for second in runs:
        schedule.run(at(second))
        latest = max(latest, second)
        assert happened == [entry for entry in expected if entry[0] <= at(latest)]
        waiting = [when for when, _ in expected if when > at(latest)]
        assert schedule.next_due() == min(waiting, default=None)


def test_an_action_may_schedule_another_one() -> None:
    schedule, happened = Schedule(), list[datetime]()

    def again(when: datetime) -> None:
        happened.append(when)
        if len(happened) < 4:
            schedule.at(when + timedelta(seconds=len(happened)), again)

    schedule.at(at(1), again)
    schedule.run(at(4))
    assert happened == [at(1), at(2), at(4)]
    assert schedule.next_due() == at(7)


def test_after_an_exception_the_other_actions_still_happen() -> None:
    schedule, happened = Schedule(), list[datetime]()

    def fail(_: datetime) -> None:
        raise ZeroDivisionError

    schedule.at(at(1), fail)
    schedule.at(at(2), happened.append)
    with pytest.raises(ZeroDivisionError):
        schedule.run(at(3))
    schedule.run(at(3))
    assert happened == [at(2)]


def test_a_timer_that_is_cancelled_late_changes_nothing() -> None:
    schedule, happened = Schedule(), list[datetime]()
    timer = schedule.at(at(1), happened.append)
    schedule.run(at(1))
    timer.cancel()
    assert happened == [at(1)]
    assert schedule.next_due() is None
