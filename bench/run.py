"""Measure this library against the libraries underneath: ratios of medians, taken in turns in the same run.

    python bench/run.py            some minutes
    python bench/run.py --quick    half a minute, and rougher

The exit status is 0 for any times, 1 if a count is wrong, 2 if something could not be
measured.
"""

import argparse
import logging
import os
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from subprocess import SubprocessError
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # where `bench` is

from bench import callbacks, imports, pushes, receives, reconciles, results, simulators, sizes, starts, tasks, tokens
from bench.figures import Figure, exit_status
from daraja import __version__
from daraja.errors import DarajaError

_PROXIES: Final = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_UNDERNEATH: Final = ("requests", "urllib3", "httpx2", "attrs", "sqlalchemy", "psycopg")


def main() -> int:
    """Print the table; see above for the exit status."""
    parser = argparse.ArgumentParser(description="Measure daraja against what it stands on.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: half a minute, and rougher")
    quick = parser.parse_args().quick
    logging.getLogger("daraja").setLevel(logging.ERROR)  # tokens are revoked here on purpose, for example
    for name in _PROXIES:  # the servers are on this machine, and bare requests would use a proxy
        os.environ.pop(name, None)

    figures: list[Figure] = []
    all_measured = True
    groups: dict[str, Callable[[], list[Figure]]] = {
        "imports": partial(imports.measure, quick=quick),
        "callbacks": partial(callbacks.measure, quick=quick),
        "results": partial(results.measure, quick=quick),
        "pushes": partial(pushes.measure, quick=quick),
        "tokens": tokens.measure,
        "tasks": partial(tasks.measure, quick=quick),
        "starts": partial(starts.measure, quick=quick),
        "receives": partial(receives.measure, quick=quick),
        "sizes": partial(sizes.measure, quick=quick),
        "reconciles": partial(reconciles.measure, quick=quick),
        "simulators": partial(simulators.measure, quick=quick),
    }
    for group, measure in groups.items():
        try:
            figures += measure()
        except (DarajaError, OSError, SubprocessError, ValueError) as error:
            all_measured = False
            print(f"The {group} could not be measured: {error}", file=sys.stderr)
    print_table(figures)
    print(f"\n{circumstances()}")
    return exit_status(figures, all_measured=all_measured)


def print_table(figures: Sequence[Figure]) -> None:
    """Print a line for each figure, in columns."""
    lines = [("figure", "measured", "target", "met", "of what")]
    lines += [(each.name, each.measured, each.target, _met(each), each.details) for each in figures]
    name, measured, target, met, _ = (max(map(len, column)) for column in zip(*lines, strict=True))
    for line in lines:
        print(f"{line[0]:{name}}  {line[1]:>{measured}}  {line[2]:{target}}  {line[3]:{met}}  {line[4]}")


def circumstances() -> str:
    """Return the machine, the date and the versions of this measurement in one line."""
    machine = f"{platform.platform()}, {os.cpu_count()} processors"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    underneath = ", ".join(f"{name} {version(name)}" for name in _UNDERNEATH)
    return f"{machine}; {datetime.now(UTC):%Y-%m-%d}; {python}; daraja {__version__}, {underneath}"


def _met(figure: Figure) -> str:
    if not figure.target:
        return ""
    return "yes" if figure.met else "NO"


if __name__ == "__main__":
    sys.exit(main())
