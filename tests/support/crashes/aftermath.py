"""The days after an interruption, and what has to be true in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import attrs

from daraja.payments.again import may_retry
from daraja.payments.model import Payment, Status
from daraja.payments.records import Report
from tests.support.crashes.conductor import End
from tests.support.crashes.interruptions import Interruption
from tests.support.crashes.naming import named, names
from tests.support.crashes.operations import HOUR, Operation
from tests.support.crashes.outcomes import Outcome
from tests.support.crashes.shop import Ledger, Purchase, Shop, key_of

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

_RUNS: Final = (2 * MINUTE, 6 * MINUTE, 25 * HOUR, 27 * HOUR, 29 * HOUR)
"""When ``reconcile`` runs."""
_DENIED: Final = frozenset({Status.FAILED, Status.TIMEOUT})


@attrs.frozen
class Disturbance:
    """One of the many interruptions that one test goes through.

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
    """Rehearse an operation, then disturb it in every way, and live on with whatever that leaves behind.

    What two disturbances leave behind alike, in everything that outlives a process, has to live on only once.
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
    """Let every customer ask again at once, callbacks come and a new process look after it all; check it on the way."""
    for push in shop.engine.pushes:
        assert shop.ledger.store.load(key_of(push.callback_url)) is not None, "asked before it was written down"
    attempts = [_Attempt(shop, outcome, purchase, shop.start(purchase)) for purchase in shop.purchases]
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
    assert not any(did), "the last run still found something to do"
    for attempt in attempts:
        attempt.check_end(report)


def _check_callbacks(shop: Shop, report: Report) -> None:
    """See that no callback is left over of which nobody is told, but for those that wait for a query to come."""
    for callback in shop.ledger.store.unprocessed(1000):
        payment = shop.ledger.store.load(callback.key or "")
        waits = shop.confirm and payment is not None and payment.next_check_at is not None
        assert waits or callback.id in report.unmatched, "a callback is forgotten"


@attrs.frozen
class _Attempt:
    """An attempt to be paid, as it was right after the interruption."""

    shop: Shop
    outcome: Outcome
    purchase: Purchase
    began: Payment

    def check(self, report: Report | None) -> None:
        """Check what is true at any time; *report* is that of a run just now."""
        payment = self._now()
        prompts = self.shop.prompts(self.purchase)
        assert len(prompts) <= 1, "prompted twice"
        if payment.status is Status.SUCCESS:
            assert [prompt.paid for prompt in prompts] == [True], "a success that nobody paid"
        if report is not None:
            listed = payment.key in {*report.unconfirmed, *report.conflicts}
            assert listed or payment.next_check_at is not None or self._is_over(payment), "forgotten"
        misled = self.outcome.called is Status.SUCCESS and self.outcome.asked in _DENIED
        if may_retry(payment, self.shop.clock.now()) and not misled:
            assert not any(prompt.paid for prompt in prompts), "may be asked again though it is paid"

    def check_end(self, report: Report) -> None:
        """Check what is true in the end, and that asking again changes none of it."""
        prompts = self.shop.prompts(self.purchase)
        again = self.shop.start(self.purchase)
        assert again == self._now()
        assert again.key == self.began.key
        assert self.shop.prompts(self.purchase) == prompts
        wanted = self._wanted()
        assert again.status is wanted
        listed = again.key in {*report.unconfirmed, *report.conflicts}
        assert listed or self._is_over(again), "undecided in the end, and nobody is told"
        if wanted is not Status.SUCCESS and self._was_told_of_a_payment():
            assert listed, "a success is lost"
        self._check_fulfilment(again, once=wanted is Status.SUCCESS)

    def _check_fulfilment(self, payment: Payment, *, once: bool) -> None:
        store, fulfilments = self.shop.ledger.store, self.shop.ledger.fulfilments
        assert payment.paid is once
        assert sum(entry.became_success for entry in store.history(payment.key)) == once
        if fulfilments is not None:
            assert fulfilments(payment.key) == once
        told = self.shop.told.count(payment.key)
        assert (payment.notified_at is not None) is (once and self.shop.listens)
        at_most = 1 + len(self.shop.ends) if once and self.shop.listens else 0
        assert min(at_most, 1) <= told <= at_most, "told too often or not at all"

    def _now(self) -> Payment:
        payment = self.shop.ledger.store.load(self.began.key)
        assert payment is not None
        return payment

    def _is_over(self, payment: Payment) -> bool:
        told = payment.notified_at is not None or not self.shop.listens
        return payment.status in _DENIED or (payment.paid and told)

    def _was_told_of_a_payment(self) -> bool:
        return self.began.key in self.shop.heard and self.outcome.called is Status.SUCCESS

    def _wanted(self) -> Status:
        """Give the status to end with, by what the shop could learn."""
        if not self.shop.prompts(self.purchase):
            return Status.FAILED if self.began.status is Status.FAILED else Status.UNCONFIRMED
        if self.began.key in self.shop.heard:
            confirmed = not self.shop.confirm or self.outcome.called is not Status.SUCCESS
            return self.outcome.called if confirmed else self.outcome.asked
        return Status.UNCONFIRMED if self.began.checkout_request_id is None else self.outcome.asked
