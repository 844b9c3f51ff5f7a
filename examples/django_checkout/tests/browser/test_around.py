"""What stands around paying: strangers' orders, the history, browsers without JavaScript, the keyboard."""

import re
from collections.abc import Generator
from typing import Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from browser.visits import WIDTHS, Storefront, Visit, in_a_thread
from daraja.simulator import Answer, LocalDaraja
from shop.models import Order, User
from shops import PHONE


@pytest.mark.parametrize("path", ["/checkout?order_id=ORD-2026-999&amount=300", "/orders/ORD-2026-999/payment-status"])
def test_a_strangers_order_is_not_there(visit: Visit, complaints: list[str], path: str) -> None:
    visit.go(path)
    expect(visit.heading).to_have_text("Nothing here")
    visit.picture("nothing-here")
    [heard] = complaints
    assert "404 (Not Found)" in heard
    complaints.clear()


def test_the_history_shows_every_attempt(visit: Visit) -> None:
    visit.pay()
    visit.local.answer(PHONE, Answer.CANCEL)
    visit.long_ago()
    visit.pay("0700 008 035")
    visit.go("/payments")
    rows = visit.page.get_by_role("main").get_by_role("listitem")
    expect(rows).to_have_count(2)
    visit.picture("history")


def test_the_admins_list_has_room_for_what_matters_beside_a_long_name_of_an_order(visit: Visit) -> None:
    def promote() -> None:
        User.objects.update(is_staff=True, is_superuser=True)
        Order.objects.update(description="TEA/" * 40)

    visit.pay()
    in_a_thread(promote)
    visit.page.set_viewport_size({"width": 1280, "height": 800})
    visit.go("/admin/payments/payment/")
    end_of = "(selector) => document.querySelector(selector).getBoundingClientRect().right"
    assert visit.page.evaluate(end_of, "td.field-created_at") <= visit.page.evaluate(end_of, ".results")
    row = visit.page.locator("#result_list tbody tr")
    expect(row).to_contain_text(re.compile(r"KES 1,500 *initiated *- *- *2547\*{5}678"))

    visit.page.set_viewport_size({"width": 390, "height": 800})
    row.locator("th a").click()
    expect(visit.page.locator(".field-history .readonly")).to_have_css("overflow-x", "auto")  # a finger moves it


def test_a_customer_who_is_logged_out_while_waiting_sees_it(visit: Visit, complaints: list[str]) -> None:
    visit.pay()
    visit.page.context.clear_cookies()
    visit.hurry(5)
    expect(visit.page.get_by_role("alert")).to_contain_text("You are logged out.")
    [heard] = complaints
    assert "401 (Unauthorized)" in heard
    complaints.clear()


