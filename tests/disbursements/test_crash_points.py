"""A process may die at any point: nothing is paid twice, nothing is lost, and nothing paid is called failed.

Each operation is rehearsed once, which lists the effects that it asks for. Then it is done again for each of them and
its process is killed there: before an effect is the same as after the one before it. Then life goes on: the caller asks
again, results come once, twice, late or never, a notice comes first or last, and ``reconcile`` runs past the window.
"""

from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import create_engine, delete

from daraja.disbursements import PayoutStatus
from daraja.lifecycle.reconcile import Report
from daraja.stores import MemoryPayoutStore, PayoutStore
from daraja.stores.sql import SqlPayoutStore, metadata
from tests.support.crashes.interruptions import killed_before
from tests.support.crashes.naming import named, place
from tests.support.crashes.treasury import AMOUNT, FLOWS, PHONES, Operation, Treasury

HOUR: Final = 3600.0
TABLES: Final = [table for table in metadata.sorted_tables if table.name.startswith("daraja_payouts")]

PLANS: Final[Mapping[str, list[tuple[float, str]]]] = {
    "never": [],
    "once": [(400, "post")],
    "twice": [(400, "post"), (20, "post")],
    "late": [(26 * HOUR, "post")],
    "a notice first": [(1, "notice"), (400, "post")],
    "a notice last": [(400, "post"), (1, "notice")],
}
"""What arrives after the interruption: seconds to wait, and what comes then."""


def opened(operation: Operation, phone: str, store: PayoutStore) -> Treasury:
    treasury = Treasury(store, phone, operation.approvals)
    operation.prepare(treasury)
    return treasury


def live_on(treasury: Treasury, plan: str) -> None:
    """Let the caller ask again, callbacks come and new processes reconcile; check the state on the way."""
    check(treasury)
    if not treasury.payouts() or treasury.approvals is None:
        treasury.pay()
    if treasury.approvals is not None:
        treasury.approve()
    for seconds, what in PLANS[plan]:
        treasury.wait(seconds)
        treasury.notice() if what == "notice" else treasury.deliver()
        check(treasury)
    report = Report()
    for hours in (0.05, 0.2, 1, 2, 20, 5, 3):
        treasury.wait(hours * HOUR)
        report = treasury.reconcile()
        assert report.failed == 0
        check(treasury)
    treasury.wait(HOUR)
    check_end(treasury, treasury.reconcile())


def check(treasury: Treasury) -> None:
    """Check the invariants that hold at any time."""
    written = {payout.key for payout in treasury.payouts()}
    assert len(treasury.asked_to_pay) <= 1 or treasury.phone == PHONES["turned away"], "asked twice to pay"
    assert treasury.spent in {0, AMOUNT}, "paid twice"
    assert len(written) <= 1, "two payouts for one debt"
    for request in treasury.asked_to_pay:
        assert any(key.encode() in request.body for key in written) or treasury.refunded, "sent before written down"
    for payout in treasury.payouts():
        if treasury.spent:
            assert not payout.surely_unpaid, "called failed though it was paid"
            assert treasury.failed == []
        if payout.status is PayoutStatus.PAID:
            assert treasury.spent, "called paid though it was not"
        if treasury.asked_to_pay and not payout.surely_unpaid:
            assert payout.charges, "doubt keeps its part of the caps"


def check_end(treasury: Treasury, report: Report) -> None:
    """Check the final state: everything is decided, or a person is told."""
    (payout,) = treasury.payouts()
    listed = payout.key in {*report.unconfirmed, *report.conflicts}
    assert listed or payout.status is PayoutStatus.PAID or payout.surely_unpaid, "undecided, and nobody is told"
    if payout.paid:
        assert payout.key in treasury.told, "paid, and nobody was told"
    assert treasury.pay().key == payout.key
    check(treasury)


def die_everywhere(operation: Operation, phone: str, store: Callable[[], PayoutStore], plans: list[str]) -> None:
    rehearsed = opened(operation, phone, store())
    if operation.needs_post and not rehearsed.post:
        pytest.skip("Daraja posts nothing")
    rehearsal = rehearsed.carry_out(operation.flow(rehearsed))
    left: list[object] = []
    for point in range(len(rehearsal.asked) + 1):
        with named(f"killed {place(rehearsal.asked, point)}"):
            treasury = opened(operation, phone, store())
            treasury.carry_out(operation.flow(treasury), killed_before(point))
            remains = treasury.remains()
            if remains in left:
                continue  # the same state as after the point before
            left.append(remains)
            for plan in plans:
                with named(f"callbacks: {plan}"):
                    treasury = opened(operation, phone, store())
                    treasury.carry_out(operation.flow(treasury), killed_before(point))
                    live_on(treasury, plan)
    assert left


CASES: Final = [
    pytest.param(
        FLOWS[name],
        PHONES[outcome],
        id=f"{name}: {outcome}",
        marks=[] if name == "pay" or outcome == "paid" else pytest.mark.slow,
    )
    for name, outcome in product(FLOWS, PHONES)
    if name != "refund" or outcome == "paid"
]


@pytest.mark.parametrize(("operation", "phone"), CASES)
def test_a_process_may_die_at_any_point(operation: Operation, phone: str) -> None:
    die_everywhere(operation, phone, MemoryPayoutStore, list(PLANS))


@pytest.mark.parametrize(
    "name",
    ["pay", pytest.param("approve", marks=pytest.mark.slow), pytest.param("refund", marks=pytest.mark.slow), "receive"],
)
def test_a_process_may_die_at_any_point_with_a_database(name: str, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/payouts.db", isolation_level="AUTOCOMMIT")
    store = SqlPayoutStore(engine)
    store.create_schema()

    def in_a_file() -> PayoutStore:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
            for table in TABLES:
                connection.execute(delete(table))
        return store

    die_everywhere(FLOWS[name], PHONES["paid"], in_a_file, ["never", "twice"])
    engine.dispose()
