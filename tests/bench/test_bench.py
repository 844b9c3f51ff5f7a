"""The measurements run as a person starts them. A test machine may be busy, so results are not judged here."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.unmeasured import unmeasured

RUN = Path(__file__).parents[2] / "bench" / "run.py"
FIGURES = [
    "import for parsing",
    "import of the client",
    "import and make a client",
    "heavy modules for parsing",
    "callback, bytes to value",
    "memory of callbacks",
    "B2C result, bytes to value",
    "push on a warm token",
    "connections for pushes",
    "tokens fetched at first",
    "tokens fetched again",
    "tokens fetched by tasks",
    "pushes of tasks",
    "pushes of tasks, warm",
    "lines only for async",
    "start on MemoryStore",
    "callbacks, SQLite",
    "callbacks, SQLite, bare",
    "callbacks, PostgreSQL",
    "callbacks, PostgreSQL, bare",
    *(f"{what}, {where}" for where in ("SQLite", "PostgreSQL") for what in ("load", "find", "swap", "due")),
    "queries by reconcile",
    "memory of reconcile",
    "push and query, mounted",
    "query, many prompts open",
]
COUNTED = [
    "heavy modules for parsing",
    "connections for pushes",
    "tokens fetched at first",
    "tokens fetched again",
    "tokens fetched by tasks",
    "queries by reconcile",
]


@pytest.mark.slow
def test_every_figure_has_its_line_and_every_count_is_right_on_any_machine(postgres: str) -> None:
    environ = {**unmeasured(), "DARAJA_TEST_POSTGRES": postgres}
    run = subprocess.run(
        [sys.executable, str(RUN), "--quick"], capture_output=True, text=True, timeout=280, check=False, env=environ
    )
    assert (run.returncode, run.stderr) == (0, "")
    heading, *lines = run.stdout.splitlines()
    figures, (blank, circumstances) = lines[: len(FIGURES)], lines[len(FIGURES) :]
    start = heading.index("of what")

    assert [line.partition("  ")[0] for line in figures] == FIGURES
    assert all(line[start - 1] == " " != line[start] for line in figures)
    assert [line.partition("  ")[0] for line in figures if "==" in line and " yes " in line] == COUNTED
    assert blank == ""
    assert run.stdout.isascii()
    for word in ("processors; ", "; 20", "ython ", "daraja ", "requests ", "urllib3 ", "attrs ", "sqlalchemy "):
        assert word in circumstances


def test_an_unknown_option_is_refused() -> None:
    run = subprocess.run([sys.executable, str(RUN), "--slow"], capture_output=True, text=True, timeout=60, check=False)

    assert run.returncode == 2
    assert "unrecognized arguments: --slow" in run.stderr
