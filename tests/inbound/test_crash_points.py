"""A process may die at any point while money is booked: it counts once, and nothing is lost that was stored.

Each operation is rehearsed once. Then its process is killed before each of its effects, and others go on: Safaricom's
news may come again, and `reconcile` runs.
"""

from collections import Counter as Tally
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from sqlalchemy import create_engine, delete

from daraja import Payment
from daraja.checkout import parts_of
from daraja.http.flow import Flow
from daraja.inbound.announcement import receipt_key
from daraja.inbound.expect import Expect
from daraja.inbound.expectation import Expectation
from daraja.inbound.model import Receipt
from daraja.inbound.receive import receive
from daraja.inbound.settle import settle_payments, settle_receipts
from daraja.inbound.sweep import Sweep, reconcile_receipts, sweep
from daraja.inbound.unmatched import assign, dismiss
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.policy import Policy
from daraja.stores import MemoryReceiptStore
from daraja.stores.sql import SqlReceiptStore, metadata
from daraja.testing import c2b_confirmation
from tests.inbound.test_settle import export, row, unconfirmed
from tests.support.crashes.conductor import conduct
from tests.support.crashes.interruptions import Interruption, failing_at, killed_before, undisturbed
from tests.support.crashes.naming import named
from tests.support.receiving import SHORTCODE, Counter, a_counter
from tests.support.scripted import PHONE

NUMBER: Final = "UAF1AAAAAA"
NO_CONFIRMATION: Final = "254700008501"
TABLES: Final = (
    "daraja_receipts",
    "daraja_receipts_history",
    "daraja_receipts_callbacks",
    "daraja_expectations",
)


@attrs.frozen
class Case:
    """A counter, and how often its hooks were called for each receipt."""

    counter: Counter
    outside: Tally[str]
    inside: Tally[str] | None

    def carry_out(self, flow: Flow[Any], around: Interruption = undisturbed) -> int:  # Any: whatever flows give
        """Run *flow* in a new process until it is interrupted, and return how many effects it asked for."""
        return len(conduct(flow, self.counter.runtime, around).asked)

    def confirming(self, reference: str = "ORD-1") -> Flow[object]:
        body = c2b_confirmation(
            receipt=NUMBER,
            amount=500,
            reference=reference,
            shortcode=SHORTCODE,
            paid_at=self.counter.clock.now(),
        ).body
        return receive(body, self.counter.token(), "", self.counter.policy)

    def recover(self) -> None:
        """Let other processes reconcile."""
        for _ in range(3):
            self.counter.clock.advance(3_600)
            self.carry_out(reconcile_receipts(100, self.counter.policy))

    def check(self, number: str = NUMBER) -> None:
        """Check that the money counts once, and that the shop was told of it."""
        receipt = self.counter.receipts.receipt(number)
        assert (receipt.counts, receipt.order) == (True, "ORD-1")
        assert self.counter.checkout.order("ORD-1").by_hand.received == 500
        assert self.outside[number] >= 1
        assert receipt.notified_at is not None
        assert self.inside is None or self.inside[number] == 1


Cases = Callable[[], Case]


@pytest.fixture(params=["memory", "sqlite"])
def cases(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Cases]:
    """Return a function that makes the case anew."""
    outside = Tally[str]()

    def told(receipt: Receipt) -> None:
        outside[receipt.number] += 1

    if request.param == "memory":

        def in_memory() -> Case:
            outside.clear()
            return Case(a_counter(store=MemoryReceiptStore(), on_received=told, pull=True), outside, None)

        yield in_memory
        return
    engine, inside = create_engine(f"sqlite:///{tmp_path}/shop.db", isolation_level="AUTOCOMMIT"), Tally[str]()
    store = SqlReceiptStore(engine, on_received=lambda _, receipt: inside.update([receipt.number]))
    store.create_schema()

    def in_sqlite() -> Case:
        outside.clear()
        inside.clear()
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
            for name in TABLES:
                connection.execute(delete(metadata.tables[name]))
        return Case(a_counter(store=store, on_received=told, pull=True), outside, inside)

    yield in_sqlite
    engine.dispose()


def expecting(case: Case) -> Case:
    case.counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    return case


def points(prepare: Cases, flow: Callable[[Case], Flow[Any]]) -> range:  # Any: whatever flows give
    """Return the points of *flow*, and the one after its end."""
    case = prepare()
    return range(case.carry_out(flow(case)) + 1)


def test_a_process_may_die_while_it_books_a_confirmation(cases: Cases) -> None:
    def prepare() -> Case:
        return expecting(cases())

    for point in points(prepare, Case.confirming):
        with named(f"killed before effect {point}"):
            case = prepare()
            case.carry_out(case.confirming(), killed_before(point))
            if not case.counter.store.callbacks(receipt_key(case.counter.policy.account, NUMBER)):
                case.carry_out(case.confirming())  # it was not stored, so Safaricom got no answer
            case.recover()
            case.check()


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize("done", [False, True])
def test_the_store_may_fail_at_any_point_of_a_confirmation(cases: Cases, *, done: bool, for_good: bool) -> None:
    def prepare() -> Case:
        return expecting(cases())

    for point in points(prepare, Case.confirming):
        with named(f"the store fails at effect {point}"):
            case = prepare()
            failing = failing_at(point, done=done, for_good=for_good)
            end = conduct(case.confirming(), case.counter.runtime, failing)
            reply = end.answer
            if not isinstance(reply, Reply) or reply.status_code != 200:
                case.carry_out(case.confirming())  # Safaricom did not hear yes
            case.recover()
            case.check()


