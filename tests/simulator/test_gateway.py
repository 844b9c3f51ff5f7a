"""The gateway's limits: one push to a phone within a minute, and so many queries a minute."""

import pytest

from daraja import Outcome
from daraja.errors import RateLimited, SubscriberBusy
from daraja.simulator import Answer, Engine, EventKind
from tests.simulator.kiosk import kiosk_at
from tests.simulator.shop import PHONE, QUERY, read, refusal_of, shop_of, texts


def test_a_second_push_within_a_minute_is_refused_in_daraja_s_words() -> None:
    engine = Engine()
    shop = shop_of(engine)
    shop.pushed()
    words = "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    assert refusal_of(shop.push()) == (500, "500.001.1001", words)
    assert "asked less than 60 s ago; wait, or set busy_seconds=0 (--busy 0)" in texts(engine, EventKind.REFUSED)[0]
    assert len(engine.stk.pushes) == 1


def test_the_client_raises_subscriber_busy_for_a_minute() -> None:
    engine = Engine(answer=Answer.CANCEL, delay=0)
    with kiosk_at(engine) as kiosk:
        kiosk.push(PHONE)
        assert [callback.outcome for callback in kiosk.wait(59.9)] == [Outcome.CANCELLED]
        with pytest.raises(SubscriberBusy):
            kiosk.push(PHONE)
        kiosk.push("0712 345 679")
        kiosk.wait(0.1)
        kiosk.push(PHONE)


def test_a_refused_push_makes_no_phone_busy() -> None:
    shop = shop_of(Engine())
    assert shop.push(Amount=0).status == 400
    assert shop.push().status == 200


def test_numbers_with_a_scenario_are_never_busy() -> None:
    shop = shop_of(Engine())
    for number in ("254700000000", "254700008001"):
        for _ in range(2):
            shop.pushed(number)


def test_busy_seconds_0_accepts_every_push() -> None:
    shop = shop_of(Engine(busy_seconds=0))
    assert shop.pushed() != shop.pushed()


@pytest.mark.parametrize("seconds", [-1, float("nan"), 86_401])
def test_busy_seconds_are_a_day_at_most(seconds: float) -> None:
    with pytest.raises(ValueError, match="busy_seconds is"):
        Engine(busy_seconds=seconds)


def test_five_queries_a_minute_are_one_every_twelve_seconds() -> None:
    engine = Engine(query_limit=5)
    shop = shop_of(engine)
    asked = shop.pushed()
    assert shop.query(asked).status == 200
    shop.wait(11.9)
    refused = shop.query(asked)
    fault = read(refused)["fault"]
    assert refused.status == 429
    assert fault["detail"] == {"errorcode": "policies.ratelimit.SpikeArrestViolation"}
    assert fault["faultstring"].startswith("Spike arrest violation.")
    assert "messagesPerPeriod=5" in fault["faultstring"]
    shop.wait(0.1)
    assert shop.query(asked).status == 200
    assert texts(engine, EventKind.REFUSED) == [
        f"POST {QUERY} got HTTP 429: only 5 requests a minute are let through, 12 s apart"
    ]
    assert [prompt.queried for prompt in engine.stk.prompts] == [2]


def test_the_client_raises_rate_limited() -> None:
    with kiosk_at(Engine(query_limit=5)) as kiosk:
        asked = kiosk.push(PHONE)
        kiosk.query(asked)
        with pytest.raises(RateLimited):
            kiosk.query(asked)
        kiosk.wait(12)
        assert kiosk.query(asked) is Outcome.PROCESSING


def test_a_query_with_a_bad_token_does_not_count() -> None:
    engine = Engine(query_limit=5)
    shop = shop_of(engine)
    asked = shop.pushed()
    engine.tokens.revoke_all()
    assert shop.query(asked).status == 404
    assert shop.authorise().query(asked).status == 200


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_1_is_an_error(limit: int) -> None:
    with pytest.raises(ValueError, match=f"rate limit is {limit}; give a number from 1, or None"):
        Engine(query_limit=limit)
