"""A day's sale, with news that is lost, doubled, early, late and forged: at the end every shilling is explained.

At the end of the day the portal's statement is settled. Each row that brought money in belongs to exactly one payment
of the checkout, counts for exactly one expectation, has to go back, or waits for a person. Nothing else counts, and
nothing twice, and no order is fulfilled by a payment and by hand.

SALES=5000 and SALES_SEED=7 make it a longer or another day.
"""

import os
from collections import Counter as Tally
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Final

import attrs
import pytest

from daraja.errors import DarajaError
from daraja.http.messages import HttpRequest
from daraja.inbound.model import Receipt
from daraja.inbound.statement import Statement
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import HistoryEntry
from daraja.payments import Payment
from daraja.simulator.ledger import Account
from daraja.statement import read_statement
from daraja.stores import MemoryReceiptStore
from daraja.testing import c2b_confirmation
from tests.support.receiving import SHORTCODE, Counter, a_counter

SALES: Final = int(os.environ.get("SALES", "60"))
SEED: Final = int(os.environ.get("SALES_SEED", "1"))


class Sick(MemoryReceiptStore):
    """A store that sometimes does not write, and sometimes writes and does not say so."""

    def __init__(self, random: Random, told: Tally[str]) -> None:
        super().__init__()
        self._random = random
        self._told = told
        self.is_well = False

    def swap(self, old: Receipt, new: Receipt, entry: HistoryEntry, /) -> bool:
        fate = 0.5 if self.is_well else self._random.random()
        if fate < 0.03:
            raise OSError("the database is down")
        written = super().swap(old, new, entry)
        if written and entry.became_success:
            self._told[new.number] += 1  # what a database writes in the same transaction
        if fate > 0.97:
            raise OSError("the connection broke")
        return written


@attrs.frozen
class Day:
    """A counter with unreliable news, and what was written with each match."""

    counter: Counter
    random: Random
    late: list[Callable[[], object]]
    store: Sick
    inside: Tally[str]

    def pass_by(self, seconds: float) -> None:
        """Let time pass: late news comes, and jobs run."""
        self.counter.simulator.advance(seconds=seconds)
        self.random.shuffle(self.late)
        while self.late and self.random.random() < 0.5:
            self.late.pop()()
        if self.random.random() < 0.2:
            self.counter.receipts.reconcile()
            self.counter.checkout.reconcile()


def a_day(seed: int) -> Day:
    random, late, inside = Random(seed), list[Callable[[], object]](), Tally[str]()  # noqa: S311 - no secret

    def courier(callback: HttpRequest, take_in: Callable[[HttpRequest], object]) -> None:
        fate = random.random()
        if fate < 0.15:
            return  # lost for good
        if fate < 0.35:
            late.append(lambda: take_in(callback))
        if fate > 0.30:
            take_in(callback)
        if fate > 0.85:
            late.append(lambda: take_in(callback))

    store = Sick(random, inside)
    counter = a_counter(store=store, courier=courier, pull=True)
    return Day(counter, random, late, store, inside)


def by_prompt(day: Day, order: str, phone: str, amount: int) -> None:
    day.counter.checkout.charge(order=order, phone=phone, amount=amount)
    day.pass_by(day.random.choice([1, 5, 20]))
    answer = day.random.choice([day.counter.simulator.pay] * 3 + [day.counter.simulator.cancel])
    with suppress(LookupError):  # the prompt has ended
        answer(phone)
    day.pass_by(5)