def test_the_keyboard_is_enough(visit: Visit) -> None:
    visit.go("/")
    visit.page.keyboard.press("Tab")
    expect(visit.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Tab")
    expect(visit.page.get_by_role("link", name="Pay for Laundry, 12 kg")).to_be_focused()
    visit.picture("focus")
    visit.page.keyboard.press("Enter")
    expect(visit.heading).to_have_text("KES 1,500")
    visit.page.get_by_label("M-Pesa phone number").focus()
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    visit.arrive()


READABLE = 4.5
"""The contrast of text that WCAG 2.2 asks for at level AA."""

UNREADABLE = """(least) => {
    const channel = (value) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const behind = (element) => {
        const paper = parts(getComputedStyle(element).backgroundColor);
        return paper[3] === 0 && element.parentElement ? behind(element.parentElement) : paper;
    };
    return [...document.querySelectorAll("body *")]
        .filter((element) => element.checkVisibility())
        .filter((element) => element.value || [...element.childNodes].some((node) => node.data?.trim()))
        .map((element) => [light(parts(getComputedStyle(element).color)), light(behind(element)), element.outerHTML])
        .filter(([ink, paper]) => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < least);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(visit: Visit, scheme: Literal["light", "dark"]) -> None:
    def read(name: str) -> None:
        assert visit.page.evaluate(UNREADABLE, READABLE) == []
        visit.picture(f"{name}-{scheme}")

    visit.page.emulate_media(color_scheme=scheme)
    visit.go("/")
    read("orders")
    visit.go_to_checkout()
    visit.page.get_by_label("M-Pesa phone number").fill("0612345678")
    read("checkout")
    visit.pay()
    read("waiting")
    visit.local.answer(PHONE, Answer.CANCEL)
    visit.hurry(5)
    expect(visit.heading).to_have_text("Not paid")
    read("not-paid")
    visit.go("/payments")
    read("history")
    visit.page.context.clear_cookies()
    visit.go("/login")
    read("login")


AXE: Final = Axe()


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_at_any_width(visit: Visit, scheme: Literal["light", "dark"], language: str) -> None:
    def look() -> None:
        for width in WIDTHS:
            visit.page.set_viewport_size({"width": width, "height": 844})
            found = AXE.run(visit.page)
            assert found.violations_count == 0, f"{visit.page.url} at {width} px: {found.generate_report()}"

    visit.page.set_extra_http_headers({"Accept-Language": language})
    visit.page.emulate_media(color_scheme=scheme)
    for path in ("/", "/checkout", "/payments"):
        visit.go(path)
        look()
    visit.go(f"/checkout?order_id={visit.storefront.order.pk}")
    look()
    visit.page.locator("#phone").fill("0712 345 678")
    visit.page.locator("#send").click()
    visit.page.wait_for_url("**/payment-status")
    look()
    visit.local.advance(seconds=30)  # the prompt ends without an answer
    visit.hurry(5)
    expect(visit.page.locator("#by-hand")).to_be_visible()
    look()
    visit.page.context.clear_cookies()
    visit.go("/login")
    look()


def test_the_prompts_seconds_are_counted_down(visit: Visit) -> None:
    visit.pay()
    left = visit.page.locator("#left")
    before = int(left.inner_text())
    visit.hurry(3)
    expect(left).not_to_have_text(str(before))
    assert 0 < int(left.inner_text()) <= before - 3
    expect(visit.page.get_by_text("The phone 0712 345 678 asks you to pay Duka.")).to_be_visible()


def test_who_got_no_prompt_reads_how_to_pay_by_hand(visit: Visit) -> None:
    visit.pay()
    visit.local.advance(seconds=30)
    visit.hurry(5)
    by_hand = visit.page.get_by_role("region", name="Did no request come? Pay by hand")
    expect(by_hand).to_contain_text("174379")
    expect(by_hand).to_contain_text("Account number")
    visit.picture("by-hand")


def register() -> None:
    call_command("daraja_register")


def test_who_pays_by_hand_on_the_phone_s_page_ends_on_the_page_of_a_paid_order(visit: Visit) -> None:
    in_a_thread(register)
    visit.pay()
    visit.local.advance(seconds=30)
    visit.hurry(5)
    by_hand = visit.page.get_by_role("region", name="Did no request come? Pay by hand")
    expect(by_hand).to_contain_text("KES 1,500")
    with visit.page.expect_popup() as opened:
        by_hand.get_by_role("link", name="pay on the simulated phone").click()
    phone = opened.value
    menu = phone.get_by_role("form", name="Pay by hand")
    expect(menu.get_by_label("Amount in KES")).to_have_value("1500")
    menu.get_by_role("button", name="Enter PIN and pay").click()
    expect(menu.get_by_role("status")).to_contain_text("Paid")
    phone.close()
    visit.check_again.click()
    expect(visit.heading).to_have_text("Paid")
    expect(visit.page.get_by_role("button", name="Print this receipt")).to_be_visible()


def test_a_receipt_is_printed_without_what_stands_around_it(visit: Visit) -> None:
    visit.pay()
    expect(visit.page.get_by_role("button", name="Print this receipt")).to_have_count(0)
    visit.local.answer(PHONE, Answer.PAY)
    visit.hurry(5)
    button = visit.page.get_by_role("button", name="Print this receipt")
    expect(button).to_be_visible()
    visit.page.emulate_media(media="print")
    expect(button).not_to_be_visible()
    expect(visit.page.get_by_role("navigation")).not_to_be_visible()
    expect(visit.page.get_by_text(visit.receipt)).to_be_visible()
    visit.page.emulate_media(media="screen")
    visit.page.evaluate("window.print = () => { window.printed = true }")
    button.click()
    assert visit.page.evaluate("window.printed")


def test_the_checkout_without_an_order_offers_the_open_ones(visit: Visit) -> None:
    visit.go("/checkout")
    expect(visit.heading).to_have_text("Which order do you want to pay?")
    visit.page.get_by_role("link", name="Pay for Laundry, 12 kg").click()
    expect(visit.heading).to_have_text("KES 1,500")


@pytest.fixture
def plain_page(storefront: Storefront, browser: Browser) -> Generator[Page]:
    """Open a page in a browser without JavaScript."""
    with browser.new_context(java_script_enabled=False) as context:
        context.add_cookies([{"name": "sessionid", "value": storefront.session, "url": storefront.address}])
        yield context.new_page()


def test_it_is_paid_without_javascript_too(storefront: Storefront, local: LocalDaraja, plain_page: Page) -> None:
    plain_page.goto(storefront.address)
    plain_page.get_by_role("link", name="Pay for Laundry, 12 kg").click()
    phone = plain_page.get_by_label("M-Pesa phone number")
    phone.fill("0612345678")
    plain_page.get_by_role("button", name="Pay KES 1,500").click()
    expect(plain_page.get_by_role("alert")).to_have_text("Enter a Kenyan mobile number such as 0712 345 678.")
    phone.fill("0712 345 678")
    plain_page.get_by_role("button", name="Pay KES 1,500").click()
    heading = plain_page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Look at your phone")
    local.answer(PHONE, Answer.PAY)
    plain_page.get_by_role("button", name="I have paid, check again").click()
    expect(heading).to_have_text("Paid")
