"""The invariants: the stored payments are compared with the truth."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import attrs

from daraja import Payment
from daraja.simulator import Prompt
from tests.chaos.database import Stored
from tests.chaos.plan import Plan
from tests.chaos.purchase import Purchase
from tests.chaos.recovery import Facts

__all__ = ["Truth", "attempts_by_order", "lost", "violations"]


@attrs.frozen(kw_only=True)
class Truth:
    """The real events, known without the store.

    Args:
        plans: The plan of each order.
        pushes: The number of pushes that the local Daraja accepted.
        prompts: The prompts with a result, by the payment's key.
        arrived: The number of callbacks that were answered with 200, by the payment's key.
        notified: The results and errors of ``charge``, by order.
        interrupted: The orders during whose charge a worker was killed.
        reports: The last reports of ``reconcile``.
    """

    plans: Sequence[Plan]
    pushes: int
    prompts: Mapping[str, Sequence[Prompt]]
    arrived: Mapping[str, int]
    notified: Mapping[int, Collection[str]]
    interrupted: Collection[int]
    reports: Sequence[Facts]


def violations(truth: Truth, stored: Stored[Payment]) -> Mapping[str, Sequence[str]]:
    """Return every violated invariant with the keys of its payments."""
    found: dict[str, list[str]] = defaultdict(list)
    if truth.pushes != sum(len(prompts) for prompts in truth.prompts.values()):
        found["a push has no result"].append("")
    for purchase in _purchases(truth, stored):
        for fault in purchase.violations():
            found[fault].append(purchase.payment.key)
    orders = attempts_by_order(stored)
    if set(orders) != set(range(len(truth.plans))):
        found["an order has no attempt"].append("")
    for attempts in orders.values():
        for fault in _violations_of_an_order(attempts, truth):
            found[fault].append(attempts[-1].key)
    unconfirmed = lost(truth, stored)
    for report in truth.reports:
        listed = set(report["unconfirmed"])
        found["it is unconfirmed, and not reported"] += unconfirmed - listed
        found["it is reported, and not unconfirmed"] += listed - unconfirmed
        found["it is reported for a conflict"] += report["conflicts"]
        if report["unmatched"] or report["failed"]:
            found["reconcile failed at something, or could not match it"].append("")
    return {fault: keys for fault, keys in found.items() if keys}


def attempts_by_order(stored: Stored[Payment]) -> Mapping[int, Sequence[Payment]]:
    """Return the attempts of each order, the first one first."""
    found: dict[int, list[Payment]] = defaultdict(list)
    for payment in sorted(stored.records, key=lambda payment: payment.attempt):
        found[payment.metadata["number"]].append(payment)
    return found


def _violations_of_an_order(attempts: Sequence[Payment], truth: Truth) -> Iterator[str]:
    if [payment.attempt for payment in attempts] != list(range(1, len(attempts) + 1)):
        yield "the attempts of its order are not numbered"
    if any(payment.status not in Payment.kind.denied for payment in attempts[:-1]):
        yield "its order was charged again, although an earlier attempt may have been paid"
    prompts = [prompt for payment in attempts for prompt in truth.prompts.get(payment.key, ())]
    if sum(prompt.paid for prompt in prompts) > 1:
        yield "its order was paid twice"


def lost(truth: Truth, stored: Stored[Payment]) -> set[str]:
    """Return the keys of the payments without an answer and without a callback."""
    return {purchase.payment.key for purchase in _purchases(truth, stored) if purchase.is_lost}


def _purchases(truth: Truth, stored: Stored[Payment]) -> Iterator[Purchase]:
    orders = attempts_by_order(stored)
    for payment in stored.records:
        number: int = payment.metadata["number"]
        is_only = len(orders[number]) == 1
        yield Purchase(
            payment=payment,
            plan=truth.plans[number],
            prompts=truth.prompts.get(payment.key, ()),
            arrived=truth.arrived.get(payment.key, 0),
            results=truth.notified.get(number, ()) if is_only else (),
            interrupted=number in truth.interrupted,
            events=stored.events.get(payment.key, ()),
            callbacks=stored.callbacks.get(payment.key, ()),
            successes=stored.successes[payment.key],
            fulfilled=stored.fulfilled[payment.key],
            notified=stored.notified[payment.key],
        )
