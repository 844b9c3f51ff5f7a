"""The measurements as a person runs them; what they measure is not judged here, since a test machine may be busy."""

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / "bench" / "run.py"
FIGURES = [
    "import for parsing",
    "import of the client",
    "import and make a client",
    "heavy modules for parsing",
    "callback, bytes to value",
    "memory of callbacks",
    "push on a warm token",
    "connections for pushes",
    "tokens fetched at first",
    "tokens fetched again",
]


@pytest.fixture(scope="module")
def printed() -> list[str]:
    run = subprocess.run(
        [sys.executable, str(RUN), "--quick"], capture_output=True, text=True, timeout=110, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.splitlines()


def test_every_figure_has_a_line_in_columns(printed: list[str]) -> None:
    heading, *lines = printed[: len(FIGURES) + 1]
    start = heading.index("of what")

    assert [line.partition("  ")[0] for line in lines] == FIGURES
    assert all(line[start - 1] == " " != line[start] for line in lines)
    assert "\n".join(printed).isascii()


def test_what_is_counted_is_right_on_any_machine(printed: list[str]) -> None:
    counted = [line.split("  ")[0] for line in printed if "==" in line and " yes " in line]

    assert counted == ["heavy modules for parsing", *FIGURES[-3:]]


def test_it_says_where_when_and_on_what_it_measured(printed: list[str]) -> None:
    assert printed[-2] == ""
    assert all(
        word in printed[-1] for word in ("processors; ", "; 20", "ython ", "daraja ", "requests ", "urllib3 ", "attrs ")
    )


def test_an_unknown_option_is_refused() -> None:
    run = subprocess.run([sys.executable, str(RUN), "--slow"], capture_output=True, text=True, timeout=60, check=False)

    assert run.returncode == 2
    assert "unrecognized arguments: --slow" in run.stderr