def test_a_process_may_die_while_a_confirmation_settles_an_open_payment(cases: Cases) -> None:
    def prepare() -> Case:
        case = cases()
        case.counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
        return case

    for point in points(prepare, Case.confirming):
        with named(f"killed before effect {point}"):
            case = prepare()
            case.carry_out(case.confirming(), killed_before(point))
            case.carry_out(case.confirming())
            case.recover()
            order = case.counter.checkout.order("ORD-1")
            assert (order.paid, order.refunds_due, order.receipts) == (True, (), [])
            assert order.attempts[0].receipt == NUMBER
            assert case.counter.receipts.receipt(NUMBER).payment == order.attempts[0].key
            assert case.outside == {}
            case.counter.checkout.reconcile()
            assert {one.key for one in case.counter.paid} == {order.attempts[0].key}


@pytest.mark.parametrize("operation", ["assign", "reconcile"])
def test_a_process_may_die_while_money_is_matched_later(cases: Cases, operation: str) -> None:
    def prepare() -> Case:
        case = cases()
        case.carry_out(case.confirming())
        return expecting(case) if operation == "reconcile" else case

    def flow(case: Case) -> Flow[Any]:  # Any: as above
        policy = case.counter.policy
        if operation == "reconcile":
            return reconcile_receipts(100, policy)
        return assign(NUMBER, policy, reference=None, order="ORD-1", by="Wanjiku", note="she called")

    for point in points(prepare, flow):
        with named(f"killed before effect {point}"):
            case = prepare()
            case.carry_out(flow(case), killed_before(point))
            case.carry_out(flow(case))  # the person saw that it was not written, or the next run comes
            case.recover()
            case.check()


@pytest.mark.parametrize("is_expected", [False, True])
def test_a_process_may_die_while_a_person_dismisses_money(cases: Cases, *, is_expected: bool) -> None:
    def prepare() -> Case:
        case = expecting(cases()) if is_expected else cases()
        case.carry_out(case.confirming())
        return case

    def flow(case: Case) -> Flow[Any]:  # Any: as above
        return dismiss(NUMBER, case.counter.policy, by="Wanjiku", note="it was sent back")

    for point in points(prepare, flow):
        with named(f"killed before effect {point}"):
            case = prepare()
            case.carry_out(flow(case), killed_before(point))
            case.carry_out(flow(case))
            case.recover()
            receipt = case.counter.receipts.receipt(NUMBER)
            assert (receipt.is_success, receipt.counts, receipt.needs_attention) == (True, False, False)
            assert case.counter.checkout.order("ORD-1").paid is False
            assert set(case.outside) == ({NUMBER} if is_expected else set())
            assert case.inside is None or case.inside[NUMBER] == int(is_expected)


@pytest.mark.parametrize("reference", ["ORD-1", None])
def test_a_process_may_die_while_it_writes_down_what_is_expected(cases: Cases, reference: str | None) -> None:
    def flow(case: Case) -> Flow[Expectation]:
        return Expect(amount=500, order="ORD-1", reference=reference).flow(case.counter.policy)

    for point in points(cases, flow):
        with named(f"killed before effect {point}"):
            case = cases()
            case.carry_out(flow(case), killed_before(point))
            expected = case.counter.receipts.expect(amount=500, order="ORD-1", reference=reference)
            assert len(case.counter.store.expectations(10, case.counter.policy.account)) == 1
            case.carry_out(case.confirming(expected.reference))
            case.recover()
            case.check()


def test_a_process_may_die_while_it_sweeps_with_pull(cases: Cases) -> None:
    def prepare() -> tuple[Case, str]:
        case = expecting(cases())
        return case, case.counter.pay("ORD-1", phone=NO_CONFIRMATION)

    def flow(case: Case) -> Flow[Sweep]:
        return sweep(None, None, case.counter.policy)

    rehearsed, _ = prepare()
    for point in range(rehearsed.carry_out(flow(rehearsed)) + 1):
        with named(f"killed before effect {point}"):
            case, number = prepare()
            case.carry_out(flow(case), killed_before(point))
            case.carry_out(flow(case))
            case.recover()
            case.check(number)


def test_a_process_may_die_while_a_statement_brings_what_was_not_announced(cases: Cases) -> None:
    def prepare() -> Case:
        return expecting(cases())

    def flow(case: Case) -> Flow[Any]:  # Any: as above
        return settle_receipts(export(row(NUMBER)), case.counter.policy)

    for point in points(prepare, flow):
        with named(f"killed before effect {point}"):
            case = prepare()
            case.carry_out(flow(case), killed_before(point))
            case.carry_out(flow(case))
            case.recover()
            case.check()


def theirs(case: Case) -> Policy[Payment]:
    policy, _ = parts_of(case.counter.checkout)
    assert policy is not None
    return policy


def test_a_process_may_die_while_a_statement_settles_a_payment(cases: Cases) -> None:
    def prepare() -> Case:
        case = cases()
        unconfirmed(case.counter)
        return case

    def flow(case: Case) -> Flow[Any]:  # Any: as above
        return settle_payments(export(row(NUMBER)), "Wanjiku", theirs(case))

    def carry_out(case: Case, around: Interruption = undisturbed) -> int:
        return len(conduct(flow(case), case.counter.runtime.places["checkout"], around).asked)

    for point in range(carry_out(prepare()) + 1):
        with named(f"killed before effect {point}"):
            case = prepare()
            carry_out(case, killed_before(point))
            carry_out(case)
            case.counter.clock.advance(3_600)
            case.counter.checkout.reconcile()
            order = case.counter.checkout.order("ORD-1")
            assert (order.paid, order.attempts[0].receipt) == (True, NUMBER)
            assert {one.key for one in case.counter.paid} == {order.attempts[0].key}
