"""The time after an interruption: every state that it left has to recover."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import attrs

from daraja.lifecycle.ports import ReceivedCallback
from daraja.lifecycle.reconcile import Report
from tests.support.crashes.attempt import Attempt
from tests.support.crashes.conductor import End
from tests.support.crashes.interruptions import Interruption
from tests.support.crashes.naming import named, names
from tests.support.crashes.operations import HOUR, Operation
from tests.support.crashes.outcomes import Outcome
from tests.support.crashes.shop import Ledger, Shop, key_of

__all__ = ["FEW_PLANS", "PLANS", "Disturbance", "live_on", "live_on_after_each"]

MINUTE: Final = 60.0

PLANS: Final[Mapping[str, Sequence[float]]] = {
    "never": (),
    "once": (1 * MINUTE,),
    "twice": (1 * MINUTE, 1 * MINUTE),
    "late": (10 * MINUTE,),
    "after the window": (26 * HOUR,),
}
"""When everything in the post is delivered, in seconds after the interruption."""

FEW_PLANS: Final = ("never", "twice", "after the window")
"""The plans that differ most, for tests to which time matters."""

_RUNS: Final = (2 * MINUTE, 6 * MINUTE, 25 * HOUR, 27 * HOUR, 29 * HOUR, 31 * HOUR)
"""When ``reconcile`` runs."""


@attrs.frozen
class Disturbance:
    """One of the many interruptions of one test.

    Args:
        name: What it is called in a failure.
        point: The number of the effect at which it comes about.
        around: The interruption.
    """

    name: str
    point: int
    around: Interruption


def live_on_after_each(
    operation: Operation,
    outcome: Outcome,
    ledger: Callable[[], Ledger],
    disturbances: Callable[[End], Iterable[Disturbance]],
    plans: Iterable[str],
) -> None:
    """Rehearse an operation, interrupt it in every way, and recover from each state that this leaves.

    If two interruptions leave the same state in everything that outlives a process, the recovery runs once.
    """
    _, rehearsal = operation.attempt(outcome, ledger())
    left: list[object] = []
    for disturbance in disturbances(rehearsal):
        before = slice(disturbance.point + 1)
        with named(disturbance.name):
            shop, end = operation.attempt(outcome, ledger(), disturbance.around)
            assert names(end.asked[before]) == names(rehearsal.asked[before])
            remains = shop.remains()
            if remains in left:
                continue
            left.append(remains)
            for plan in plans if outcome.posted else ["never"]:
                with named(f"callbacks are delivered: {plan}"):
                    shop, _ = operation.attempt(outcome, ledger(), disturbance.around)
                    live_on(shop, outcome, plan)


def live_on(shop: Shop, outcome: Outcome, plan: str) -> None:
    """Let every customer start again, callbacks come and a new process reconcile; check the state on the way."""
    for push in shop.engine.stk.pushes:
        assert shop.ledger.store.load(key_of(push.callback_url)) is not None, "asked before it was written down"
    attempts = [Attempt(shop, outcome, purchase, shop.start(purchase)) for purchase in shop.purchases]
    report, checkout = Report(), shop.checkout()
    passed = 0.0
    for at, runs in sorted([(at, False) for at in PLANS[plan]] + [(at, True) for at in _RUNS]):
        shop.wait(at - passed)
        passed = at
        if runs:
            report = checkout.reconcile()
            assert (report.failed, report.stopped) == (0, "")
            _check_callbacks(shop, report)
        else:
            for callback in shop.post:
                shop.deliver(callback)
        for attempt in attempts:
            attempt.check(report if runs else None)
    did = report.asked, report.replayed, report.delivered, report.succeeded, report.settled
    assert not any(did), f"the last run still found something to do: {report}"
    for attempt in attempts:
        attempt.check_end(report)


def _check_callbacks(shop: Shop, report: Report) -> None:
    """Check that every unprocessed callback is reported, except those that wait for a query."""
    for callback in shop.ledger.store.unprocessed(1000):
        assert isinstance(callback, ReceivedCallback)
        payment = shop.ledger.store.load(callback.key or "")
        waits = shop.confirm and payment is not None and payment.next_check_at is not None
        assert waits or callback.id in report.unmatched, "a callback is forgotten"
