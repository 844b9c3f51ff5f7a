"""The phone page in a real Chromium: what a developer sees there, presses and reads."""

import re
from collections.abc import Callable, Generator
from decimal import Decimal
from typing import Final

import attrs
import pytest
import requests
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from daraja import Daraja, Environment, parse_stk_callback, read_statement
from daraja.simulator import Engine, LocalDaraja
from tests.simulator.kiosk import CONFIG
from tests.simulator.receiver import Receiver

PHONE: Final = "0712345678"
SHOWN: Final = "0712 345 678"


@attrs.frozen
class PhonePage:
    """The page in the browser, with its local Daraja and a shop that pushes."""

    local: LocalDaraja
    daraja: Daraja
    receiver: Receiver
    page: Page

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.local.base_url}/{query}")
        expect(self.page.get_by_role("status").filter(has_text="Live")).to_be_visible()

    def push(self, phone: str = PHONE, reference: str = "ORD-1", amount: int = 1500) -> str:
        return self.daraja.stk_push(phone=phone, amount=amount, reference=reference).checkout_request_id

    def phone(self, shown: str = SHOWN) -> Locator:
        return self.page.get_by_role("article", name=f"Phone {shown}")

    def press(self, name: str, shown: str = SHOWN) -> None:
        self.phone(shown).get_by_role("button", name=name).click()

    def entries(self, kind: str = "") -> Locator:
        """Find the visible events of a kind, newest first."""
        events = self.page.get_by_role("list", name="Events, newest first").get_by_role("listitem")
        return events.filter(has=self.page.get_by_text(kind, exact=True)) if kind else events

    def code(self) -> str:
        return str(parse_stk_callback(self.receiver.next().body).result_code)


@pytest.fixture
def phones(page: Page) -> Generator[PhonePage]:
    with Receiver() as receiver, LocalDaraja(engine=Engine(prompt_life=60, delay=0)) as local:
        config = attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url=receiver.url)
        with Daraja(config) as daraja:
            yield PhonePage(local, daraja, receiver, page)
            page.goto("about:blank")  # or it would complain that the simulator is gone


def test_an_empty_page_says_what_to_do_next(phones: PhonePage, screenshot: Callable[[str], None]) -> None:
    phones.open()
    expect(phones.page.get_by_role("heading", name="No phone has a prompt yet")).to_be_visible()
    expect(phones.page.get_by_label("Settings for a shop")).to_contain_text(f"MPESA_BASE_URL={phones.local.base_url}")
    expect(phones.page.get_by_role("row", name="254700008002 It is paid, and the same callback")).to_be_visible()
    expect(phones.page.get_by_text("Nothing yet.")).to_be_visible()
    screenshot("empty")


def test_a_prompt_appears_by_itself_and_one_press_pays(phones: PhonePage, screenshot: Callable[[str], None]) -> None:
    phones.open()
    phones.push()
    phones.push("0722345678", "ORD-2", 50)
    phone = phones.phone()
    for words in ("KES 1,500", "to business 174379", "Account ORD-1"):
        expect(phone.get_by_text(words)).to_be_visible()
    expect(phones.page).to_have_title("(2) Phones - local Daraja")
    expect(phones.page.get_by_role("heading", name="No phone has a prompt yet")).to_be_hidden()
    screenshot("asked")
    phones.press("Enter PIN and pay")
    expect(phone.get_by_text("Paid", exact=True)).to_be_visible()
    expect(phone.get_by_role("button")).to_have_count(0)
    assert phones.code() == "0"
    (paid,) = phones.local.decided
    assert paid.decision is not None
    expect(phone).to_contain_text(paid.decision.receipt)
    expect(phones.page).to_have_title("(1) Phones - local Daraja")
    screenshot("paid")


