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

__all__ = ["Truth", "lost", "violations"]


@attrs.frozen(kw_only=True)
class Truth:
    """The real events, known without the store.

    Args:
        plans: The plan of each attempt.
        pushes: The number of pushes that the local Daraja accepted.
        prompts: The prompts with a result, by attempt.
        arrived: The number of callbacks that were answered with 200, by the payment's key.
        notified: The results and errors of ``start``, by attempt.
        interrupted: The attempts during which a worker was killed.
        reports: The last reports of ``reconcile``.
    """

    plans: Sequence[Plan]
    pushes: int
    prompts: Mapping[int, Sequence[Prompt]]
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
    numbers = sorted(payment.metadata["number"] for payment in stored.records)
    if numbers != list(range(len(truth.plans))):
        found["there is not one payment for each attempt"].append("")
    unconfirmed = lost(truth, stored)
    for report in truth.reports:
        listed = set(report["unconfirmed"])
        found["it is unconfirmed, and not reported"] += unconfirmed - listed
        found["it is reported, and not unconfirmed"] += listed - unconfirmed
        found["it is reported for a conflict"] += report["conflicts"]
        if report["unmatched"] or report["failed"]:
            found["reconcile failed at something, or could not match it"].append("")
    return {fault: keys for fault, keys in found.items() if keys}


def lost(truth: Truth, stored: Stored[Payment]) -> set[str]:
    """Return the keys of the payments without an answer and without a callback."""
    return {purchase.payment.key for purchase in _purchases(truth, stored) if purchase.is_lost}


def _purchases(truth: Truth, stored: Stored[Payment]) -> Iterator[Purchase]:
    for payment in stored.records:
        number: int = payment.metadata["number"]
        yield Purchase(
            payment=payment,
            plan=truth.plans[number],
            prompts=truth.prompts.get(number, ()),
            arrived=truth.arrived.get(payment.key, 0),
            start_results=truth.notified.get(number, ()),
            interrupted=number in truth.interrupted,
            events=stored.events.get(payment.key, ()),
            callbacks=stored.callbacks.get(payment.key, ()),
            successes=stored.successes[payment.key],
            fulfilled=stored.fulfilled[payment.key],
            notified=stored.notified[payment.key],
        )
