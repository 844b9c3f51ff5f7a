"""The clock of the machine."""

import time
from datetime import UTC, datetime, timedelta

from daraja.system.machine import SystemClock


def test_now_is_in_utc() -> None:
    before = datetime.now(UTC)
    told = SystemClock().now()

    assert told.utcoffset() == timedelta(0)
    assert before <= told <= datetime.now(UTC)


def test_monotonic_seconds_pass_during_a_sleep() -> None:
    clock = SystemClock()
    before, real = clock.monotonic(), time.monotonic()
    clock.sleep(0.01)

    assert clock.monotonic() - before >= 0.01
    assert abs(before - real) < 60
