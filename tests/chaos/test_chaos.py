"""Chaos in a shop of several processes: at the end every payment has its true status."""

import faulthandler
import os
from pathlib import Path

import pytest

from tests.chaos.chaos import run_chaos
from tests.chaos.invariants import attempts_by_order, violations
from tests.chaos.summary import summary

PAYMENTS = 1000
"""Enough payments for every fault to happen."""


@pytest.mark.slow
def test_every_payment_ends_in_its_true_status_despite_losses_repeats_and_kills(postgres: str, tmp_path: Path) -> None:
    faulthandler.cancel_dump_traceback_later()  # a slow machine is not stuck while events come
    payments = int(os.environ.get("CHAOS_PAYMENTS", PAYMENTS))
    seed = int(os.environ.get("CHAOS_SEED", "1"))

    after = run_chaos(postgres, tmp_path, payments=payments, seed=seed)

    wrong = [f"{fault}: {' '.join(keys)}" for fault, keys in violations(after.truth, after.stored).items()]
    print(summary(after), *wrong, sep="\n")  # noqa: T201 - `make soak` and a failure show it
    assert (seed, wrong) == (seed, [])
    if payments >= PAYMENTS:
        assert any(len(attempts) > 1 for attempts in attempts_by_order(after.stored).values())
        assert [trouble for trouble, times in after.faults_played.items() if not times] == []
