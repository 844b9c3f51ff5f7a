"""The machine's clock tells the machine's time."""

import time
from datetime import UTC, datetime, timedelta

from daraja.system.clock import SystemClock


def test_it_tells_the_time_in_utc() -> None:
    before = datetime.now(UTC)
    told = SystemClock().now()

    assert told.utcoffset() == timedelta(0)
    assert before <= told <= datetime.now(UTC)


def test_its_seconds_never_jump_back_and_pass_while_it_sleeps() -> None:
    clock = SystemClock()
    before, real = clock.monotonic(), time.monotonic()
    clock.sleep(0.01)

    assert clock.monotonic() - before >= 0.01
    assert abs(before - real) < 60