def by_hand(day: Day, order: str, phone: str, amount: int) -> None:
    account = day.counter.receipts.expect(order=order, amount=amount).reference
    match day.random.randrange(6):
        case 0:
            account = f"{account[:-1]}x"  # mistyped
        case 1:
            day.counter.pay(account, amount // 2 + 1, phone)
            day.pass_by(30)
            amount -= amount // 2 + 1
        case 2:
            day.counter.pay(account, amount, phone)  # and once more below
        case _:
            pass
    if amount:
        day.counter.pay(account, amount, phone)


def after_a_failed_prompt(day: Day, order: str, phone: str, amount: int) -> None:
    by_prompt(day, order, phone, amount)
    by_hand(day, order, phone, amount)


def forged(day: Day, order: str, amount: int) -> None:
    """Somebody guesses addresses, receipts and amounts."""
    receipts = [one.receipt for one in day.counter.simulator.transactions[-5:]] or ["UAF1AAAAAA"]
    body = c2b_confirmation(
        receipt=day.random.choice([*receipts, "UAF9FORGED"]),
        amount=amount * 10,
        reference=order,
        shortcode=SHORTCODE,
        paid_at=day.counter.clock.now(),
    ).body
    day.counter.receipts.receive(body, token=day.random.choice([None, "1f" + "0" * 96]))


def sell(day: Day, number: int) -> None:
    order, phone, amount = f"ORD-{number}", f"2547123{number:05}", day.random.randint(10, 900)
    if day.random.random() < 0.1:
        forged(day, order, amount)
    way = day.random.choice([by_prompt, by_hand, after_a_failed_prompt])
    with suppress(DarajaError, OSError):  # the shop shows an error, and the customer may have paid all the same
        way(day, order, phone, amount)
    day.pass_by(day.random.choice([1, 30, 120]))


def close(day: Day) -> Statement:
    """End the day: jobs go on until nothing is due, then Pull and the statement tell the rest."""
    for _ in range(40):
        day.counter.simulator.advance(seconds=900)
        day.counter.receipts.reconcile()
        day.counter.checkout.reconcile(limit=10_000)
    day.store.is_well = True
    for _ in range(3):
        day.counter.simulator.advance(seconds=900)
        day.counter.receipts.reconcile()
    statement = read_statement(day.counter.simulator.statement(SHORTCODE, Account.UTILITY).encode())
    day.counter.receipts.settle(statement)
    day.counter.checkout.settle(statement, by="Wanjiku")
    return statement


def owners(counter: Counter) -> Mapping[str, list[str]]:
    """Return by receipt number what its money belongs to."""
    found: dict[str, list[str]] = {}
    for payment in counter.checkout.store.list(Filter(), 100_000):
        assert isinstance(payment, Payment)
        if payment.is_success:
            assert payment.receipt is not None, "a payment that was paid has its receipt"
            found.setdefault(payment.receipt, []).append(f"payment {payment.key}")
    for receipt in counter.store.list(Filter(), 100_000):
        assert isinstance(receipt, Receipt)
        if receipt.counts:
            found.setdefault(receipt.number, []).append(f"order {receipt.order}")
        if receipt.refund_due:
            found.setdefault(receipt.number, []).append("a refund")
        if receipt.is_unmatched:
            found.setdefault(receipt.number, []).append("a person")
    return found


def check(day: Day, statement: Statement) -> None:
    counter = day.counter
    found = owners(counter)
    money = {row.receipt: row.paid_in for row in statement.completed if row.paid_in}
    assert len(money) > SALES / 3
    assert {number: who for number, who in found.items() if len(who) > 1} == {}, "one receipt is one money"
    assert {who.split()[0] for each in found.values() for who in each} == {"payment", "order", "a"}, (
        "all kinds are there"
    )
    assert set(found) == set(money), "every shilling is explained, and nothing else counts"
    counted = [one for one in counter.store.list(Filter(), 100_000) if isinstance(one, Receipt) and one.counts]
    assert {one.number: one.amount for one in counted} == {one.number: money[one.number] for one in counted}
    assert {one.number for one in counted if not one.needs_review} == set(day.inside), "the shop was told of each"
    assert set(day.inside.values()) <= {1}, "and once, in the transaction"
    assert {one.number for one in counter.received} == set(day.inside), "and at least once outside of it"
    assert [one for one in counted if one.needs_review] == [], "nothing that was forged contradicts anything"
    prompted = {one.order for one in counter.paid}
    assert not {one.order for one in counter.received} & prompted, "no order is fulfilled twice"
    in_all = sum(money.values(), Decimal(0))
    assert statement.completed[-1].balance == statement.completed[0].balance - statement.completed[0].moved + in_all  # type: ignore[operator]  # each row shows it


@pytest.mark.parametrize("seed", range(SEED, SEED + 3))
def test_at_the_end_of_a_day_every_shilling_is_explained(seed: int) -> None:
    day = a_day(seed)
    for number in range(SALES):
        sell(day, number)
    statement = close(day)
    check(day, statement)
    again = day.counter.receipts.settle(statement), day.counter.checkout.settle(statement, by="Wanjiku")
    assert [(one.paid, one.unpaid, one.reversed) for one in again] == [((), (), ())] * 2
