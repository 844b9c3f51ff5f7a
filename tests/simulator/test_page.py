"""The phone page in a real Chromium: what a developer sees there, presses and reads."""

import re
from collections.abc import Callable, Generator
from typing import Final

import attrs
import pytest
import requests
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from daraja import Daraja, Environment, parse_stk_callback
from daraja.simulator import Engine, LocalDaraja
from tests.simulator.kiosk import CONFIG
from tests.simulator.receiver import Receiver

PHONE: Final = "0712345678"
SHOWN: Final = "0712 345 678"


@attrs.frozen
class Desk:
    """A developer's desk: a shop, a local Daraja, and its page in the browser."""

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
def desk(page: Page) -> Generator[Desk]:
    with Receiver() as receiver, LocalDaraja(engine=Engine(prompt_life=60, delay=0)) as local:
        config = attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url=receiver.url)
        with Daraja(config) as daraja:
            yield Desk(local, daraja, receiver, page)
            page.goto("about:blank")  # or it would complain that the simulator is gone


def test_an_empty_page_says_what_to_do_next(desk: Desk, screenshot: Callable[[str], None]) -> None:
    desk.open()
    expect(desk.page.get_by_role("heading", name="No phone has been asked yet")).to_be_visible()
    expect(desk.page.get_by_label("Settings for a shop")).to_contain_text(f"MPESA_BASE_URL={desk.local.base_url}")
    expect(desk.page.get_by_role("row", name="254700008002 It is paid, and the same callback")).to_be_visible()
    expect(desk.page.get_by_text("Nothing yet.")).to_be_visible()
    screenshot("empty")


def test_a_prompt_appears_by_itself_and_one_press_pays(desk: Desk, screenshot: Callable[[str], None]) -> None:
    desk.open()
    desk.push()
    desk.push("0722345678", "ORD-2", 50)
    phone = desk.phone()
    for words in ("KES 1,500", "to business 174379", "Account ORD-1"):
        expect(phone.get_by_text(words)).to_be_visible()
    expect(desk.page).to_have_title("(2) Phones - local Daraja")
    expect(desk.page.get_by_role("heading", name="No phone has been asked yet")).to_be_hidden()
    screenshot("asked")
    desk.press("Enter PIN and pay")
    expect(phone.get_by_text("Paid", exact=True)).to_be_visible()
    expect(phone.get_by_role("button")).to_have_count(0)
    assert desk.code() == "0"
    (paid,) = desk.local.decided
    assert paid.decision is not None
    expect(phone).to_contain_text(paid.decision.receipt)
    expect(desk.page).to_have_title("(1) Phones - local Daraja")
    screenshot("paid")


def test_customers_who_do_not_pay(desk: Desk) -> None:
    desk.open()
    for shown, button, title, code in (
        ("0711 345 678", "Wrong PIN", "Wrong PIN", "2001"),
        ("0712 345 678", "Too little money", "Not enough money", "1"),
        ("0713 345 678", "Cancel", "Cancelled", "1032"),
    ):
        desk.push(shown)
        desk.press(button, shown)
        expect(desk.phone(shown)).to_contain_text(title)
        expect(desk.phone(shown).get_by_role("button")).to_have_count(0)
        assert desk.code() == code


def test_an_ignored_prompt_counts_down_to_its_end(desk: Desk) -> None:
    desk.open()
    desk.push()
    expect(desk.phone()).to_contain_text("ends in ")
    desk.press("Ignore")
    expect(desk.phone()).to_contain_text("rings out in ")
    desk.page.get_by_role("button", name="+30 s").click()
    expect(desk.phone()).to_contain_text(re.compile("rings out in (30|2[0-9]|1[0-9]) s"))
    desk.page.get_by_role("button", name="+3 min").click()
    expect(desk.phone()).to_contain_text("No answer from the phone")
    assert desk.code() == "1037"


