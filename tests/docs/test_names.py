"""What the documentation calls by name is there."""

import re
from pathlib import Path

import pytest

from daraja.errors import __all__ as errors
from daraja.outcomes.stk import STK
from tests.docs.pages import DOCS, PAGES

TESTS = Path(__file__).parents[1]
ENTRIES = {page.relative_to(DOCS).parts[0] for page in PAGES}


def defined() -> set[str]:
    files = [*TESTS.rglob("test_*.py"), *(DOCS.parent / "src").rglob("*_contract/*.py")]
    return {name for file in files for name in re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8"))}


def test_every_test_that_proves_something_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (DOCS / "explanation" / "pitfalls.md").read_text(encoding="utf-8")))
    assert len(named) > 10
    assert named - defined() == set()


@pytest.mark.parametrize("kind", ["tutorial", "how-to", "explanation", "reference"])
def test_there_are_four_kinds_of_page(kind: str) -> None:
    assert kind in ENTRIES


def test_every_error_is_told_with_what_to_do_next(built: Path) -> None:
    page = (built / "reference" / "errors.html").read_text(encoding="utf-8")
    assert [name for name in errors if f'id="daraja.errors.{name}"' not in page] == []


def test_every_result_code_is_explained(built: Path) -> None:
    page = (built / "reference" / "result-codes.html").read_text(encoding="utf-8")
    assert [code for code, row in STK.items() if f">{code}: {row.title}" not in page] == []


@pytest.mark.parametrize("page", sorted(DOCS.parent.glob("*.md")), ids=lambda page: page.name)
def test_what_the_front_pages_link_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith("https://") and not (page.parent / link).exists()] == []
