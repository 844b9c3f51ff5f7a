"""The worst of days for a shop of several processes: afterwards every payment is what it really is."""

import faulthandler
import os
from pathlib import Path

import pytest

from tests.chaos.chaos import unleash
from tests.chaos.tally import tally
from tests.chaos.verdict import faults

PAYMENTS = 1000
"""Enough of them that every trouble surely comes about."""


@pytest.mark.slow
def test_every_payment_ends_in_its_true_status_despite_losses_repeats_and_kills(postgres: str, tmp_path: Path) -> None:
    faulthandler.cancel_dump_traceback_later()  # as long as anything happens it is not stuck, however slow the machine
    payments = int(os.environ.get("CHAOS_PAYMENTS", PAYMENTS))
    seed = int(os.environ.get("CHAOS_SEED", "1"))

    after = unleash(postgres, tmp_path, payments=payments, seed=seed)

    wrong = [f"{fault}: {' '.join(keys)}" for fault, keys in faults(after.truth, after.books).items()]
    print(tally(after), *wrong, sep="\n")  # noqa: T201 - `make soak` shows it, and so does a failure
    assert (seed, wrong) == (seed, [])
    if payments >= PAYMENTS:
        assert [trouble for trouble, times in after.troubles.items() if not times] == []