def test_keys_answer_the_prompt_but_not_in_the_search_field(desk: Desk) -> None:
    desk.open()
    desk.push()
    expect(desk.phone()).to_contain_text("KES 1,500")
    desk.page.get_by_role("searchbox").press_sequentially("pcw")
    desk.page.get_by_role("searchbox").fill("")
    desk.page.get_by_role("button", name="Enter PIN and pay").focus()
    desk.page.keyboard.press("Control+c")
    desk.page.keyboard.press("x")
    assert len(desk.local.prompts) == 1
    desk.page.keyboard.press("c")
    assert desk.code() == "1032"
    expect(desk.phone()).to_contain_text("Cancelled")
    desk.push("0722345678")
    expect(desk.phone("0722 345 678")).to_contain_text("KES 1,500")
    desk.page.keyboard.press("w")  # nothing was in focus
    assert desk.code() == "2001"
    desk.push("0733345678")
    desk.page.get_by_role("button", name="+30 s").click()
    expect(desk.phone("0733 345 678")).to_contain_text("KES 1,500")
    desk.page.keyboard.press("c")  # a button has the focus
    assert desk.code() == "1032"


def test_the_keyboard_alone_is_enough_and_the_focus_is_kept(desk: Desk) -> None:
    desk.push()
    desk.push("0722345678", "ORD-2")
    desk.open()
    first = desk.page.get_by_role("article").first
    desk.page.keyboard.press("Tab")
    expect(desk.page.get_by_role("link", name="Skip to the phones")).to_be_focused()
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Tab")
    expect(first.get_by_role("button", name="Enter PIN and pay")).to_be_focused()
    desk.page.keyboard.press("Enter")
    assert desk.code() == "0"
    expect(desk.page.get_by_role("heading", name="Phones")).to_be_focused()
    desk.page.keyboard.press("Tab")
    expect(desk.phone("0722 345 678").get_by_role("button", name="Enter PIN and pay")).to_be_focused()


def test_a_screen_reader_announces_what_happens_on_the_phones(desk: Desk) -> None:
    desk.open()
    said = desk.page.locator("[aria-live=polite]")
    desk.push()
    expect(said).to_have_text("0712 345 678 is asked for KES 1,500, ORD-1")
    desk.press("Cancel")
    expect(said).to_have_text("0712 345 678: Cancelled by the customer")


def test_a_phone_with_a_prompt_does_not_move(desk: Desk) -> None:
    numbers = desk.page.get_by_role("article").get_by_role("heading")
    desk.push()
    desk.open()
    desk.push("0722345678", "ORD-2")
    expect(numbers).to_have_text([SHOWN, "0722 345 678"])
    desk.press("Cancel")
    desk.push("0733345678", "ORD-3")
    expect(numbers).to_have_text([SHOWN, "0722 345 678", "0733 345 678"])
    desk.push("254700001032")
    expect(numbers).to_have_text([SHOWN, "0722 345 678", "0733 345 678", "0700 001 032"])
    desk.local.advance(seconds=60)
    desk.push(reference="ORD-4")
    expect(desk.phone()).to_contain_text("Account ORD-4")
    expect(numbers).to_have_text([SHOWN, "0722 345 678", "0733 345 678", "0700 001 032"])


def test_the_oldest_of_several_prompts_on_a_phone_is_answered_first(page: Page) -> None:
    with Receiver() as receiver, LocalDaraja(engine=Engine(busy_seconds=0)) as local:
        config = attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url=receiver.url)
        with Daraja(config) as daraja:
            desk = Desk(local, daraja, receiver, page)
            for number in (1, 2, 3):
                desk.push(reference=f"ORD-{number}")
            desk.open()
            expect(desk.phone()).to_contain_text("2 more waiting")
            expect(desk.phone()).to_contain_text("Account ORD-1")
            desk.press("Cancel")
            expect(desk.phone()).to_contain_text("Account ORD-2")
            page.goto("about:blank")


def test_the_newest_of_many_prompts_are_shown_and_all_are_counted(page: Page) -> None:
    with Receiver() as receiver, LocalDaraja(engine=Engine(prompt_life=3_600)) as local:
        config = attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url=receiver.url)
        with Daraja(config) as daraja:
            desk = Desk(local, daraja, receiver, page)
            for number in range(100):
                desk.push(f"254711{number:06}")
            desk.open()
            expect(page.get_by_role("article")).to_have_count(60)
            expect(page.get_by_text("100 prompts are open; the newest are here")).to_be_visible()
            desk.press("Cancel", "0711 000 099")
            assert desk.code() == "1032"
            expect(page.get_by_text("99 prompts are open; the newest are here")).to_be_visible()
            page.goto("about:blank")


