"""The shops in one file, as programs that a person starts."""

import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.support.ports import free_port
from tests.support.unmeasured import unmeasured

__all__ = ["CALLED_BACK_AT_ONCE", "opened", "program", "surroundings"]

EXAMPLES = Path(__file__).parents[2] / "examples"
CALLED_BACK_AT_ONCE = "0700 008 003"


def program(name: str) -> str:
    return str(EXAMPLES / f"{name}_checkout" / "app.py")


def surroundings(folder: Path, **variables: object) -> dict[str, str]:
    kept = {name: value for name, value in unmeasured().items() if not name.startswith("MPESA_")}
    ours = {"DATABASE_URL": f"sqlite:///{folder / 'shop.db'}", "DARAJA_PORT": 0, **variables}
    return kept | {name: str(value) for name, value in ours.items()}


@contextmanager
def running(command: list[str], environ: dict[str, str]) -> Generator["subprocess.Popen[str]"]:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, text=True, env=environ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def opened(name: str, folder: Path) -> Generator[tuple["subprocess.Popen[str]", str, str]]:
    """Open a shop for as long as a block lasts; give its process, the simulated phone's address and its own."""
    command = [sys.executable, "-W", "error", program(name)]
    with running(command, surroundings(folder, PORT=free_port())) as process:
        assert process.stdout is not None
        phone, shop = (re.sub(r".*(http://\S+).*\n", r"\1", process.stdout.readline()) for _ in range(2))
        wait_for(shop)
        yield process, phone, shop


def wait_for(url: str) -> None:
    """Return once a server listens; it prints its address a moment before."""
    patient = requests.Session()
    patient.mount("http://", HTTPAdapter(max_retries=Retry(connect=10, backoff_factor=0.05)))
    assert patient.get(url, timeout=30).status_code == 200
    patient.close()
