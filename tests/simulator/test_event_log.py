"""Everything that happens is logged in plain words, without secrets and numbers."""

import pytest

from daraja.simulator import Answer, Engine, Event, Scenario, TokenIssuer
from daraja.simulator.gateway import lost
from daraja.simulator.results import PAID
from tests.simulator.shop import (
    OAUTH,
    PASSKEY,
    PHONE,
    PUSH,
    SHORTCODE,
    Shop,
    basic,
    read,
    shop_of,
)


def test_every_event_is_logged_in_plain_words() -> None:
    noted: list[Event] = []
    engine = Engine(on_event=noted.append)
    shop = shop_of(engine)
    shop.push(Amount=0)
    asked = shop.pushed()
    shop.query(asked)
    engine.answer(PHONE, Answer.PAY, shop.now)
    shop.query(asked)
    (callback,) = engine.due(shop.now)
    engine.delivered(callback, "answered HTTP 200", shop.now)
    assert [str(event) for event in engine.events] == [
        "12:00:00  token     an access token was issued",
        f"12:00:00  refused   POST {PUSH} got HTTP 400 400.002.02: Amount is not a whole number from 1 to 250000",
        "12:00:00  push      shortcode 174379 asks 2547*****678 for KES 500, reference 'ORD-1'",
        "12:00:00  query     about 2547*****678: not decided yet",
        "12:00:00  pressed   2547*****678: pay",
        "12:00:00  decided   2547*****678: code 0, The service request is processed successfully.",
        "12:00:00  query     about 2547*****678: code 0",
        "12:00:00  callback  stk for 2547*****678 to http://127.0.0.1:9000",
        "12:00:00  receiver  http://127.0.0.1:9000 answered HTTP 200",
    ]
    assert noted == list(engine.events)


@pytest.mark.parametrize(("one_token", "ended"), [(False, "or revoked"), (True, "or ended by a newer one or revoked")])
def test_the_log_explains_an_unknown_token(*, one_token: bool, ended: str) -> None:
    engine = Engine(tokens=TokenIssuer(one_token=one_token))
    before = shop_of(Engine())
    Shop(engine.handle, token=before.token).push()
    elsewhere = "the access token was issued elsewhere or by a simulator that ran before this one"
    assert engine.events[-1].text.partition(": ")[2] == f"{elsewhere}, {ended}; ask for a new one"


def test_no_number_and_no_secret_is_logged() -> None:
    tokens = TokenIssuer(consumer_key="the-key", consumer_secret="the-secret")
    engine = Engine(shortcodes={SHORTCODE: PASSKEY}, tokens=tokens, busy_seconds=0)
    shop = Shop(engine.handle)
    shop.token = str(read(shop.ask("GET", OAUTH, basic("the-key", "the-secret")))["access_token"])
    shop.ask("GET", OAUTH, basic("the-key", "0712345678"))
    address = "https://user:hunter2@shop.example/s3cr3t"
    shop.pushed(AccountReference="0712345678", TransactionDesc="+254712345678", CallBackURL=address)
    shop.pushed()
    shop.push(PhoneNumber="0712345678")
    shop.push(Password="0712345678")
    shop.ask("GET\n", "/0712345678\u2028/\n" + 100 * "long", {})
    engine.answer(PHONE, Answer.PAY, shop.now)
    (callback,) = engine.due(shop.now)
    engine.delivered(callback, "answered HTTP 200", shop.now)
    shown = "\n".join(
        [
            *map(str, engine.events),
            *map(repr, [engine, engine.events, engine.stk.pushes, engine.stk.prompts]),
        ]
    )
    for hidden in ("712345678", "hunter2", "the-key", "the-secret", PASSKEY, shop.token):
        assert hidden not in shown
    assert "https://shop.example" in shown
    assert all(len(str(event).splitlines()) == 1 and len(str(event)) < 300 for event in engine.events)
    assert shown.isascii()


def test_the_newest_ten_thousand_events_are_kept_and_on_event_gets_all() -> None:
    noted: list[Event] = []
    engine = Engine(on_event=noted.append)
    shop = shop_of(engine)
    shop.pushed()
    engine.answer(PHONE, Answer.CANCEL, shop.now)
    (callback,) = engine.due(shop.now)
    for number in range(10_500):
        engine.delivered(callback, f"answered {number}", shop.now)
    assert len(noted) > 10_500
    assert list(engine.events) == noted[-10_000:]
    assert engine.events[-1].text.endswith("answered 10499")


@pytest.fixture
def engine() -> Engine:
    return Engine(scenarios={"0700 999 999": Scenario(result=PAID, after=0, reply=lost)})


def test_the_newest_thousand_exchanges_are_kept_and_show_no_number_in_a_repr() -> None:
    engine = Engine(busy_seconds=0)
    shop = shop_of(engine)
    for _ in range(1_000):
        shop.pushed()
    assert engine.log.exchange(1) is None
    assert PHONE[3:] not in repr(engine.log.exchange(2))
    assert engine.log.exchange(2) is not None