def test_customers_who_do_not_pay(phones: PhonePage) -> None:
    phones.open()
    for shown, button, title, code in (
        ("0711 345 678", "Wrong PIN", "Wrong PIN", "2001"),
        ("0712 345 678", "Insufficient funds", "Not enough money", "1"),
        ("0713 345 678", "Cancel", "Cancelled", "1032"),
    ):
        phones.push(shown)
        phones.press(button, shown)
        expect(phones.phone(shown)).to_contain_text(title)
        expect(phones.phone(shown).get_by_role("button")).to_have_count(0)
        assert phones.code() == code


def test_an_ignored_prompt_counts_down_to_its_end(phones: PhonePage) -> None:
    phones.open()
    phones.push()
    expect(phones.phone()).to_contain_text("ends in ")
    phones.press("Ignore")
    expect(phones.phone()).to_contain_text("rings out in ")
    phones.page.get_by_role("button", name="+30 s").click()
    expect(phones.phone()).to_contain_text(re.compile("rings out in (30|2[0-9]|1[0-9]) s"))
    phones.page.get_by_role("button", name="+3 min").click()
    expect(phones.phone()).to_contain_text("No answer from the phone")
    assert phones.code() == "1037"


def test_keys_answer_the_prompt_but_not_in_the_search_field(phones: PhonePage) -> None:
    phones.open()
    phones.push()
    expect(phones.phone()).to_contain_text("KES 1,500")
    phones.page.get_by_role("searchbox").press_sequentially("pcw")
    phones.page.get_by_role("searchbox").fill("")
    phones.page.get_by_role("button", name="Enter PIN and pay").focus()
    phones.page.keyboard.press("Control+c")
    phones.page.keyboard.press("x")
    assert len(phones.local.prompts) == 1
    phones.page.keyboard.press("c")
    assert phones.code() == "1032"
    expect(phones.phone()).to_contain_text("Cancelled")
    phones.push("0722345678")
    expect(phones.phone("0722 345 678")).to_contain_text("KES 1,500")
    phones.page.keyboard.press("w")  # nothing was in focus
    assert phones.code() == "2001"
    phones.push("0733345678")
    phones.page.get_by_role("button", name="+30 s").click()
    expect(phones.phone("0733 345 678")).to_contain_text("KES 1,500")
    phones.page.keyboard.press("c")  # a button has the focus
    assert phones.code() == "1032"


def test_the_keyboard_alone_is_enough_and_the_focus_is_kept(phones: PhonePage) -> None:
    phones.push()
    phones.push("0722345678", "ORD-2")
    phones.open()
    first = phones.page.get_by_role("article").first
    phones.page.keyboard.press("Tab")
    expect(phones.page.get_by_role("link", name="Skip to the phones")).to_be_focused()
    phones.page.keyboard.press("Enter")
    phones.page.keyboard.press("Tab")
    expect(first.get_by_role("button", name="Enter PIN and pay")).to_be_focused()
    phones.page.keyboard.press("Enter")
    assert phones.code() == "0"
    expect(phones.page.get_by_role("heading", name="Phones")).to_be_focused()
    phones.page.keyboard.press("Tab")
    expect(phones.phone("0722 345 678").get_by_role("button", name="Enter PIN and pay")).to_be_focused()


def test_a_screen_reader_announces_what_happens_on_the_phones(phones: PhonePage) -> None:
    phones.open()
    said = phones.page.locator("[aria-live=polite]")
    phones.push()
    expect(said).to_have_text("0712 345 678 is asked for KES 1,500, ORD-1")
    phones.press("Cancel")
    expect(said).to_have_text("0712 345 678: Cancelled by the customer")


def test_a_phone_with_a_prompt_does_not_move(phones: PhonePage) -> None:
    numbers = phones.page.get_by_role("article").get_by_role("heading")
    phones.push()
    phones.open()
    phones.push("0722345678", "ORD-2")
    expect(numbers).to_have_text([SHOWN, "0722 345 678"])
    phones.press("Cancel")
    phones.push("0733345678", "ORD-3")
    expect(numbers).to_have_text([SHOWN, "0722 345 678", "0733 345 678"])
    phones.push("254700001032")
    expect(numbers).to_have_text([SHOWN, "0722 345 678", "0733 345 678", "0700 001 032"])
    phones.local.advance(seconds=60)
    phones.push(reference="ORD-4")
    expect(phones.phone()).to_contain_text("Account ORD-4")
    expect(numbers).to_have_text([SHOWN, "0722 345 678", "0733 345 678", "0700 001 032"])


