"""daraja.django on other databases than SQLite, and without time zones: its own tests of what reads and writes."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.unmeasured import unmeasured

ROOT: Final = Path(__file__).parents[1]
PARTS: Final = {
    "payments": ("store", "stock_project", "admin", "commands", "customers", "view"),
    "payouts": ("payouts", "payout_admin"),
    "receipts": ("receipts", "receipt_admin"),
}

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("part", PARTS)]


def run(part: str, **environ: str) -> None:
    files = [f"tests/django/test_{name}.py" for name in PARTS[part]]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=ROOT, env=unmeasured() | environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]


def test_all_is_kept_in_postgresql(part: str, postgres: str) -> None:
    run(part, TEST_DATABASE_URL=postgres)


def test_all_is_kept_in_mariadb(part: str, mariadb: str) -> None:
    run(part, TEST_DATABASE_URL=mariadb)


def test_all_is_kept_without_time_zones(part: str) -> None:
    run(part, TEST_USE_TZ="0")


def test_all_is_kept_without_time_zones_in_mariadb(part: str, mariadb: str) -> None:
    run(part, TEST_DATABASE_URL=mariadb, TEST_USE_TZ="0")
