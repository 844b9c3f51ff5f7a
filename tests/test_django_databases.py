"""daraja.django on other databases than SQLite, and without time zones: its own tests of what reads and writes."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.unmeasured import unmeasured

ROOT: Final = Path(__file__).parents[1]
PARTS: Final = ("payouts", "payout_admin", "receipts", "receipt_admin")
NAMES: Final = ("store", "stock_project", "admin", "commands", "customers", "view", *PARTS)
FILES: Final = [f"tests/django/test_{name}.py" for name in NAMES]

pytestmark = pytest.mark.slow


def run(**environ: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *FILES]
    done = subprocess.run(command, cwd=ROOT, env=unmeasured() | environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]


def test_payments_are_kept_in_postgresql(postgres: str) -> None:
    run(TEST_DATABASE_URL=postgres)


def test_payments_are_kept_in_mariadb(mariadb: str) -> None:
    run(TEST_DATABASE_URL=mariadb)


def test_payments_are_kept_without_time_zones() -> None:
    run(TEST_USE_TZ="0")


def test_payments_are_kept_without_time_zones_in_mariadb(mariadb: str) -> None:
    run(TEST_DATABASE_URL=mariadb, TEST_USE_TZ="0")