def test_the_oldest_of_several_prompts_on_a_phone_is_answered_first(page: Page) -> None:
    with Receiver() as receiver, LocalDaraja(engine=Engine(busy_seconds=0)) as local:
        config = attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url=receiver.url)
        with Daraja(config) as daraja:
            phones = PhonePage(local, daraja, receiver, page)
            for number in (1, 2, 3):
                phones.push(reference=f"ORD-{number}")
            phones.open()
            expect(phones.phone()).to_contain_text("2 more waiting")
            expect(phones.phone()).to_contain_text("Account ORD-1")
            phones.press("Cancel")
            expect(phones.phone()).to_contain_text("Account ORD-2")
            page.goto("about:blank")


def test_the_newest_of_many_prompts_are_shown_and_all_are_counted(page: Page) -> None:
    with Receiver() as receiver, LocalDaraja(engine=Engine(prompt_life=3_600)) as local:
        config = attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url=receiver.url)
        with Daraja(config) as daraja:
            phones = PhonePage(local, daraja, receiver, page)
            for number in range(100):
                phones.push(f"254711{number:06}")
            phones.open()
            expect(page.get_by_role("article")).to_have_count(60)
            expect(page.get_by_text("100 prompts are open; the newest are here")).to_be_visible()
            phones.press("Cancel", "0711 000 099")
            assert phones.code() == "1032"
            expect(page.get_by_text("99 prompts are open; the newest are here")).to_be_visible()
            page.goto("about:blank")


def test_a_customer_pays_a_pay_bill_and_a_till_from_the_menu(phones: PhonePage, complaints: list[str]) -> None:
    phones.open()
    phones.page.get_by_text("Pay by hand, as from a phone's menu").click()
    menu = phones.page.get_by_role("form", name="Pay by hand")
    menu.get_by_label("Account").fill("PWCIM")  # all of them keys that answer a prompt elsewhere
    menu.get_by_role("button", name="Enter PIN and pay").click()
    expect(menu.get_by_role("status")).to_contain_text("Paid")
    menu.get_by_label("Buy goods").check()
    expect(menu.get_by_label("Account")).to_be_hidden()
    menu.get_by_label("Till number").fill("123456")
    menu.get_by_role("button", name="Enter PIN and pay").click()
    expect(phones.page.get_by_role("alert")).to_contain_text("no shop here has the number 123456")
    assert [("404" in complaint) for complaint in complaints] == [True]
    complaints.clear()
    (paid,) = phones.local.engine.ledger.transactions
    assert (paid.reference, paid.amount) == ("PWCIM", Decimal(500))


def test_a_link_of_a_shop_fills_the_menu_and_the_statement_of_the_account_is_downloaded(phones: PhonePage) -> None:
    page = phones.page
    page.goto(f"{phones.local.base_url}/?phone=254733444555&number=174379&account=12345678&amount=70")
    menu = page.get_by_role("form", name="Pay by hand")
    menu.get_by_role("button", name="Enter PIN and pay").click()
    expect(menu.get_by_role("status")).to_contain_text("Paid")
    (paid,) = phones.local.engine.ledger.transactions
    assert (paid.reference, paid.amount, paid.debit.number) == ("12345678", Decimal(70), "254733444555")

    page.get_by_text("Account statement, as the portal exports it").click()
    with page.expect_download() as download:
        page.get_by_role("form", name="Account statement").get_by_role("button", name="Download it").click()
    assert download.value.suggested_filename == "statement-174379.csv"
    (row,) = read_statement(download.value.path()).rows
    assert (row.receipt, row.paid_in, row.account) == (paid.receipt, Decimal(70), "12345678")


