"""The examples of the front pages run, and the names in them exist."""

import re
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import daraja
from daraja import Config
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Engine, LocalDaraja
from daraja.testing import stk_callback

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
LARGEST_PICTURE = 60_000
SHOWN = ("http", "lifecycle", "payments")
"""The packages whose modules CONTRIBUTING names one by one."""

Names = Mapping[str, Any]  # Any: whatever a page defines


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def examples_in(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text_of(page), re.DOTALL | re.MULTILINE)


def run(*examples: str, **given: object) -> Names:
    names: dict[str, Any] = {"__name__": "a page", **given}
    for example in examples:
        exec(compile(example, "a page", "exec"), names)  # noqa: S102 - our own pages
    return names


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Config:
    """Return the settings of a local Daraja that decides at once, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "MPESA_CONSUMER_KEY": "any-key",
        "MPESA_CONSUMER_SECRET": "any-secret",
        "MPESA_BUSINESS_SHORTCODE": SANDBOX_SHORTCODE,
        "MPESA_PASSKEY": SANDBOX_PASSKEY,
        "MPESA_CALLBACK_URL": "https://shop.example/payments/callback/",
        "MPESA_ENVIRONMENT": "simulator",
    }.items():
        monkeypatch.setenv(name, value)
    return Config.from_env()


@pytest.fixture
def local(settings: Config, monkeypatch: pytest.MonkeyPatch) -> Generator[LocalDaraja]:
    assert settings.environment.is_local
    with LocalDaraja(engine=Engine(delay=0)) as local:
        monkeypatch.setenv("MPESA_BASE_URL", local.base_url)
        yield local


def test_the_first_example_of_the_readme_takes_an_order_from_the_push_to_paid(
    local: LocalDaraja, capsys: pytest.CaptureFixture[str]
) -> None:
    (example, *_), ip = examples_in("README.md"), "196.201.214.200"
    before = run(example)
    assert "Enter your M-Pesa PIN" in capsys.readouterr().out
    assert before["callback"](b"{}", "0" * 98, ip).status_code == 404, "nobody signed that address"
    said = stk_callback(before["payment"], config=Config.from_env())
    assert before["callback"](said.body, said.token, ip).status_code == 200

    after = run(example)

    assert after["payment"].key == before["payment"].key
    assert len(local.pushes) == 1, "a double click asks nobody"
    assert not after["report"].conflicts
    assert after["checkout"].order("ORD-2025-001").paid
    for names in (before, after):
        names["checkout"].store.close()


@pytest.mark.usefixtures("local")
def test_the_first_example_of_the_readme_shows_what_is_wrong_with_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    example = examples_in("README.md")[0].replace("0712 345 678", "0712 345 67").partition("\ndef callback")[0]
    names = run(example)
    assert "is not a Kenyan mobile number" in capsys.readouterr().out
    names["checkout"].store.close()


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len(text_of("README.md").split()) <= 700


def test_the_new_operation_of_the_contributing_page_runs() -> None:
    names = run(*examples_in("CONTRIBUTING.md"))
    assert len(names["transport"].requests) == 2


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text_of(page)) if not urlsplit(link).scheme]
    assert [link for link in links if not (ROOT / link.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_named_command_of_make_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^    )make ([a-z]+)", text_of(page), re.MULTILINE)) <= targets


def test_the_contributing_page_names_every_module() -> None:
    house = text_of("CONTRIBUTING.md").partition("    src/daraja/\n")[2].partition("\n\n")[0]
    package = Path(daraja.__file__).parent
    rooms = [*package.iterdir(), *(room for name in SHOWN for room in (package / name).iterdir())]
    names = {f"{room.name}/" if room.is_dir() else room.name for room in rooms if not room.name.startswith("__")}
    assert set(re.findall(r"[a-z_0-9]+(?:\.py|/)", house)) == names - {"py.typed"}


def test_the_pictures_are_small() -> None:
    pictures = re.findall(r"\]\((docs/images/[^)]+)\)", text_of("README.md"))
    assert {"docs/images/phone.webp", "docs/images/paid.webp"} < set(pictures)
    assert all((ROOT / picture).stat().st_size <= LARGEST_PICTURE for picture in pictures)


def test_the_compared_version_is_this_one() -> None:
    assert f"| daraja-kit {daraja.__version__} |" in text_of("README.md")
