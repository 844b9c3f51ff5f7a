"""A process may die at any point of a second success: one payment counts, and the other one's refund is due.

As in ``test_crash_points`` each operation is rehearsed once. Then its process is killed before each of its effects.
"""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from sqlalchemy import create_engine, delete

from daraja import Checkout, Payment
from daraja.http.flow import Flow
from daraja.lifecycle import resolve
from daraja.lifecycle.callbacks import receive_callback
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.reconcile import reconcile
from daraja.payments.model import PROMPT_LIFE, PaymentStore
from daraja.runtime.base import RecordRuntime
from daraja.simulator import Engine
from daraja.stores import MemoryStore
from daraja.stores.sql import SqlStore, metadata
from tests.support.crashes.conductor import conduct
from tests.support.crashes.interruptions import Interruption, killed_before, undisturbed
from tests.support.crashes.naming import named
from tests.support.scripted import PASSKEY, PHONE
from tests.support.shops import Shop, a_shop, paid, token_for

ORDER: Final = "ORD-2025-001"


@attrs.frozen
class Case:
    """A shop whose first attempt failed and whose second one is open, and what its hooks were called with."""

    shop: Shop
    first: Payment
    second: Payment
    outside: Counter[str]
    inside: Counter[str] | None

    @property
    def policy(self) -> Policy[Payment]:
        return attrs.evolve(self.shop.policy, hooks=frozenset({"on_refund_due"}))

    @property
    def office(self) -> RecordRuntime:
        return attrs.evolve(
            self.shop.office,
            store=self.shop.checkout.store,
            on_success=self.fulfil,
            hooks={"on_refund_due": self.refund},
        )

    def fulfil(self, payment: Payment) -> None:
        self.outside[f"paid {payment.attempt}"] += 1

    def refund(self, payment: Payment) -> None:
        self.outside[f"refund {payment.attempt}"] += 1

    def carry_out(self, flow: Flow[Any], around: Interruption = undisturbed) -> int:  # Any: whatever flows give
        """Run *flow* in a new process until it is interrupted, and return how many effects it asked for."""
        return len(conduct(flow, self.office, around).asked)

    def receiving(self, payment: Payment) -> Flow[object]:
        return receive_callback(paid(payment), token_for(self.shop.config, payment.key), "", self.policy)

    def denying(self, payment: Payment) -> Flow[object]:
        return resolve.resolve(payment.key, self.policy, paid=False, note="Safaricom reversed it", by="Wanjiku")

    def recover(self) -> None:
        """Let callbacks come again and other processes reconcile."""
        for payment in (self.first, self.second):
            self.carry_out(self.receiving(payment))
        for _ in range(3):
            self.shop.clock.advance(3_600)
            self.carry_out(reconcile(100, self.policy))

    def check(self, counting: int, refund: int | None) -> None:
        """Check which attempt counts, which one's refund is due, and that the shop was told of both."""
        order = self.shop.checkout.order(ORDER)
        assert [one.attempt for one in order.attempts if one.counts] == [counting]
        assert order.paid
        assert [one.attempt for one in order.refunds_due] == [refund] * (refund is not None)
        assert self.outside[f"paid {counting}"] >= 1
        if refund is not None:
            assert self.outside[f"refund {refund}"] >= 1
            assert order.refunds_due[0].refund_notified_at is not None
        if self.inside is not None:
            assert self.inside[f"paid {counting}"] == 1
            assert refund is None or self.inside[f"refund {refund}"] == 1


Cases = Callable[[], Case]


@contextmanager
def in_a_store(store: PaymentStore, inside: Counter[str] | None) -> Generator[Case]:
    """Yield the case in an empty store."""
    shop = a_shop(engine=Engine(shortcodes={"600111": PASSKEY}, busy_seconds=0))
    shop = attrs.evolve(shop, checkout=Checkout(shop.daraja, store))
    first = shop.checkout.charge(order=ORDER, phone=PHONE, amount=500)
    shop.claim(first, result_code="1032", receipt=None)
    shop.clock.advance(PROMPT_LIFE.total_seconds())
    second = shop.checkout.charge(order=ORDER, phone=PHONE, amount=500)
    yield Case(shop, first, second, Counter(), inside)


@pytest.fixture(params=["memory", "sqlite"])
def cases(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Cases]:
    """Return a function that makes the case anew."""
    if request.param == "memory":

        def in_memory() -> Case:
            with in_a_store(MemoryStore(), None) as case:
                return case

        yield in_memory
        return
    engine, inside = create_engine(f"sqlite:///{tmp_path}/shop.db", isolation_level="AUTOCOMMIT"), Counter[str]()
    store = SqlStore(
        engine,
        on_success=lambda _, payment: inside.update([f"paid {payment.attempt}"]),
        on_refund_due=lambda _, payment: inside.update([f"refund {payment.attempt}"]),
    )
    store.create_schema()

    def in_sqlite() -> Case:
        inside.clear()
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
            for name in ("daraja_payments", "daraja_payments_history", "daraja_payments_callbacks"):
                connection.execute(delete(metadata.tables[name]))
        with in_a_store(store, inside) as case:
            return case

    yield in_sqlite
    engine.dispose()


def test_a_process_may_die_while_it_receives_a_second_success(cases: Cases) -> None:
    def counted() -> Case:
        case = cases()
        case.carry_out(case.receiving(case.second))
        return case

    for point in range(counted_effects(counted, lambda case: case.receiving(case.first)) + 1):
        with named(f"killed before effect {point}"):
            case = counted()
            case.carry_out(case.receiving(case.first), killed_before(point))
            case.recover()
            case.check(counting=2, refund=1)


@pytest.mark.parametrize("where", ["denial", "reconcile"])
def test_a_process_may_die_while_a_second_success_takes_the_place_of_a_denied_one(cases: Cases, where: str) -> None:
    def paid_twice() -> Case:
        case = cases()
        case.carry_out(case.receiving(case.second))
        case.carry_out(case.receiving(case.first))
        case.check(counting=2, refund=1)
        return case

    def denied() -> Case:
        case = paid_twice()
        case.carry_out(case.denying(case.second))
        return case

    prepare = paid_twice if where == "denial" else denied
    operation = Case.denying if where == "denial" else None

    def flow(case: Case) -> Flow[Any]:  # Any: whatever flows give
        return reconcile(100, case.policy) if operation is None else operation(case, case.second)

    for point in range(counted_effects(prepare, flow) + 1):
        with named(f"killed before effect {point}"):
            case = prepare()
            case.carry_out(flow(case), killed_before(point))
            if case.shop.checkout.payment(case.second.key).counts:
                case.carry_out(case.denying(case.second))  # the person saw that it was not written
            case.recover()
            case.check(counting=1, refund=None)


def counted_effects(prepare: Cases, flow: Callable[[Case], Flow[Any]]) -> int:  # Any: as above
    """Return how many effects *flow* asks for if nothing interrupts it."""
    case = prepare()
    return case.carry_out(flow(case))
