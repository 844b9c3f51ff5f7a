"""The invariants: what is stored is compared with the accounts of the local Daraja, to the shilling."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import attrs

from daraja.disbursements.kind import PayoutStatus
from daraja.disbursements.model import Payout
from daraja.simulator import Transaction
from tests.chaos.database import Callback, Stored
from tests.chaos.payouts.attempts import caps
from tests.chaos.payouts.plan import Plan, Results
from tests.chaos.recovery import Facts

__all__ = ["Story", "Truth", "stories", "violations"]

_NEVER_SENT = {"NotSent", "RateLimited", "AuthenticationError", "ApiError"}
"""The errors of ``pay`` after which nothing was paid."""


@attrs.frozen(kw_only=True)
class Truth:
    """The real events, known without the store.

    Args:
        plans: The plan of each attempt.
        transactions: Everything that the local Daraja accepted, by OriginatorConversationID.
        spent: What left the Utility account, in KES.
        arrived: The number of callbacks that were answered with 200, by the payout's key.
        told: The statuses and errors that attempts ended with, by attempt.
        counters: The sums of the counters in the database.
        reports: The last reports of ``reconcile``.
    """

    plans: Sequence[Plan]
    transactions: Mapping[str, Sequence[Transaction]]
    spent: int
    arrived: Mapping[str, int]
    told: Mapping[int, Collection[str]]
    counters: Mapping[str, int]
    reports: Sequence[Facts]


@attrs.frozen(kw_only=True)
class Story:
    """A payout with everything that is known about it."""

    payout: Payout
    plan: Plan
    transactions: Sequence[Transaction]
    arrived: int
    told: frozenset[str]
    events: Sequence[str]
    callbacks: Sequence[Callback]
    successes: int
    fulfilled: int
    notified: int

    @property
    def moved(self) -> bool:
        """Whether the money moved."""
        return any(transaction.completed for transaction in self.transactions)

    @property
    def status(self) -> PayoutStatus:
        """The status that it has to have."""
        if not self.transactions:
            return PayoutStatus.FAILED if "answer refused" in self.events else PayoutStatus.UNCONFIRMED
        return PayoutStatus.PAID if self.moved else PayoutStatus.FAILED

    @property
    def heard_another_amount(self) -> bool:
        """Whether a result with another amount was stored."""
        heard = any(b"TransactionAmount" in callback.body for callback in self.callbacks)
        return self.plan.results is Results.ANOTHER_AMOUNT and self.moved and heard

    def violations(self) -> Iterator[str]:
        """Yield the violated invariants."""
        payout = self.payout
        if len(self.transactions) > 1:
            yield "it was accepted more than once"
        if payout.status is not self.status:
            yield f"it is {payout.status}, and should be {self.status}"
        if self.moved and (payout.surely_unpaid or not payout.charges):
            yield "its money moved, and it is called unpaid"
        if payout.status is PayoutStatus.FAILED and payout.charges:
            yield "it failed, and its part of the caps was not given back"
        if payout.next_check_at is not None:
            yield "it is still open"
        if bool(payout.conflicts) != self.heard_another_amount:
            yield f"its conflicts are {sorted(payout.conflicts)}"
        yield from self._violations_of_the_shop()
        yield from self._violations_of_lost_messages()

    def _violations_of_the_shop(self) -> Iterator[str]:
        paid = int(self.status is PayoutStatus.PAID)
        if self.heard_another_amount and not self.successes:
            paid = 0  # a person decides
        if self.successes != paid or self.fulfilled != paid:
            yield f"it became paid {self.successes} times, and was booked {self.fulfilled} times"
        if bool(self.notified) != bool(paid):
            yield "that it was paid was not told, or was told without being so"
        if self.told & _NEVER_SENT and self.transactions:
            yield "pay said that nothing was paid, and it was accepted"

    def _violations_of_lost_messages(self) -> Iterator[str]:
        if len(self.callbacks) < self.arrived:
            yield "a callback was answered and is not stored"
        if any(callback.note is None for callback in self.callbacks):
            yield "a callback is stored and was never processed"


def violations(truth: Truth, stored: Stored[Payout]) -> Mapping[str, Sequence[str]]:
    """Return every violated invariant with the keys of its payouts."""
    found: dict[str, list[str]] = defaultdict(list)
    for story in stories(truth, stored):
        for fault in story.violations():
            found[fault].append(story.payout.key)
    for fault in [*_of_the_books(truth, stored.records), *_of_the_attempts(truth, stored.records)]:
        found[fault].append("")
    doubtful = {payout.key for payout in stored.records if payout.status is PayoutStatus.UNCONFIRMED}
    for report in truth.reports:
        found["the report names other payouts as unconfirmed"] += doubtful ^ set(report["unconfirmed"])
        if report["unmatched"] or report["failed"]:
            found["reconcile failed at something, or could not match it"].append("")
    return {fault: keys for fault, keys in found.items() if keys}


def stories(truth: Truth, stored: Stored[Payout]) -> Iterator[Story]:
    """Join what is stored with the truth."""
    for payout in stored.records:
        number: int = payout.metadata["number"]
        yield Story(
            payout=payout,
            plan=truth.plans[number],
            transactions=truth.transactions.get(payout.key, ()),
            arrived=truth.arrived.get(payout.key, 0),
            told=frozenset(truth.told.get(number, ())),
            events=stored.events.get(payout.key, ()),
            callbacks=stored.callbacks.get(payout.key, ()),
            successes=stored.successes[payout.key],
            fulfilled=stored.fulfilled[payout.key],
            notified=stored.notified[payout.key],
        )


def _of_the_books(truth: Truth, payouts: Sequence[Payout]) -> Iterator[str]:
    paid = sum(payout.amount for payout in payouts if payout.status is PayoutStatus.PAID)
    if paid != truth.spent:
        yield f"KES {truth.spent} left the account, and KES {paid} are stored as paid"
    if strangers := truth.transactions.keys() - {payout.key for payout in payouts}:
        yield f"{len(strangers)} payouts were accepted and are not stored"
    charged = Counter[str]()
    for payout in payouts:
        charged.update({charge.counter: charge.amount for charge in payout.charges})
    if +charged != +Counter(truth.counters):
        yield "the counters of the caps are not the sums of the payouts"
    days = [amount for counter, amount in truth.counters.items() if " to " not in counter and "day " in counter]
    if max(days, default=0) > caps(len(truth.plans)).per_day:
        yield f"the cap of a day was exceeded: {days}"


def _of_the_attempts(truth: Truth, payouts: Sequence[Payout]) -> Iterator[str]:
    numbers = Counter(payout.metadata["number"] for payout in payouts)
    if any(times > 1 for times in numbers.values()):
        yield "an attempt has two payouts"
    refused = {number for number, told in truth.told.items() if set(told) == {"CapReached"}}
    if missing := set(range(len(truth.plans))) - numbers.keys() - refused:
        yield f"{len(missing)} attempts have no payout, and no cap refused them"
    if both := numbers.keys() & refused:
        yield f"{len(both)} attempts were refused by a cap and are stored"
