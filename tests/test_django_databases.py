"""daraja.django on other databases than SQLite, and without time zones: its own tests of what reads and writes."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.unmeasured import unmeasured

FOLDER: Final = Path(__file__).parent / "django"
PARTS: Final = {
    "store of payments": ["test_store.py", "-k", "not Payout and not Receipt"],
    "store of payouts": ["test_store.py", "-k", "Payout"],
    "store of receipts": ["test_store.py", "-k", "Receipt"],
    "payments": ["test_stock_project.py", "test_admin.py", "test_commands.py", "test_customers.py", "test_view.py"],
    "payouts": ["test_payouts.py", "test_payout_admin.py"],
    "receipts": ["test_receipts.py", "test_receipt_admin.py"],
}
"""Arguments of pytest in tests/django: each run takes seconds, although MariaDB is slow to empty tables."""

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("part", PARTS)]


def run(part: str, **environ: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PARTS[part]]
    done = subprocess.run(command, cwd=FOLDER, env=unmeasured() | environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]


def test_all_is_kept_in_postgresql(part: str, postgres: str) -> None:
    run(part, TEST_DATABASE_URL=postgres)


def test_all_is_kept_in_mariadb(part: str, mariadb: str) -> None:
    run(part, TEST_DATABASE_URL=mariadb)


def test_all_is_kept_without_time_zones(part: str) -> None:
    run(part, TEST_USE_TZ="0")


def test_all_is_kept_without_time_zones_in_mariadb(part: str, mariadb: str) -> None:
    run(part, TEST_DATABASE_URL=mariadb, TEST_USE_TZ="0")
