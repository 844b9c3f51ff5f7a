"""The built pages: every link works, every picture exists, and the pages are readable on a phone."""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from daraja import __version__
from daraja.disbursements.kind import PAYOUT
from daraja.lifecycle.kind import Kind
from daraja.payments.model import STK
from docs._ext.links import broken_links
from tests.docs.pages import DOCS, PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.slow

PHONE: "ViewportSize" = {"width": 390, "height": 844}
TEXTS = "(found) => found.map((one) => one.textContent)"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
BROKEN = "[...document.images].filter((one) => !one.complete || one.naturalWidth === 0).map((one) => one.src)"
OUTSIDE = """
    [...document.querySelectorAll(".drawing text")].filter((text) => {
        const inner = text.getBoundingClientRect(), outer = text.closest("svg").getBoundingClientRect();
        return inner.left < outer.left || inner.right > outer.right || inner.bottom > outer.bottom;
    }).map((text) => text.textContent)
"""


def address(site: str, page: Path) -> str:
    return f"{site}/{page.relative_to(DOCS).with_suffix('.html')}"


def test_every_link_leads_somewhere(built: Path) -> None:
    assert broken_links(built) == []


@pytest.mark.parametrize(
    ("page", "faults"),
    [
        ('<a href="gone.html">gone</a>', ["page.html: gone.html is not there"]),
        ('<a href="#gone">gone</a>', ["page.html: #gone has no such place"]),
        ('<img src="gone.png">', ["page.html: gone.png is not there"]),
        ('<a href="http://shop.example/">plain</a>', ["page.html: http://shop.example/ is not https"]),
        ('<h1 id="here">here</h1><a href="page.html#here">here</a><a href="https://shop.example/">there</a>', []),
    ],
)
def test_a_link_that_leads_nowhere_is_found(page: str, faults: list[str], tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    assert broken_links(tmp_path) == faults


def test_no_page_is_an_orphan(built: Path) -> None:
    # Sphinx warns about a page that is in no table of contents, unless the page turns the warning off.
    assert built.exists()
    assert [page for page in PAGES if "orphan:" in page.read_text(encoding="utf-8")] == []


def test_every_page_fits_a_phone_and_shows_its_pictures(site: str, page: "Page") -> None:
    page.set_viewport_size(PHONE)
    faults: list[str] = []
    for source in PAGES:
        page.goto(address(site, source))
        name = str(source.relative_to(DOCS))
        faults += [f"{name} is wider than a phone"] if not page.evaluate(FITS) else []
        faults += [f"{name} shows no {picture}" for picture in page.evaluate(BROKEN)]
        faults += [f"{name} has {text!r} outside its picture" for text in page.evaluate(OUTSIDE)]
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", [STK, PAYOUT], ids=[STK.name, PAYOUT.name])
def test_the_ladder_is_that_of_the_library(
    site: str, page: "Page", kind: Kind, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(address(site, DOCS / "explanation" / f"{kind.name}.md"))

    assert page.locator(".ladder .name").evaluate_all(TEXTS) == [status.value for status in reversed(kind.statuses)]
    assert page.locator(".ladder text.small").count() == len(kind.transitions)
    words, ground = (
        page.locator(place).first.evaluate(f"(one) => getComputedStyle(one).{colour}")
        for place, colour in ((".ladder .name", "fill"), ("body", "backgroundColor"))
    )
    assert words != ground


def test_the_house_is_that_of_the_import_linter(site: str, page: "Page") -> None:
    page.goto(address(site, DOCS / "explanation" / "architecture.md"))
    settings = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]

    shown = page.locator(".house .name").evaluate_all(TEXTS)
    assert shown == [module.strip() for layer in layers for module in layer.split("|")]
    described = page.locator("#the-modules dt").evaluate_all(TEXTS)
    assert [name.strip("#¶ ") for name in described] == shown
    assert all(page.locator("#the-modules dd").evaluate_all(TEXTS))


def test_the_search_finds_what_to_do_about_an_error(site: str, page: "Page") -> None:
    page.goto(f"{site}/search.html?q=OutcomeUnknown")
    page.locator("#search-results a", has_text="daraja.errors.OutcomeUnknown").first.click()
    assert page.locator("dt:target").inner_text().startswith("exception daraja.errors.OutcomeUnknown")


def test_a_code_is_found_by_the_filter_and_by_the_search(site: str, page: "Page") -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{site}/reference/result-codes.html")
    assert page.evaluate("document.documentElement.scrollHeight") < 5_000  # it was 20,800 as a table
    page.goto(f"{site}/search.html?q=500.001.1001")
    page.locator("#search-results a", has_text="Codes").first.wait_for()
    page.get_by_role("link", name="What the code 500.001.1001 means").click()
    assert page.get_by_label("Find a code or a word").input_value() == "500.001.1001"

    page.get_by_label("Find a code or a word").fill("1032")
    opened = page.locator("details.code:visible[open]")
    assert "Cancelled by the customer" in opened.first.inner_text()
    assert page.locator("details.code:visible").count() == opened.count() < 10

    page.get_by_label("Find a code or a word").fill("lock subscriber")
    shown = page.locator("details.code:visible summary").all_inner_texts()
    assert "500.001.1001 lock subscriber SubscriberBusy" in shown
    assert len(shown) < 10
    page.get_by_label("Find a code or a word").fill("")
    assert page.locator("details.codes[open]").count() == 1


def test_a_link_to_a_code_opens_it(site: str, page: "Page") -> None:
    page.goto(f"{site}/reference/result-codes.html#b2c-2040")
    assert "Receiver not registered" in page.locator("#b2c-2040").inner_text()
    assert page.locator("#b2c-2040[open]").is_visible()


def test_a_table_is_a_list_on_a_phone(site: str, page: "Page") -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{site}/how-to/moving.html")
    row = page.locator("table.docutils tbody tr").first
    widths = row.locator("td").evaluate_all("(cells) => cells.map((cell) => cell.getBoundingClientRect().width)")
    assert min(widths) > 250
    assert row.locator("td").nth(1).get_attribute("data-label") == "Read"


def test_the_front_page_has_three_doors_and_the_version(site: str, page: "Page") -> None:
    page.goto(f"{site}/index.html")
    assert page.locator(".door strong").all_inner_texts() == ["Take a payment", "Pay out", "Test"]
    assert f"This is version {__version__}." in page.locator("article").inner_text()
