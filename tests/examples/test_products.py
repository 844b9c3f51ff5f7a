"""The short programs, one for each product, as a person runs them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.unmeasured import unmeasured

PROGRAMS = Path(__file__).parents[2] / "examples" / "products"
SAYS = {
    "balance.py": ["answered: Answered", "Utility Account                  KES   1,000,000.00"],
    "pay_rider.py": ["accepted: ", "paid: receipt U", "no, it was paid"],
    "qr.py": ["invoice.png shows a code for KES 1,500."],
    "refund.py": ["The customer paid: success", "The refund: paid", "it is the same: True"],
    "statement.py": ["KES    100.00  order ORD-1", "in 3 rows."],
}


def run(name: str, folder: Path, *arguments: str) -> str:
    environ = {name: value for name, value in unmeasured().items() if not name.startswith("MPESA_")}
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAMS / name), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env=environ,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_there_is_a_short_program_for_each_product() -> None:
    assert {file.name for file in PROGRAMS.glob("*.py")} == set(SAYS)
    assert {file.name for file in PROGRAMS.glob("*.py") if len(file.read_text().splitlines()) > 40} == set()


@pytest.mark.parametrize("name", SAYS)
def test_a_program_prints_what_happens(tmp_path: Path, name: str) -> None:
    out = run(name, tmp_path)
    assert [words for words in SAYS[name] if words not in out] == []


@pytest.mark.slow
def test_a_rider_without_mpesa_is_not_paid(tmp_path: Path) -> None:
    out = run("pay_rider.py", tmp_path, "254700002040")
    assert "failed: receipt None" in out
    assert "a query has to confirm" in out


@pytest.mark.slow
def test_the_picture_is_a_png(tmp_path: Path) -> None:
    run("qr.py", tmp_path, "code.png")
    assert (tmp_path / "code.png").read_bytes().startswith(b"\x89PNG")
