"""The page about the command line: every command on it can be typed as it stands there."""

import re
import shlex
from pathlib import Path

import pytest

from daraja.cli.app import app
from tests.docs.pages import DOCS

PAGE = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
TYPED = sorted({*re.findall(r"`(daraja-kit [^`|]+)`", PAGE), *re.findall(r"^\$ (daraja-kit .+)$", PAGE, re.MULTILINE)})
FILES = ["callback.json", "ORG_600222.csv", "customers.csv"]


@pytest.mark.parametrize("line", TYPED)
def test_every_command_on_the_page_is_taken(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("callbacks").mkdir()
    for name in FILES:
        Path(name).touch()
    name, *arguments = shlex.split(line.partition(" > ")[0])[1:]
    placeholders = ["callback.json" if one == "FILE" else one for one in arguments]
    app.commands[name].make_context(name, placeholders).close()


def test_every_command_is_on_the_page() -> None:
    assert {shlex.split(line)[1] for line in TYPED} >= {*app.commands}