def test_a_number_in_the_address_is_shown_first(phones: PhonePage) -> None:
    phones.open("?phone=254712345678")
    expect(phones.phone()).to_contain_text("Waiting to be asked")
    phones.push("0722345678", "ORD-2")
    expect(phones.page.get_by_role("article")).to_have_count(2)
    expect(phones.page.get_by_role("article").first).to_contain_text(SHOWN)
    phones.push()
    expect(phones.page.get_by_role("article").first).to_contain_text("Account ORD-1")


def test_a_shops_page_links_to_a_phone(phones: PhonePage) -> None:
    phones.push()
    link = f"{phones.local.base_url}/?phone=254712345678"
    elsewhere = phones.local.base_url.replace("127.0.0.1", "localhost")
    phones.page.route(
        f"{elsewhere}/shop", lambda route: route.fulfill(body=f'<a href="{link}">Phone</a>', content_type="text/html")
    )
    phones.page.goto(f"{elsewhere}/shop")
    phones.page.get_by_role("link", name="Phone").click()
    phones.press("Enter PIN and pay")
    assert phones.code() == "0"


def test_a_shop_s_text_is_shown_as_text_not_as_html(phones: PhonePage) -> None:
    phones.open()
    body = {"BusinessShortCode": "<img src=x onerror=alert(1)>"}
    requests.post(f"{phones.local.base_url}/<b>nowhere</b>", json=body, timeout=10)
    entry = phones.entries("Refused")
    entry.locator("summary").click()
    expect(entry).to_contain_text("<img src=x onerror=alert(1)>")
    expect(phones.page.locator("main img, main b:text('nowhere')")).to_have_count(0)


# The log


def test_the_log_explains_what_went_over_the_wire(phones: PhonePage, screenshot: Callable[[str], None]) -> None:
    phones.open()
    phones.push()
    phones.press("Cancel")
    callback = phones.entries("Callback")
    callback.locator("summary").click()
    expect(callback).to_contain_text("1032: Cancelled by the customer")
    expect(callback).to_contain_text('"ResultCode": 1032')
    push = phones.entries("Push")
    push.locator("summary").click()
    expect(push).to_contain_text("Accepted is not paid")
    expect(push).to_contain_text('"Password": "(not shown)"')
    expect(push).to_contain_text('"CustomerMessage"')
    expect(phones.entries("Shop")).to_contain_text("answered HTTP 200")
    screenshot("log")


def test_the_log_is_filtered(phones: PhonePage) -> None:
    phones.open()
    phones.push()
    phones.press("Cancel")
    requests.get(f"{phones.local.base_url}/nowhere", timeout=10)
    expect(phones.entries("Refused")).to_be_visible()
    expect(phones.entries("Shop")).to_contain_text("answered HTTP 200")  # it comes last, and nothing else waits for it
    everything = phones.entries().count()
    for choice, count in {"Requests": 3, "Callbacks": 2, "Trouble": 1, "All": everything}.items():
        phones.page.get_by_role("radio", name=choice, exact=True).check()
        expect(phones.entries()).to_have_count(count)
    phones.page.get_by_role("searchbox").fill("ord-1")
    expect(phones.entries()).to_have_count(1)
    expect(phones.page.get_by_text(f"1 of {everything}")).to_be_visible()
    phones.page.get_by_role("searchbox").fill("no such thing")
    expect(phones.page.get_by_text("Nothing here fits the filter.")).to_be_visible()
    requests.get(f"{phones.local.base_url}/nowhere", timeout=10)
    expect(phones.page.get_by_text(f"0 of {everything + 1}")).to_be_visible()


def test_a_callback_is_sent_again_and_a_request_replayed(phones: PhonePage) -> None:
    phones.open()
    phones.push()
    phones.press("Enter PIN and pay")
    assert phones.code() == "0"
    callback = phones.entries("Callback")
    callback.locator("summary").click()
    callback.get_by_role("button", name="Send again").click()
    assert phones.code() == "0"
    expect(callback).to_have_count(2)
    push = phones.entries("Push")
    push.locator("summary").click()
    push.get_by_role("button", name="Replay").click()
    expect(phones.entries("Refused")).to_contain_text("this phone was asked less than 60 s ago")


