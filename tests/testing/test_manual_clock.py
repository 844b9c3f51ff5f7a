"""A clock for tests moves only when it is told to."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from daraja.testing import ManualClock
from daraja.values.nairobi_time import EAT

if TYPE_CHECKING:
    from daraja.system.machine import Clock


def test_it_is_a_clock_of_the_library() -> None:
    clock: Clock = ManualClock()
    assert clock.now() == clock.now()
    assert clock.now().tzinfo is UTC


def test_the_clock_starts_at_the_given_time_in_utc() -> None:
    clock = ManualClock(datetime(2026, 11, 23, 12, 0, tzinfo=EAT))
    assert clock.now().isoformat() == "2026-11-23T09:00:00+00:00"
    assert clock.monotonic() == 0


def test_sleeping_moves_it_and_is_noted() -> None:
    clock = ManualClock()
    before = clock.now()
    clock.sleep(1.5)
    clock.sleep(0)
    assert clock.slept == [1.5, 0]
    assert clock.now() - before == timedelta(seconds=1.5)
    assert clock.monotonic() == 1.5


def test_advancing_moves_it_and_is_not_noted() -> None:
    clock = ManualClock()
    before = clock.now()
    clock.advance(3600)
    assert clock.slept == []
    assert clock.now() - before == timedelta(hours=1)
    assert clock.monotonic() == 3600


def test_it_never_runs_backwards() -> None:
    clock = ManualClock()
    with pytest.raises(ValueError, match="does not run backwards"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="does not run backwards"):
        clock.sleep(-1)
    assert clock.slept == []


def test_a_time_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no zone"):
        ManualClock(datetime(2026, 11, 23))  # noqa: DTZ001 - that is the mistake
