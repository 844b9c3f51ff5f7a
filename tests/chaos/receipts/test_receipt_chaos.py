"""Chaos in a shop that is paid by prompt and by hand: at the end every shilling is explained once."""

import faulthandler
import os
from collections import Counter
from pathlib import Path

import pytest

from daraja import Payment
from tests.chaos.outcome import Outcome
from tests.chaos.receipts.chaos import run_chaos
from tests.chaos.receipts.invariants import Truth, fulfilled_twice, violations
from tests.chaos.summary import lines

SALES = 300
"""Enough sales for every fault of ours to happen."""
OURS = ("confirmation", "validation", "killed")
"""The chaos of payments plays the faults of pushes and queries."""


@pytest.mark.slow
def test_every_shilling_is_explained_once_despite_losses_repeats_and_kills(postgres: str, tmp_path: Path) -> None:
    faulthandler.cancel_dump_traceback_later()  # a slow machine is not stuck while events come
    sales = int(os.environ.get("CHAOS_RECEIPTS", SALES))
    seed = int(os.environ.get("CHAOS_SEED", "1"))

    after = run_chaos(postgres, tmp_path, sales=sales, seed=seed)

    wrong = [f"{fault}: {' '.join(about)}" for fault, about in violations(after.truth, after.stored).items()]
    print(summary(after), *wrong, sep="\n")  # noqa: T201 - `make soak` and a failure show it
    assert (seed, wrong) == (seed, [])
    if sales >= SALES:
        unused = [trouble for trouble, times in after.faults_played.items() if not times]
        assert [trouble for trouble in unused if trouble.startswith(OURS)] == []


def summary(after: Outcome[Truth, Payment]) -> str:
    """Count receipts by status, orders by what became of them, and faults."""
    truth = after.truth
    receipts = truth.receipts.records
    kinds = Counter(
        "a payment's own money"
        if receipt.payment
        else "counts for an order"
        if receipt.counts
        else receipt.status.value
        for receipt in receipts
    )
    total = sum(money.amount for money in truth.money.values())
    heading = (
        f"seed {after.seed}: {len(truth.orders):,} orders and {len(truth.money):,} moneys in {after.seconds:.0f} s"
    )
    tables = {
        f"Receipts; KES {total:,} came in": kinds,
        "Payments": Counter(payment.status.value for payment in after.stored.records),
        "Payments and receipts, by what changed them": Counter(
            event for stored in (after.stored, truth.receipts) for events in stored.events.values() for event in events
        ),
        "Orders": {
            "shipped": sum(truth.shipped.values()),
            "with money that is due back": sum(bool(one.refunds_due or one.excess_receipts) for one in truth.orders),
            "told of by prompt and by hand at the same moment": fulfilled_twice(truth, after.stored.records),
            "receipts that a person decided about": truth.decided,
        },
        "Faults, and how often they happened": after.faults_played,
        "Errors in workers without a kill": after.errors,
    }
    return "\n".join([heading, *(line for title, table in tables.items() for line in lines(title, table))])