def test_callbacks_are_held_and_delivered_together_and_tokens_revoked(phones: PhonePage) -> None:
    phones.open()
    phones.page.get_by_role("button", name="Hold callbacks").click()
    expect(phones.page.get_by_role("button", name="Let callbacks go")).to_have_attribute("aria-pressed", "true")
    phones.push()
    phones.press("Enter PIN and pay")
    expect(phones.phone()).to_contain_text("Paid")
    expect(phones.entries("Shop")).to_have_count(0)
    phones.page.get_by_role("button", name="Deliver 3 times, shuffled").click()
    expect(phones.entries("Shop")).to_have_count(3)
    assert [phones.code() for _ in range(3)] == ["0", "0", "0"]
    phones.page.get_by_role("button", name="Let callbacks go").click()
    expect(phones.page.get_by_role("button", name="Deliver 3 times, shuffled")).to_be_hidden()
    phones.page.get_by_role("button", name="Expire tokens").click()
    expect(phones.entries("Control").first).to_contain_text("every access token issued so far is revoked")


def test_a_receiver_that_fails_is_shown(phones: PhonePage) -> None:
    phones.open()
    with Receiver(500) as failing:
        phones.daraja.stk_push(phone=PHONE, amount=5, reference="ORD-1", callback_url=failing.url)
        phones.press("Enter PIN and pay")
        expect(phones.entries("Shop")).to_contain_text("answered HTTP 500; it is not called again")
    phones.page.get_by_role("radio", name="Trouble").check()
    expect(phones.entries()).to_have_count(1)


# What can go wrong


def test_a_press_that_comes_too_late_shows_an_error(phones: PhonePage, complaints: list[str]) -> None:
    def overtake(route: Route) -> None:
        phones.local.cancel(PHONE)
        route.continue_()

    phones.push()
    phones.open()
    phones.page.route("**/simulator/answer", overtake)
    phones.press("Enter PIN and pay")
    expect(phones.page.get_by_role("alert")).to_contain_text("no prompt is open on 2547*****678")
    assert len(complaints) == 1
    assert all("404" in complaint for complaint in complaints)
    complaints.clear()


def test_the_page_notices_a_restart_of_the_simulator(page: Page, complaints: list[str]) -> None:
    with LocalDaraja() as local:
        page.goto(local.base_url)
        requests.get(f"{local.base_url}/nowhere", timeout=10)
        expect(page.get_by_text("got HTTP 404")).to_be_visible()
    expect(page.get_by_text("Not connected")).to_be_visible()
    page.get_by_role("button", name="Expire tokens").click()
    expect(page.get_by_role("alert")).to_contain_text("The simulator does not answer; is it still running?")
    with LocalDaraja(port=int(local.base_url.rpartition(":")[2])):
        expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
        expect(page.get_by_text("got HTTP 404")).to_have_count(0)
        page.goto("about:blank")
    # A connection may be refused, reset or empty: which of them depends on when the simulator went.
    assert [complaint for complaint in complaints if "net::ERR_" not in complaint] == []
    complaints.clear()


@pytest.mark.parametrize("width", [320, 390])
def test_it_fits_a_phone(phones: PhonePage, width: int, screenshot: Callable[[str], None]) -> None:
    size: ViewportSize = {"width": width, "height": 844}
    phones.page.set_viewport_size(size)
    phones.open()
    tools = phones.page.get_by_role("group", name="Simulator").get_by_role("button").all()
    rows = {box["y"] for tool in tools if (box := tool.bounding_box())}
    assert len(rows) == (1 if width == 390 else 2)
    screenshot("empty")
    phones.push(reference="ORD-2026-001", amount=250_000)
    phones.push("254700001032")
    for button in phones.phone().get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    push = phones.entries("Push").last
    push.locator("summary").click()
    overflow = phones.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    screenshot("asked")