def test_a_number_in_the_address_is_shown_first(desk: Desk) -> None:
    desk.open("?phone=254712345678")
    expect(desk.phone()).to_contain_text("Waiting to be asked")
    desk.push("0722345678", "ORD-2")
    expect(desk.page.get_by_role("article")).to_have_count(2)
    expect(desk.page.get_by_role("article").first).to_contain_text(SHOWN)
    desk.push()
    expect(desk.page.get_by_role("article").first).to_contain_text("Account ORD-1")


def test_a_shops_page_links_to_a_phone(desk: Desk) -> None:
    desk.push()
    link = f"{desk.local.base_url}/?phone=254712345678"
    elsewhere = desk.local.base_url.replace("127.0.0.1", "localhost")
    desk.page.route(
        f"{elsewhere}/shop", lambda route: route.fulfill(body=f'<a href="{link}">Phone</a>', content_type="text/html")
    )
    desk.page.goto(f"{elsewhere}/shop")
    desk.page.get_by_role("link", name="Phone").click()
    desk.press("Enter PIN and pay")
    assert desk.code() == "0"


def test_a_shop_s_text_is_shown_as_text_not_as_html(desk: Desk) -> None:
    desk.open()
    body = {"BusinessShortCode": "<img src=x onerror=alert(1)>"}
    requests.post(f"{desk.local.base_url}/<b>nowhere</b>", json=body, timeout=10)
    entry = desk.entries("Refused")
    entry.locator("summary").click()
    expect(entry).to_contain_text("<img src=x onerror=alert(1)>")
    expect(desk.page.locator("main img, main b:text('nowhere')")).to_have_count(0)


# The log


def test_the_log_explains_what_went_over_the_wire(desk: Desk, screenshot: Callable[[str], None]) -> None:
    desk.open()
    desk.push()
    desk.press("Cancel")
    callback = desk.entries("Callback")
    callback.locator("summary").click()
    expect(callback).to_contain_text("1032: Cancelled by the customer")
    expect(callback).to_contain_text('"ResultCode": 1032')
    push = desk.entries("Push")
    push.locator("summary").click()
    expect(push).to_contain_text("Accepted is not paid")
    expect(push).to_contain_text('"Password": "(not shown)"')
    expect(push).to_contain_text('"CustomerMessage"')
    expect(desk.entries("Shop")).to_contain_text("answered HTTP 200")
    screenshot("log")


def test_the_log_is_filtered(desk: Desk) -> None:
    desk.open()
    desk.push()
    desk.press("Cancel")
    requests.get(f"{desk.local.base_url}/nowhere", timeout=10)
    expect(desk.entries("Refused")).to_be_visible()
    expect(desk.entries("Shop")).to_contain_text("answered HTTP 200")  # the last of them, which nothing else waits for
    everything = desk.entries().count()
    for choice, count in {"Requests": 3, "Callbacks": 2, "Trouble": 1, "All": everything}.items():
        desk.page.get_by_role("radio", name=choice, exact=True).check()
        expect(desk.entries()).to_have_count(count)
    desk.page.get_by_role("searchbox").fill("ord-1")
    expect(desk.entries()).to_have_count(1)
    expect(desk.page.get_by_text(f"1 of {everything}")).to_be_visible()
    desk.page.get_by_role("searchbox").fill("no such thing")
    expect(desk.page.get_by_text("Nothing here fits the filter.")).to_be_visible()
    requests.get(f"{desk.local.base_url}/nowhere", timeout=10)
    expect(desk.page.get_by_text(f"0 of {everything + 1}")).to_be_visible()


