"""Callers and successes at the same moment: one phone is asked, and one success is fulfilled."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import attrs
import pytest

from daraja import Checkout, Payment
from daraja.errors import AttemptOpen, Conflict
from daraja.simulator import Answer
from daraja.stores import MemoryStore
from daraja.stores.sql import SqlStore
from tests.payments.charging import ANOTHER_PHONE, MINUTE, ORDER, Hooks, answered, charge, key_of, shop_with
from tests.support.scripted import PHONE
from tests.support.shops import a_shop

Meanwhile = Callable[[], object]
"""What another caller does."""


@pytest.mark.parametrize("where", ["memory", "sqlite", "postgres"])
def test_of_many_clicks_at_the_same_time_one_asks_and_all_get_its_payment(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    clicks, together = 12, Barrier(12)
    shop = a_shop()
    url = f"sqlite:///{tmp_path}/shop.db" if where == "sqlite" else ""
    address = request.getfixturevalue("postgres") if where == "postgres" else url
    memory = MemoryStore()

    def click(store: MemoryStore | SqlStore) -> Payment:
        together.wait(30)
        return Checkout(shop.daraja, store).charge(order=ORDER, phone=PHONE, amount=500)

    stores: list[MemoryStore | SqlStore] = [SqlStore(address) if address else memory for _ in range(clicks)]
    if isinstance(stores[0], SqlStore):
        stores[0].create_schema()
    with ThreadPoolExecutor(clicks) as pool:
        payments = list(pool.map(click, stores))
    assert len({payment.key for payment in payments}) == 1
    assert shop.pushes == 1
    for store in stores:
        if isinstance(store, SqlStore):
            store.close()


class Slow(MemoryStore):
    """A store before whose next insert something else happens."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Meanwhile] = []

    def insert(self, payment: Payment, /) -> Payment:
        if self.meanwhile:
            self.meanwhile.pop()()
        return super().insert(payment)


def test_a_caller_who_was_slower_returns_the_attempt_of_the_faster_one() -> None:
    store = Slow()
    shop = a_shop(store=store)
    store.meanwhile.append(lambda: charge(shop))

    assert charge(shop).attempt == 1
    assert shop.pushes == 1


def test_a_caller_who_was_slower_learns_that_another_phone_is_asked() -> None:
    store = Slow()
    shop = a_shop(store=store)
    store.meanwhile.append(lambda: charge(shop, ANOTHER_PHONE))

    with pytest.raises(AttemptOpen, match=r"2547\*\*\*\*\*678"):
        charge(shop)
    assert shop.pushes == 1


def test_a_caller_who_was_so_slow_that_the_order_is_paid_asks_nobody() -> None:
    store = Slow()
    shop = a_shop(store=store)

    def another_pays() -> None:
        charge(shop)
        answered(shop, Answer.PAY)

    store.meanwhile.append(another_pays)

    assert charge(shop).paid
    assert shop.pushes == 1


def test_a_store_that_gives_other_attempts_every_time_is_not_asked_for_ever() -> None:
    class Confused(MemoryStore):
        def insert(self, payment: Payment, /) -> Payment:
            return attrs.evolve(payment, key="0" * 32)

    shop = a_shop(store=Confused())
    with pytest.raises(Conflict, match="lost a race"):
        charge(shop)
    assert shop.pushes == 0


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_of_two_successes_at_the_same_time_one_is_fulfilled_and_one_is_due_for_refund(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/shop.db" if where == "sqlite" else request.getfixturevalue("postgres")
    inside: Counter[str] = Counter()
    outside = Hooks()
    with closing(
        SqlStore(
            url,
            on_success=lambda _, payment: inside.update(["paid", payment.key]),
            on_refund_due=lambda _, payment: inside.update(["refund", payment.key]),
        )
    ) as store:
        store.create_schema()
        shop = shop_with(Hooks())
        checkout = Checkout(shop.daraja, store, on_success=outside.on_success, on_refund_due=outside.on_refund_due)
        shop = attrs.evolve(shop, checkout=checkout)
        first = charge(shop)
        shop.claim(first, result_code="1032", receipt=None)
        shop.clock.advance(MINUTE)
        second = charge(shop)
        together = Barrier(2)

        def pays(payment: Payment) -> object:
            together.wait(30)
            return shop.claim(payment)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(pays, [first, second]))

        order = checkout.order(ORDER)
        assert sorted(one.paid for one in order.attempts) == [False, True]
        assert len(order.refunds_due) == 1
        assert inside == Counter({"paid": 1, "refund": 1, first.key: 1, second.key: 1})
        assert outside == Hooks(fulfilled=[key_of(order.payment)], refunds=[order.refunds_due[0].key])
