"""A request costs the same however many prompts are open."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

import pytest

from daraja.simulator import Answer, Callback, Engine, Scenario
from daraja.simulator.results import PAID
from tests.simulator.shop import NOON, PHONE, Shop, callback_of, shop_of

FEW: Final = 10


MANY: Final = 1_000


class Counted(datetime):
    """A time that counts its comparisons: code that looks at every prompt compares with every prompt's time."""

    compared = 0

    def __lt__(self, other: date) -> bool:
        return super().__lt__(counted(other))

    def __le__(self, other: date) -> bool:
        return super().__le__(counted(other))

    def __gt__(self, other: date) -> bool:
        return super().__gt__(counted(other))

    def __ge__(self, other: date) -> bool:
        return super().__ge__(counted(other))

    def __eq__(self, other: object) -> bool:
        return super().__eq__(counted(other))

    __hash__ = datetime.__hash__


def counted(other: object) -> datetime:
    Counted.compared += 1
    assert isinstance(other, datetime)
    return other


Action = Callable[[Shop, Engine, str], object]


def pushing(shop: Shop, _: Engine, __: str) -> object:
    return shop.push()


def querying(shop: Shop, _: Engine, asked: str) -> object:
    return shop.query(asked)


def authorising(shop: Shop, _: Engine, __: str) -> object:
    return shop.authorise()


def calling_back(shop: Shop, engine: Engine, _: str) -> object:
    return engine.due(shop.now)


def looking_ahead(_: Shop, engine: Engine, __: str) -> object:
    return engine.next_due()


def comparisons(prompts: int, action: Action) -> int:
    """Count the comparisons of times for one action, with so many open prompts and as many callbacks that wait."""
    called_back_late = Scenario(result=PAID, after=0, callbacks=(Callback(after=50),))
    engine = Engine(busy_seconds=0, scenarios={"254700000009": called_back_late})
    shop = Shop(engine.handle, Counted.combine(NOON.date(), NOON.timetz())).authorise()
    asked = [shop.pushed(PHONE) for _ in range(prompts)]
    for _ in range(prompts):
        shop.pushed("254700000009")
    engine.due(shop.now)
    assert len(engine.stk.prompts) == prompts
    Counted.compared = 0
    action(shop, engine, asked[prompts // 2])
    return Counted.compared


def test_comparisons_are_counted() -> None:
    assert comparisons(FEW, pushing) > 0


@pytest.mark.parametrize("action", [pushing, querying, authorising, calling_back, looking_ahead])
def test_no_request_looks_at_every_prompt(action: Action) -> None:
    assert comparisons(MANY, action) <= 1.5 * comparisons(FEW, action)


def test_thousands_of_prompts_come_to_their_end_in_the_order_of_their_times() -> None:
    engine = Engine(prompt_life=5000, busy_seconds=0)
    shop = shop_of(engine)
    asked: list[str] = []
    for number in range(MANY):
        asked.append(shop.pushed())
        shop.wait(1)
        if number % 3 == 0:
            engine.answer(PHONE, Answer.CANCEL, shop.now)
    codes = [callback_of(callback)["ResultCode"] for callback in engine.due(shop.now)]
    assert codes == [1032] * len(codes)
    left = [prompt.push.checkout_request_id for prompt in engine.stk.prompts]
    assert left == asked[len(codes) :]
    shop.wait(5000)
    ended = [callback_of(callback) for callback in engine.due(shop.now)]
    assert [callback["CheckoutRequestID"] for callback in ended] == left
    assert {callback["ResultCode"] for callback in ended} == {1037}
    assert engine.next_due() is None
    assert [prompt.push.checkout_request_id for prompt in engine.stk.decided] == asked
