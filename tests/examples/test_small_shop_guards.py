"""What strangers, other sites and forgers get from the shops in one file; every test is about each of them."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from daraja.testing import ManualClock, MountedDaraja, sample_config, stk_callback
from examples.fastapi_checkout import app as fastapi_shop
from examples.flask_checkout import app as flask_shop
from tests.examples.conftest import Opens
from tests.examples.shops import OpenShop, pushes

PAYS = "0700 000 000"
CANCELS = "0700 001 032"
PERSON = "0712 345 678"


def test_a_forged_form_for_an_open_or_paid_attempt_prompts_nobody(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    browser = shop.browser()
    order = browser.buy(PAYS)
    for seconds in (0, 2, 60):
        daraja_simulator.advance(seconds=seconds)
        assert browser.post(f"{order}/pay", phone=PAYS, after="1").status == 303
    assert pushes(daraja_simulator) == 1


def test_a_forged_callback_is_refused_and_changes_nothing(shop: OpenShop) -> None:
    browser = shop.browser()
    order = browser.buy(PERSON)
    claim = stk_callback(shop.attempt(order)).body

    for token in ("0" * 96 + "/", "0" * 96, "nonsense/", "nonsense", "%00/", "..%2f/", ""):
        assert shop.call_back(f"/payments/callback/{token}", claim).status == 404, token
    assert browser.get(order).heading == "Look at your phone"


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"a=1&b=2"])
def test_a_body_that_says_nothing_is_kept_and_changes_nothing(
    shop: OpenShop, daraja_simulator: MountedDaraja, body: bytes
) -> None:
    browser = shop.browser()
    order = browser.order()
    browser.pay(order, CANCELS)
    (push,) = daraja_simulator.pushes
    address = push.callback_url.partition("//")[2].partition("/")[2]

    assert shop.call_back(f"/{address}", body).status == 200
    assert browser.get(order).heading == "Look at your phone"


def test_callbacks_are_posted_and_nothing_else(shop: OpenShop) -> None:
    browser = shop.browser()
    path = stk_callback(shop.attempt(browser.buy(PERSON))).path

    assert browser.get(path).status == 405
    assert shop.call_back(path, b"{}").status == 200


def test_a_body_over_the_limit_is_refused(shop: OpenShop) -> None:
    assert shop.call_back("/payments/callback/nonsense/", b"x" * 65_537).status == 413
    assert shop.browser().post("/orders", thing="x" * 65_537).status == 413


@pytest.mark.parametrize("phone", ["", "0812345678", "letters", "+254 712 345 67"])
def test_a_bad_number_is_reported_and_prompts_nobody(
    shop: OpenShop, daraja_simulator: MountedDaraja, phone: str
) -> None:
    browser = shop.browser()
    order = browser.order()
    page = browser.pay(order, phone)

    assert page.status == 400
    assert "not a Safaricom number" in page.notice
    assert f'value="{phone}"' in page.text
    assert daraja_simulator.requests == ()
    assert browser.pay(order, PERSON).heading == "Look at your phone"


def test_typed_text_is_shown_as_text(shop: OpenShop) -> None:
    browser = shop.browser()
    page = browser.pay(browser.order(), '"><script>alert(1)</script>')

    assert page.status == 400
    assert "<script>alert" not in page.text


def test_a_strangers_order_is_as_good_as_none(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    owner, stranger, nobody = shop.browser(), shop.browser(), shop.browser()
    order = owner.order()
    stranger.order()

    for browser, asked in ((stranger, order), (nobody, order), (owner, "/orders/0123456789")):
        answers = [browser.get(asked), browser.post(f"{asked}/pay", phone=PERSON, after="0")]
        assert [answer.status for answer in answers] == [404] * 2
        assert all("You have no such order." in answer.text for answer in answers)
    assert daraja_simulator.requests == ()


def test_a_thing_that_is_not_sold_is_no_order(shop: OpenShop) -> None:
    for answer in (shop.browser().post("/orders", thing="gold"), shop.browser().post("/orders")):
        assert answer.status == 404
        assert "We do not sell that." in answer.text
        assert "set-cookie" not in answer.headers


def test_when_the_database_is_gone_the_page_shows_nothing_of_it(shop: OpenShop) -> None:
    browser = shop.browser()
    order = browser.order()
    with shop.database.begin() as connection:
        connection.execute(text("DROP TABLE daraja_payments"))
    page = browser.get(order)

    assert (page.status, "Internal Server Error" in page.text) == (500, True)
    assert "SELECT" not in page.text


def test_a_form_of_another_site_is_refused(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.order()
    for path in ("/orders", f"{order}/pay"):
        answer = browser.post(path, {"Sec-Fetch-Site": "cross-site"}, thing="tea", phone=PERSON, after="0")
        assert answer.status == 403
    assert daraja_simulator.requests == ()


def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(
    opens: Opens, daraja_clock: ManualClock, tmp_path: Path
) -> None:
    database = create_engine(f"sqlite:///{tmp_path}/shop.db")
    with opens(sample_config(environment="sandbox"), daraja_clock, database) as shop:
        answer = shop.browser().post("/orders", thing="tea")
    database.dispose()
    attributes = {attribute.strip().lower() for attribute in answer.headers["set-cookie"].split(";")[1:]}

    assert {"httponly", "samesite=lax", "secure"} <= attributes


def test_pages_are_not_kept_and_run_no_scripts_but_their_own(shop: OpenShop) -> None:
    browser = shop.browser()
    for page in (browser.get("/"), browser.get(browser.order()), browser.get("/nowhere")):
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "unsafe-inline" not in page.headers["content-security-policy"]


def test_a_browser_applies_the_style_of_a_page(shop: OpenShop) -> None:
    page = shop.browser().get("/")
    style = page.text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["content-security-policy"]


def test_a_forged_cookie_belongs_to_no_buyer(shop: OpenShop) -> None:
    owner = shop.browser()
    order = owner.order()
    name, _, value = owner.cookie.partition("=")
    buyer, _, signature = value.partition(".")
    for forged in (buyer, f"{buyer}.", f"{buyer}.{'0' * 64}", f"x{buyer}.{signature}", f"chosen.{signature}", "."):
        thief = shop.browser()
        thief.cookie = f"{name}={forged}"
        assert thief.get(order).status == 404, forged
        thief.order("honey")
        assert buyer not in thief.cookie, "the shop makes a buyer of its own"


def test_one_address_cannot_have_strangers_phones_asked_without_end(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    def ask(number: int) -> int:
        stranger = shop.browser()
        return stranger.post(f"{stranger.order('pin')}/pay", phone=f"0711 0000 {number:02}", after="0").status

    statuses = [ask(number) for number in range(33)]
    browser = shop.browser()
    order = browser.order()
    refused = browser.pay(order, PERSON)

    assert statuses == [303] * 30 + [429] * 3
    assert "try again in ten minutes" in refused.notice
    assert pushes(daraja_simulator) == 30
    with shop.database.begin() as connection:
        connection.execute(text("UPDATE prompts SET at = at - 600"))
    assert browser.pay(order, PERSON).heading == "Look at your phone"


@pytest.mark.parametrize("count_prompt", [flask_shop.count_prompt, fastapi_shop.count_prompt])
def test_the_addresses_of_one_ipv6_customer_count_as_one(shop: OpenShop, count_prompt: Callable[..., bool]) -> None:
    counted = [count_prompt(shop.database, f"2001:db8:1:2::{number}") for number in range(1, 32)]

    assert counted == [True] * 30 + [False]
    assert count_prompt(shop.database, "2001:db8:1:3::1")
    assert count_prompt(shop.database, "198.51.100.4")