def test_a_callback_is_sent_again_and_a_request_replayed(desk: Desk) -> None:
    desk.open()
    desk.push()
    desk.press("Enter PIN and pay")
    assert desk.code() == "0"
    callback = desk.entries("Callback")
    callback.locator("summary").click()
    callback.get_by_role("button", name="Send again").click()
    assert desk.code() == "0"
    expect(callback).to_have_count(2)
    push = desk.entries("Push")
    push.locator("summary").click()
    push.get_by_role("button", name="Replay").click()
    expect(desk.entries("Refused")).to_contain_text("this phone was asked less than 60 s ago")


def test_callbacks_are_held_and_delivered_together_and_tokens_revoked(desk: Desk) -> None:
    desk.open()
    desk.page.get_by_role("button", name="Hold callbacks").click()
    expect(desk.page.get_by_role("button", name="Let callbacks go")).to_have_attribute("aria-pressed", "true")
    desk.push()
    desk.press("Enter PIN and pay")
    expect(desk.phone()).to_contain_text("Paid")
    expect(desk.entries("Shop")).to_have_count(0)
    desk.page.get_by_role("button", name="Deliver 3 times, shuffled").click()
    expect(desk.entries("Shop")).to_have_count(3)
    assert [desk.code() for _ in range(3)] == ["0", "0", "0"]
    desk.page.get_by_role("button", name="Let callbacks go").click()
    expect(desk.page.get_by_role("button", name="Deliver 3 times, shuffled")).to_be_hidden()
    desk.page.get_by_role("button", name="End tokens").click()
    expect(desk.entries("Control").first).to_contain_text("every access token issued so far is revoked")


def test_a_receiver_that_fails_is_shown(desk: Desk) -> None:
    desk.open()
    with Receiver(500) as failing:
        desk.daraja.stk_push(phone=PHONE, amount=5, reference="ORD-1", callback_url=failing.url)
        desk.press("Enter PIN and pay")
        expect(desk.entries("Shop")).to_contain_text("answered HTTP 500; it is not called again")
    desk.page.get_by_role("radio", name="Trouble").check()
    expect(desk.entries()).to_have_count(1)


# What can go wrong


def test_a_press_that_comes_too_late_shows_an_error(desk: Desk, complaints: list[str]) -> None:
    def overtake(route: Route) -> None:
        desk.local.cancel(PHONE)
        route.continue_()

    desk.push()
    desk.open()
    desk.page.route("**/simulator/answer", overtake)
    desk.press("Enter PIN and pay")
    expect(desk.page.get_by_role("alert")).to_contain_text("no prompt is open on 2547*****678")
    assert len(complaints) == 1
    assert all("404" in complaint for complaint in complaints)
    complaints.clear()


def test_the_page_notices_a_restart_of_the_simulator(page: Page, complaints: list[str]) -> None:
    with LocalDaraja() as local:
        page.goto(local.base_url)
        requests.get(f"{local.base_url}/nowhere", timeout=10)
        expect(page.get_by_text("got HTTP 404")).to_be_visible()
    expect(page.get_by_text("Not connected")).to_be_visible()
    page.get_by_role("button", name="End tokens").click()
    expect(page.get_by_role("alert")).to_contain_text("The simulator does not answer; is it still running?")
    with LocalDaraja(port=int(local.base_url.rpartition(":")[2])):
        expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
        expect(page.get_by_text("got HTTP 404")).to_have_count(0)
        page.goto("about:blank")
    # A connection may be refused, reset or empty: which of them depends on when the simulator went.
    assert [complaint for complaint in complaints if "net::ERR_" not in complaint] == []
    complaints.clear()


@pytest.mark.parametrize("width", [320, 390])
def test_it_fits_a_phone(desk: Desk, width: int, screenshot: Callable[[str], None]) -> None:
    size: ViewportSize = {"width": width, "height": 844}
    desk.page.set_viewport_size(size)
    desk.open()
    tools = desk.page.get_by_role("group", name="Simulator").get_by_role("button").all()
    rows = {box["y"] for tool in tools if (box := tool.bounding_box())}
    assert len(rows) == (1 if width == 390 else 2)
    screenshot("empty")
    desk.push(reference="ORD-2026-001", amount=250_000)
    desk.push("254700001032")
    for button in desk.phone().get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    push = desk.entries("Push").last
    push.locator("summary").click()
    overflow = desk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    screenshot("asked")
