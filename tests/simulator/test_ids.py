"""No id and no receipt comes twice, also after a restart."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from daraja.simulator import Answer, Engine
from tests.simulator.shop import (
    NOON,
    Shop,
)


def test_receipts_and_ids_differ_even_after_a_restart_a_second_later() -> None:
    def day(now: datetime) -> list[str]:
        engine = Engine(answer=Answer.PAY, delay=0, busy_seconds=0)
        shop = Shop(engine.handle, now).authorise()
        ids = [shop.pushed() for _ in range(20)]
        bodies = [callback.body.decode() for callback in engine.due(now)]
        return ids + [receipt for body in bodies for receipt in re.findall(r'"([A-Z0-9]{10})"', body)]

    seen = day(NOON) + day(NOON + timedelta(seconds=1))
    assert len(set(seen)) == len(seen) == 80


def test_pushes_to_a_phone_in_one_second_have_different_ids() -> None:
    engine = Engine(busy_seconds=0)
    shop = Shop(engine.handle)
    shop.authorise()
    asked = [shop.pushed() for _number in range(1_001)]

    assert len(set(asked)) == len(engine.stk.pushes) == 1_001
    assert {len(identity) for identity in asked} == {len("ws_CO_23112026143000001712345678")}


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis wants them so
def test_every_day_has_a_receipt(now: datetime) -> None:
    engine = Engine(answer=Answer.PAY, delay=0)
    Shop(engine.handle, now).authorise().pushed()
    (callback,) = engine.due(now)
    assert re.search(r'"[A-Z][A-L][1-9A-V][0-9A-Z]{7}"', callback.body.decode())
