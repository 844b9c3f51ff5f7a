"""Every name in the documentation exists."""

import pkgutil
import re
from html import escape
from pathlib import Path

import pytest

import daraja
from daraja.errors import __all__ as errors
from daraja.http.error_kinds import CODES
from daraja.result_codes.lookup import table_of
from tests.docs.pages import DOCS, PAGES

TESTS = Path(__file__).parents[1]
PACKAGE = Path(daraja.__file__).parent  # in src, or where the wheel was installed
ENTRIES = {page.relative_to(DOCS).parts[0] for page in PAGES}
SPAN = re.compile(r"`([^`\n]+)`")
DOTTED = re.compile(r"(?<![\w./])daraja(?:\.\w+)+(?![\w(/])")  # `daraja.stk_push(...)` is a client's, not the package's
SPEAKS_OF_THE_PAST = "CHANGELOG.md"
TEXTS = sorted({*PAGES, *DOCS.parent.glob("*.md"), *DOCS.parent.glob("examples/**/*.md")})


def defined() -> set[str]:
    files = [*TESTS.rglob("test_*.py"), *PACKAGE.rglob("*_contract/*.py")]
    return {name for file in files for name in re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8"))}


def named_in(text: str) -> list[str]:
    return [name for span in SPAN.findall(text) for name in DOTTED.findall(span)]


def is_in_the_source(name: str) -> bool:
    """Find a name of the Django app, whose models cannot be imported without a project."""
    parts = name.split(".")
    for count in range(len(parts), 1, -1):
        place = PACKAGE.parent / Path(*parts[:count])
        file = next((one for one in (place.with_suffix(".py"), place / "__init__.py") if one.exists()), None)
        if file is not None:
            return set(parts[count : count + 1]) <= set(re.findall(r"\w+", file.read_text(encoding="utf-8")))
    return False


def is_there(name: str) -> bool:
    if any(part.startswith("django") for part in name.split(".")):
        return is_in_the_source(name)
    try:
        pkgutil.resolve_name(name)
    except (AttributeError, ImportError):
        return False
    return True


def test_every_name_of_the_package_can_be_imported() -> None:
    named = [
        (str(text.relative_to(DOCS.parent)), name)
        for text in TEXTS
        if text.name != SPEAKS_OF_THE_PAST
        for name in named_in(text.read_text(encoding="utf-8"))
    ]
    assert len(named) > 10
    assert [(text, name) for text, name in named if not is_there(name)] == []


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("`AsyncPaymentStore` of `daraja.aio.protocols`", ["daraja.aio.protocols"]),
        ("{py:class}`~daraja.NoStore`, {py:class}`a store <daraja.Gone>`", ["daraja.NoStore", "daraja.Gone"]),
        ("`python -m daraja.nothing --list`", ["daraja.nothing"]),
        ("`daraja.stk_push(phone=, amount=)` and `python -m daraja.simulator`, `~daraja.Checkout.start`", []),
    ],
)
def test_a_name_that_cannot_be_imported_is_found(text: str, gone: list[str]) -> None:
    assert [name for name in named_in(text) if not is_there(name)] == gone


def test_every_test_that_proves_something_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (DOCS / "explanation" / "pitfalls.md").read_text(encoding="utf-8")))
    assert len(named) > 10
    assert named - defined() == set()


@pytest.mark.parametrize("kind", ["tutorial", "how-to", "explanation", "reference"])
def test_there_are_four_kinds_of_page(kind: str) -> None:
    assert kind in ENTRIES


@pytest.mark.slow
def test_every_error_is_documented_with_its_next_step(built: Path) -> None:
    page = (built / "reference" / "errors.html").read_text(encoding="utf-8")
    assert [name for name in errors if f'id="daraja.errors.{name}"' not in page] == []


@pytest.mark.slow
def test_every_result_code_of_every_product_is_explained(built: Path) -> None:
    page = (built / "reference" / "result-codes.html").read_text(encoding="utf-8")
    products = ("stk", "b2c", "b2b", "tax", "reversal", "status", "balance", "express", "standing_order")
    shown = {
        (product, code): f'<code>{code}</code> {escape(row.title)} <span class="badge {row.outcome.value}">'
        for product in products
        for code, row in table_of(product).items()
    }
    assert [name for name, line in shown.items() if line not in page] == []
    assert [code for code in CODES if f"<code>{code}</code>" not in page] == []


@pytest.mark.parametrize("page", sorted(DOCS.parent.glob("*.md")), ids=lambda page: page.name)
def test_every_link_of_the_front_pages_works(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith("https://") and not (page.parent / link).exists()] == []
