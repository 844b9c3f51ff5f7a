"""All examples of the documentation run.

On each page the blocks marked ``python`` run in order, as one program, in an empty folder; where they begin with
``>>>``, what is printed is compared. The ``MPESA_*`` variables lead to a local Daraja that decides at once, as with
``--delay 0``, which is called ``local``. A block whose first line is ``# shop.py`` becomes that file; ``test_*.py`` and
``conftest.py`` are run by pytest at the end. What a reader need not see stands in a comment, ``% invisible-code-block:
python``. A page with the line ``% needs: postgres redis_url`` is handed these fixtures by name.
"""

import gc
import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
import sqlalchemy
from sqlalchemy import event

from daraja import security_credential
from daraja.config.checks import VARIABLES
from daraja.simulator import (
    SANDBOX_INITIATOR,
    SANDBOX_PASSKEY,
    SANDBOX_PASSWORD,
    SANDBOX_SHORTCODE,
    Engine,
    LocalDaraja,
    certificate,
)
from tests.docs.pages import DOCS, PAGES, Program

SHOWN = re.compile(r"^```(?:console|shell|sh|bash|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)
NEEDS = re.compile(r"^% needs: ([\w ]+)$", re.MULTILINE)
ROOT = DOCS.parent


def title(page: Path) -> str:
    return str(page.relative_to(DOCS))


@contextmanager
def connections_closed() -> Generator[None]:
    """Close what a page leaves open to databases and Redis, as the end of a reader's program would."""
    engines = set[sqlalchemy.Engine]()  # kept until then, or Python 3.13 warns of a connection of one that is forgotten

    def keep(connection: sqlalchemy.Connection) -> None:
        engines.add(connection.engine)

    event.listen(sqlalchemy.Engine, "engine_connect", keep)
    try:
        yield
    finally:
        event.remove(sqlalchemy.Engine, "engine_connect", keep)
        for engine in engines:
            engine.dispose()
        for thing in gc.get_objects():
            if type(thing) is redis.ConnectionPool:  # isinstance would wake things that are lazy
                thing.disconnect()


@pytest.fixture
def local() -> Generator[LocalDaraja]:
    """Serve a local Daraja to which the environment leads, whatever a page makes of the environment."""
    before = dict(os.environ)
    for name in VARIABLES.values():
        os.environ.pop(name, None)
    with LocalDaraja(engine=Engine(delay=0)) as local:
        os.environ |= {
            "MPESA_CONSUMER_KEY": "any-key",
            "MPESA_CONSUMER_SECRET": "any-secret",
            "MPESA_BUSINESS_SHORTCODE": SANDBOX_SHORTCODE,
            "MPESA_PASSKEY": SANDBOX_PASSKEY,
            "MPESA_CALLBACK_URL": "https://shop.example/payments/callback/",
            "MPESA_RESULTS_URL": "https://shop.example/results/",
            "MPESA_INITIATOR_NAME": SANDBOX_INITIATOR,
            "MPESA_SECURITY_CREDENTIAL": security_credential(SANDBOX_PASSWORD, certificate()),
            "MPESA_PULL_NUMBER": "254722000000",
            "MPESA_REGISTERED_SECRET": "a-secret-that-lasts-for-years",
            "MPESA_BASE_URL": local.base_url,
        }
        yield local
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """Give an empty folder to work in, whose modules are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "\n```python\n" in page.read_text(encoding="utf-8")], ids=title
)
def test_a_page_runs(page: Path, folder: Path, local: LocalDaraja, request: pytest.FixtureRequest) -> None:
    needs = " ".join(NEEDS.findall(page.read_text(encoding="utf-8"))).split()
    names = {"local": local, **{name: request.getfixturevalue(name) for name in needs}}
    program = Program(page, folder, names)
    with connections_closed():
        program.run()
    if program.tests:
        (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:django", "-W", "error"]
        run = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *program.tests], capture_output=True, text=True, check=False
        )
        assert re.fullmatch(r"\d+ passed in .*", run.stdout.strip().splitlines()[-1]), run.stdout


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_a_command_that_is_shown_exists(page: Path) -> None:
    shown = "\n".join(SHOWN.findall(page.read_text(encoding="utf-8")))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z]+)", shown):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make has no {target}"
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for extras in re.findall(r"daraja-kit\[([\w,-]+)\]", shown):
        for extra in extras.split(","):
            assert re.search(rf"^{extra} = \[", project, re.MULTILINE), f"there is no extra {extra}"


def test_only_the_code_of_other_libraries_is_not_run() -> None:
    unrun = [
        title(page)
        for page in PAGES
        if re.search(r"^```+ *(py|py3|python3|pycon)$", page.read_text("utf-8"), re.MULTILINE)
    ]
    by_others = {
        "how-to/django.md",
        "how-to/django-payouts.md",
        "how-to/django-receipts.md",
        "how-to/moving.md",
    }  # test_django_page.py runs three; the other shows other libraries
    assert [page for page in unrun if page not in by_others and not page.startswith("how-to/from-")] == []


def test_there_are_pages_that_run() -> None:
    running = {page.parent.name for page in PAGES if "\n```python\n" in page.read_text(encoding="utf-8")}
    assert {"explanation", "how-to", "reference", "tutorial"} <= running
