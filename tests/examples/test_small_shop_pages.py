"""The pages of the shops in one file, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.examples.programs import CALLED_BACK_AT_ONCE, opened


@pytest.mark.parametrize("name", ["flask", "fastapi"])
def test_a_phone_of_years_ago_pays_too(name: str, tmp_path: Path, page: Page) -> None:
    page.add_init_script("delete SubmitEvent.prototype.submitter; delete AbortSignal.timeout")
    with opened(name, tmp_path) as (_, _, shop):
        page.goto(shop)
        page.get_by_role("button", name="Buy Kericho tea, 500 g").click()
        page.get_by_label("Your number").fill(CALLED_BACK_AT_ONCE)
        page.get_by_role("button", name="Pay KES 450").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Paid, thank you!")
