"""A process may die at any point: nobody is prompted twice, no success is lost, and no payment is lost silently.

Each operation is rehearsed once, which lists the effects that it asks for. Then it is done again for each of them and
its process killed there: before an effect is the same as after the one before it. What that leaves behind lives on:
the customer asks again, callbacks come once, twice, late or never, and ``reconcile`` runs past the window.
"""

from collections.abc import Callable, Generator, Iterator
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from tests.support.crashes.aftermath import FEW_PLANS, PLANS, Disturbance, live_on, live_on_after_each
from tests.support.crashes.conductor import End
from tests.support.crashes.interruptions import CancelledError, FailedError, KilledError, cancelled_at, killed_before
from tests.support.crashes.ledgers import in_memory, in_sqlite
from tests.support.crashes.naming import named, names, place
from tests.support.crashes.operations import CASES, EVERY_CASE, OPERATIONS, Operation
from tests.support.crashes.outcomes import OUTCOMES, Outcome
from tests.support.crashes.shop import Ledger

OF_STORES: Final = [
    pytest.param(*case, id=name, marks=[] if name in {"start: paid", "receive: paid"} else pytest.mark.slow)
    for name, case in CASES.items()
    if name.endswith(
        (": paid", ": cancelled", ": unanswered", ": undecided", ": paid, answer lost", ": paid, heard early")
    )
]
"""The cases without those that differ only in what Daraja says."""

OF_FLOWS: Final = [case for case in EVERY_CASE if str(case.id).startswith("start") or str(case.id).endswith(": paid")]
"""The cases in which the flows ask for other effects than in the other cases."""


@pytest.fixture
def sqlite(tmp_path: Path) -> Generator[Callable[[], Ledger]]:
    """Return a function that opens an empty ledger in a file."""
    with in_sqlite(tmp_path) as empty:
        yield empty


def deaths(rehearsal: End) -> Iterator[Disturbance]:
    """Kill before every effect, and at the end."""
    for point in range(len(rehearsal.asked) + 1):
        yield Disturbance(f"killed {place(rehearsal.asked, point)}", point, killed_before(point))


@pytest.mark.parametrize(("operation", "outcome"), EVERY_CASE)
def test_a_process_may_die_at_any_point(operation: Operation, outcome: Outcome) -> None:
    live_on_after_each(operation, outcome, in_memory, deaths, PLANS)


@pytest.mark.parametrize(("operation", "outcome"), OF_STORES)
def test_a_process_may_die_at_any_point_with_a_database(
    operation: Operation, outcome: Outcome, sqlite: Callable[[], Ledger]
) -> None:
    live_on_after_each(operation, outcome, sqlite, deaths, FEW_PLANS)


@pytest.mark.parametrize(
    "operation",
    [pytest.param("start", marks=pytest.mark.slow), "receive", pytest.param("refresh", marks=pytest.mark.slow)],
)
def test_a_process_may_die_again_during_the_recovery(operation: str) -> None:
    first, paid = OPERATIONS[operation], OUTCOMES["paid"]
    _, rehearsal = first.attempt(paid, in_memory())
    for death in deaths(rehearsal):
        with named(f"first {death.name}"):
            live_on_after_each(first.then_reconcile(death.around), paid, in_memory, deaths, ["never"])


@pytest.mark.parametrize("hitch", [KilledError, FailedError])
@pytest.mark.parametrize("operation", ["receive", "refresh", "reconcile", "reconcile at last"])
def test_an_interrupted_transaction_is_done_later_and_once(
    operation: str, hitch: type[BaseException], sqlite: Callable[[], Ledger]
) -> None:
    for plan in PLANS:
        with named(f"callbacks are delivered: {plan}"):
            shop = OPERATIONS[operation].shop(OUTCOMES["paid"], sqlite())
            shop.ledger.hitches.append(hitch())
            end = shop.carry_out(OPERATIONS[operation].flow(shop))
            assert not shop.ledger.hitches
            assert isinstance(end.error, KilledError) is (hitch is KilledError)
            live_on(shop, OUTCOMES["paid"], plan)


@pytest.mark.parametrize(("operation", "outcome"), OF_FLOWS)
def test_a_cancelled_task_leaves_no_open_work_and_the_same_state_as_a_killed_process(
    operation: Operation, outcome: Outcome
) -> None:
    _, rehearsal = operation.attempt(outcome, in_memory())
    left = [operation.attempt(outcome, in_memory(), death.around)[0].remains() for death in deaths(rehearsal)]
    for (point, name), done in product(enumerate(names(rehearsal.asked)), (False, True)):
        with named(f"cancelled {'after' if done else 'before'} effect {point}, {name}"):
            shop, end = operation.attempt(outcome, in_memory(), cancelled_at(point, done=done))
            assert isinstance(end.error, CancelledError)
            assert not end.owed
            assert shop.remains() == left[len(end.asked) if done else point]
