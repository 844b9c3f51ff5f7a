"""The command line, run against a local Daraja on a real socket."""

import json
import sys
from collections.abc import Callable, Generator, Sequence
from typing import Any

import attrs
import pytest

from daraja.cli import main
from daraja.config.checks import VARIABLES
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Answer, Engine, LocalDaraja


@attrs.frozen
class Ended:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The objects that it printed with ``--json``."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, in a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "path", sys.path.copy())  # a command puts the folder of the shop into it

    def running(*arguments: str) -> Ended:
        capsys.readouterr()
        status = main(arguments)
        out, err = capsys.readouterr()
        if not {"simulate", "--json"} & set(arguments):
            assert all(len(line) <= 80 or " " not in line for line in out.splitlines())
        return Ended(status, out, err)

    return running


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Generator[LocalDaraja]:
    """A local Daraja whose phones pay at once, and the settings for it."""
    with LocalDaraja(engine=Engine(answer=Answer.PAY, delay=0, busy_seconds=0)) as daraja:
        for name in VARIABLES.values():
            monkeypatch.delenv(name, raising=False)
        for name, value in settings_for(daraja).items():
            monkeypatch.setenv(name, value)
        yield daraja


def settings_for(local: LocalDaraja) -> dict[str, str]:
    """Return the variables of a shop in front of a local Daraja."""
    return {
        "MPESA_BASE_URL": local.base_url,
        "MPESA_CONSUMER_KEY": "any-key",
        "MPESA_CONSUMER_SECRET": "any-secret",
        "MPESA_BUSINESS_SHORTCODE": SANDBOX_SHORTCODE,
        "MPESA_PASSKEY": SANDBOX_PASSKEY,
        "MPESA_CALLBACK_URL": "http://127.0.0.1:9/payments/callback/",
    }


def column(rows: Sequence[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in rows]
