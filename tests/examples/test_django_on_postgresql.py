"""The Django shop on PostgreSQL: its own tests of what reads and writes, once more."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import make_url

from tests.support.unmeasured import unmeasured

TESTS: Final = Path(__file__).parents[2] / "examples" / "django_checkout" / "tests"
READ_AND_WRITE: Final = (
    *("crowds", "callback", "push", "api", "fulfilment"),
    *("accounts", "admin_orders"),
)


@pytest.mark.slow
def test_it_keeps_its_promises_there_too(postgres: str) -> None:
    address = make_url(postgres).set(drivername="postgres").render_as_string(hide_password=False)
    files = [str(TESTS / f"test_{name}.py") for name in READ_AND_WRITE]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    environ = unmeasured() | {"DATABASE_URL": address}
    run = subprocess.run(command, cwd=TESTS.parent, env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4_000:] + run.stderr[-2_000:]
