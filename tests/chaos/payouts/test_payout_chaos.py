"""Chaos in a business that pays out: at the end its books and those of M-Pesa agree to the shilling."""

import faulthandler
import os
from collections import Counter
from pathlib import Path

import pytest

from daraja import Payout
from tests.chaos.outcome import Outcome
from tests.chaos.payouts.chaos import run_chaos
from tests.chaos.payouts.invariants import Truth, violations
from tests.chaos.payouts.scenarios import PROBE_ACCEPTED, PROBE_DUPLICATE
from tests.chaos.summary import lines

PAYOUTS = 300
"""Enough payouts for every fault to happen."""


@pytest.mark.slow
@pytest.mark.parametrize("probe", [False, True], ids=["without the probe", "with the probe"])
def test_the_books_agree_to_the_shilling_despite_losses_repeats_and_kills(
    postgres: str, tmp_path: Path, *, probe: bool
) -> None:
    faulthandler.cancel_dump_traceback_later()  # a slow machine is not stuck while events come
    payouts = int(os.environ.get("CHAOS_PAYOUTS", PAYOUTS))
    seed = int(os.environ.get("CHAOS_SEED", "1"))

    after = run_chaos(postgres, tmp_path, payouts=payouts, probe=probe, seed=seed)

    wrong = [f"{fault}: {' '.join(keys)}" for fault, keys in violations(after.truth, after.stored).items()]
    print(summary(after), *wrong, sep="\n")  # noqa: T201 - `make soak` and a failure show it
    assert (seed, wrong) == (seed, [])
    probes = {name: after.faults_played[name] for name in (PROBE_ACCEPTED, PROBE_DUPLICATE)}
    if not probe:
        assert set(probes.values()) == {0}, "nothing is sent twice"
    if payouts >= PAYOUTS:
        unused = {trouble for trouble, times in after.faults_played.items() if not times}
        # A status query is mostly faster than the probe, so that few runs have a duplicate.
        assert unused - {PROBE_DUPLICATE} == (set() if probe else {PROBE_ACCEPTED})


def summary(after: Outcome[Truth, Payout]) -> str:
    """Count payouts by status, results of ``pay``, and faults."""
    told = Counter(word for words in after.truth.told.values() for word in words)
    heading = f"seed {after.seed}: {len(after.stored.records):,} payouts in {after.seconds:.0f} s"
    tables = {
        f"Status of the payouts; KES {after.truth.spent:,} left the account": Counter(
            payout.status.value for payout in after.stored.records
        ),
        "Results of pay": told,
        "Faults, and how often they happened": after.faults_played,
        "Errors in workers without a kill": after.errors,
    }
    return "\n".join([heading, *(line for title, table in tables.items() for line in lines(title, table))])
