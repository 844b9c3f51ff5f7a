"""The books against the truth: everything that is wrong, and with which payments."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import attrs

from daraja.simulator import Prompt
from tests.chaos.books import Books
from tests.chaos.case import Case
from tests.chaos.night import Facts
from tests.chaos.plan import Recipe

__all__ = ["Truth", "faults", "lost"]


@attrs.frozen(kw_only=True)
class Truth:
    """What really happened, known without the store.

    Args:
        recipes: What was to become of each attempt.
        pushes: How many pushes the local Daraja accepted.
        prompts: Those that came to their results, by attempt.
        arrived: How many callbacks were answered with 200, by the payment's key.
        told: What ``start`` gave or raised, by attempt.
        interrupted: The attempts at which a worker was killed.
        reports: What the last runs of ``reconcile`` reported.
    """

    recipes: Sequence[Recipe]
    pushes: int
    prompts: Mapping[int, Sequence[Prompt]]
    arrived: Mapping[str, int]
    told: Mapping[int, Collection[str]]
    interrupted: Collection[int]
    reports: Sequence[Facts]


def faults(truth: Truth, books: Books) -> Mapping[str, Sequence[str]]:
    """Give everything that is wrong, each with the keys of the payments concerned."""
    found: dict[str, list[str]] = defaultdict(list)
    if truth.pushes != sum(len(prompts) for prompts in truth.prompts.values()):
        found["a push came to no result"].append("")
    for case in _cases(truth, books):
        for fault in case.faults():
            found[fault].append(case.payment.key)
    numbers = sorted(payment.metadata["number"] for payment in books.payments)
    if numbers != list(range(len(truth.recipes))):
        found["there is not one payment for each attempt"].append("")
    unconfirmed = lost(truth, books)
    for report in truth.reports:
        listed = set(report["unconfirmed"])
        found["it is unconfirmed, and not reported"] += unconfirmed - listed
        found["it is reported, and not unconfirmed"] += listed - unconfirmed
        found["it is reported for a conflict"] += report["conflicts"]
        if report["unmatched"] or report["failed"]:
            found["reconcile failed at something, or could not match it"].append("")
    return {fault: keys for fault, keys in found.items() if keys}


def lost(truth: Truth, books: Books) -> set[str]:
    """Give the keys of the payments of which neither answer nor callback arrived."""
    return {case.payment.key for case in _cases(truth, books) if case.is_lost}


def _cases(truth: Truth, books: Books) -> Iterator[Case]:
    for payment in books.payments:
        number: int = payment.metadata["number"]
        yield Case(
            payment=payment,
            recipe=truth.recipes[number],
            prompts=truth.prompts.get(number, ()),
            arrived=truth.arrived.get(payment.key, 0),
            start_said=truth.told.get(number, ()),
            interrupted=number in truth.interrupted,
            events=books.events.get(payment.key, ()),
            callbacks=books.callbacks.get(payment.key, ()),
            successes=books.successes[payment.key],
            fulfilled=books.fulfilled[payment.key],
            told=books.told[payment.key],
        )
