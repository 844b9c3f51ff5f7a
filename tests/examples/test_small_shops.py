"""The shops in one file, as their buyers use them; every test is about each of them."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from daraja import Config
from daraja.errors import DarajaError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpResponse
from daraja.testing import MountedDaraja, stk_callback
from tests.examples.shops import OpenShop, pushes, queries

PAYS = "0700 000 000"
CANCELS = "0700 001 032"
NOT_REACHED = "0700 001 037"
UNHEARD = "0700 008 001"
ANOTHER_AMOUNT = "0700 008 005"
NEVER_RESOLVED = "0700 008 013"
REFUSED = "0700 008 032"
ANSWER_LOST = "0700 008 035"
PERSON = "0712 345 678"
CANCELLED = b'{"ResponseCode": "0", "ResultCode": "1032", "ResultDesc": "Request Cancelled by user."}'


def test_a_buyer_pays_and_sees_the_receipt(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    assert "Kericho tea" in browser.get("/").text
    order = browser.order("tea")
    assert browser.get(order).heading == "Pay"
    page = browser.pay(order, PAYS)
    assert (page.heading, page.after) == ("Look at your phone", None)
    assert 'http-equiv="refresh"' in page.text

    daraja_simulator.advance(seconds=2)

    (paid,) = daraja_simulator.decided
    assert paid.decision is not None
    assert (paid.push.amount, paid.push.reference) == (450, order.rpartition("/")[2])
    page = browser.get(order)
    assert page.heading == "Paid, thank you!"
    assert page.words.endswith(f"Your receipt is {paid.decision.receipt}.")
    assert 'http-equiv="refresh"' not in page.text
    assert shop.parcels() == [order.rpartition("/")[2]]


def test_the_waiting_page_leads_to_the_simulated_phone(shop: OpenShop, daraja_config: Config) -> None:
    browser = shop.browser()
    order = browser.order()
    link = f'<a href="{daraja_config.environment.base_url}" target="_blank">Open the simulated phone</a>'

    before, after = browser.get(order).text, browser.pay(order, PERSON).text
    assert (link in before, "Look again" in before) == (False, False)
    assert (link in after, "Look again" in after) == (True, True)


@pytest.mark.usefixtures("postgres")
def test_it_sells_on_postgresql_too(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.buy(PAYS)
    daraja_simulator.advance(seconds=2)

    assert browser.get(order).heading == "Paid, thank you!"


def test_the_price_is_the_order_s_and_not_the_browser_s(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.post("/orders", thing="honey", amount="1").headers["location"]
    browser.post(f"{order}/pay", phone=PAYS, after="0", amount="1")

    assert [push.amount for push in daraja_simulator.pushes] == [1200]


def test_a_cancelled_payment_is_said_so_and_may_be_tried_again_after_a_minute(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    browser = shop.browser()
    order = browser.buy(CANCELS)
    daraja_simulator.advance(seconds=2)
    page = browser.get(order)
    assert page.heading == "Not paid yet"
    assert "cancelled or closed on your phone" in page.words
    assert page.after is None
    assert browser.post(f"{order}/pay", phone=PAYS, after="0").status == 303
    assert pushes(daraja_simulator) == 1

    daraja_simulator.advance(seconds=60)

    assert browser.get(order).heading == "Not paid"
    browser.pay(order, PAYS)
    for stale in ("", "0", "1", "9"):
        assert browser.post(f"{order}/pay", phone=PAYS, after=stale).status == 303
    daraja_simulator.advance(seconds=2)
    assert browser.get(order).heading == "Paid, thank you!"
    assert browser.post(f"{order}/pay", phone=PAYS, after="0").status == 303
    assert pushes(daraja_simulator) == 2


def test_an_old_form_prompts_nobody_even_if_a_retry_is_allowed(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.buy(CANCELS)
    daraja_simulator.advance(seconds=62)

    assert browser.get(order).heading == "Not paid"
    assert browser.post(f"{order}/pay", phone=PAYS, after="0").status == 303
    assert pushes(daraja_simulator) == 1


def test_no_answer_on_the_phone_is_said_so(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.buy(NOT_REACHED)
    daraja_simulator.advance(seconds=2)

    assert browser.get(order).heading == "Not paid yet"
    assert shop.parcels() == []


def test_a_payment_without_a_callback_is_found_by_a_query_that_is_due(
    shop: OpenShop,
    daraja_simulator: MountedDaraja,
) -> None:
    browser = shop.browser()
    order = browser.buy(UNHEARD)
    daraja_simulator.advance(seconds=3)
    for _ in range(5):
        assert browser.get(order).heading == "Look at your phone"
    assert queries(daraja_simulator) == 0

    daraja_simulator.advance(seconds=60)

    for _ in range(5):
        browser.get(order)
    assert queries(daraja_simulator) == 1
    assert browser.get(order).heading == "Paid, thank you!"


def test_a_payment_still_open_is_asked_about_no_oftener_than_due_and_never_paid_again(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    browser = shop.browser()
    order = browser.buy(NEVER_RESOLVED)
    for seconds, expected in ((20, 0), (15, 1), (30, 1), (60, 2), (120, 3)):
        daraja_simulator.advance(seconds=seconds)
        for _ in range(3):
            browser.get(order)
        assert queries(daraja_simulator) == expected

    page = browser.get(order)
    assert (page.heading, page.after) == ("We are looking into it", None)
    assert "do not pay again" in page.words


def test_a_form_sent_twice_asks_once(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.order()
    first = browser.post(f"{order}/pay", phone=PERSON, after="0")
    second = browser.post(f"{order}/pay", phone=PERSON, after="0")

    assert (first.status, second.status) == (303, 303)
    assert pushes(daraja_simulator) == 1
    assert browser.get(order).heading == "Look at your phone"


def test_a_form_sent_many_times_at_once_asks_once(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.order()

    def click(_: int) -> int:
        return browser.post(f"{order}/pay", phone=PERSON, after="0").status

    with ThreadPoolExecutor(8) as clicks:
        assert set(clicks.map(click, range(8))) == {303}
    assert pushes(daraja_simulator) == 1
    assert browser.get(order).heading == "Look at your phone"


def test_two_phones_at_once_for_one_order_ask_one(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.order()

    def click(number: int) -> int:
        return browser.post(f"{order}/pay", phone=f"0712 345 67{number}", after="0").status

    with ThreadPoolExecutor(8) as clicks:
        assert set(clicks.map(click, range(8))) <= {303, 409}
    assert pushes(daraja_simulator) == 1
    assert browser.get(order).heading == "Look at your phone"


def test_another_phone_learns_who_is_asked_and_asks_nobody(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.order()
    browser.pay(order, PERSON)

    elsewhere = browser.post(f"{order}/pay", phone="0712 345 679", after="1")

    assert (elsewhere.status, elsewhere.notice[:13]) == (409, "2547*****678 ")
    assert elsewhere.heading == "Look at your phone"
    assert pushes(daraja_simulator) == 1


def test_another_amount_than_asked_for_pays_nothing_by_itself(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.buy(ANOTHER_AMOUNT)
    daraja_simulator.advance(seconds=2)

    page = browser.get(order)
    assert page.heading == "We are looking into it"
    assert page.after is None
    assert "conflicts=('" in shop.reconcile()


def test_a_lost_answer_waits_for_the_callback(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.buy(ANSWER_LOST)
    assert browser.get(order).heading == "Look at your phone"

    daraja_simulator.advance(seconds=2)

    assert browser.get(order).heading == "Paid, thank you!"
    assert pushes(daraja_simulator) == 1


def test_an_outage_of_daraja_is_shown_charges_nobody_and_allows_a_retry_at_once(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    browser = shop.browser()
    daraja_simulator.respond_with(NotSent("nobody is there"))
    order = browser.order()
    page = browser.pay(order, PAYS)
    assert page.heading == "Not paid"
    assert "you were not charged" in page.words

    daraja_simulator.respond_with(None)
    browser.pay(order, PAYS)
    daraja_simulator.advance(seconds=2)
    assert browser.get(order).heading == "Paid, thank you!"


def test_a_refusal_is_shown_and_charges_nobody(shop: OpenShop) -> None:
    browser = shop.browser()
    page = browser.pay(browser.order(), REFUSED)

    assert page.heading.startswith("Not paid")
    assert "you were not charged" in page.words


def test_a_silent_daraja_leaves_the_payment_open_without_a_second_prompt(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    browser = shop.browser()
    warm_up = browser.order()
    browser.pay(warm_up, PAYS)  # so that there is a token, and the silence meets the push
    daraja_simulator.respond_with(OutcomeUnknown("nothing came back"))
    order = browser.order()
    page = browser.pay(order, PERSON)

    assert (page.heading, page.after) == ("Look at your phone", None)
    assert pushes(daraja_simulator) == 2
    browser.post(f"{order}/pay", phone=PERSON, after="0")
    assert pushes(daraja_simulator) == 2


def test_a_payment_on_top_is_kept_and_flagged_and_pays_nothing_twice(
    shop: OpenShop, daraja_simulator: MountedDaraja, caplog: pytest.LogCaptureFixture
) -> None:
    browser = shop.browser()
    order = browser.buy(CANCELS)
    daraja_simulator.advance(seconds=62)
    first = shop.attempt(order)
    browser.pay(order, PAYS)
    daraja_simulator.advance(seconds=2)
    receipt = browser.get(order).words

    late = stk_callback(first, receipt="UAF1LATE00")
    with caplog.at_level(logging.WARNING):
        assert shop.call_back(late.path, late.body).status == 200

    assert receipt.rpartition(" ")[2] in browser.get(order).words
    assert "paid more than once" in browser.get(order).words
    assert first.key in caplog.text
    assert "refund" in caplog.text
    assert shop.refunds(order) == [first.key]
    assert shop.parcels() == [order.rpartition("/")[2]]


def test_a_lost_callback_is_settled_by_itself_also_after_the_database_was_away(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    browser = shop.browser()
    order = browser.buy(UNHEARD)
    daraja_simulator.advance(seconds=60)
    shop.look_after()

    assert browser.get(order).heading == "Paid, thank you!"


@pytest.mark.parametrize("trouble", [NotSent("nobody is there"), OutcomeUnknown("nothing came back")])
def test_a_check_during_an_outage_asks_the_customer_to_wait(
    shop: OpenShop, daraja_simulator: MountedDaraja, trouble: DarajaError
) -> None:
    browser = shop.browser()
    order = browser.buy(UNHEARD)
    daraja_simulator.advance(seconds=60)
    daraja_simulator.respond_with(trouble)
    asked = len(daraja_simulator.requests)

    assert browser.get(order).heading == "Look at your phone"
    assert len(daraja_simulator.requests) > asked


def test_after_one_denial_the_customer_is_not_yet_asked_to_pay_again(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    browser = shop.browser()
    order = browser.buy(UNHEARD)
    daraja_simulator.advance(seconds=60)
    daraja_simulator.respond_with(HttpResponse(200, {}, CANCELLED))
    page = browser.get(order)

    assert (page.heading, page.after) == ("Not paid yet", None)
    assert "do not pay again yet" in page.words


def test_reconcile_pays_the_order_of_a_buyer_who_has_left(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    browser = shop.browser()
    order = browser.buy(UNHEARD)
    daraja_simulator.advance(seconds=60)

    assert "succeeded=1" in shop.reconcile()
    assert browser.get(order).heading == "Paid, thank you!"
    assert shop.refunds(order) == []


def test_a_buyer_without_a_prompt_pays_by_hand_and_ends_on_the_same_page(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    shop.register()
    browser = shop.browser()
    order = browser.order("tea")
    assert browser.get(order).by_hand is None
    browser.pay(order, NOT_REACHED)
    daraja_simulator.advance(seconds=2)
    offered = browser.get(order).by_hand
    assert offered is not None

    paid = daraja_simulator.pay_bill(PERSON, shortcode=offered[0], account=offered[1], amount=int(offered[2]))

    page = browser.get(order)
    assert (offered[0], offered[2]) == ("174379", "450")
    assert (page.heading, page.after, page.by_hand) == ("Paid, thank you!", None, None)
    assert page.words.endswith(f"Your receipt is {paid.receipt}.")
    assert shop.parcels() == [order.rpartition("/")[2]]
    assert browser.post(f"{order}/pay", phone=PAYS, after="1").status == 303
    assert pushes(daraja_simulator) == 1


def test_a_buyer_who_pays_a_part_by_hand_is_prompted_for_the_rest(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    shop.register()
    browser = shop.browser()
    order = browser.buy(NOT_REACHED)
    daraja_simulator.advance(seconds=62)
    offered = browser.get(order).by_hand
    assert offered is not None
    daraja_simulator.pay_bill(PERSON, shortcode=offered[0], account=offered[1], amount=400)
    page = browser.get(order)
    assert (page.heading, page.by_hand) == ("Not paid", (*offered[:2], "50"))
    assert shop.parcels() == []

    browser.pay(order, PAYS)
    daraja_simulator.advance(seconds=2)

    assert [push.amount for push in daraja_simulator.pushes] == [450, 50]
    assert browser.get(order).heading == "Paid, thank you!"
    assert shop.parcels() == [order.rpartition("/")[2]]


def test_a_prompt_that_is_answered_after_the_payment_by_hand_packs_no_second_parcel(
    shop: OpenShop, daraja_simulator: MountedDaraja
) -> None:
    shop.register()
    browser = shop.browser()
    order = browser.buy(NEVER_RESOLVED)
    assert browser.get(order).by_hand is None
    daraja_simulator.advance(seconds=60)
    offered = browser.get(order).by_hand
    assert offered is not None
    daraja_simulator.pay_bill(PERSON, shortcode=offered[0], account=offered[1], amount=450)
    assert browser.get(order).heading == "Paid, thank you!"

    late = stk_callback(shop.attempt(order), receipt="UAF1LATE00")
    assert shop.call_back(late.path, late.body).status == 200

    assert "paid more than once" in browser.get(order).words
    assert shop.parcels() == [order.rpartition("/")[2]]


def test_money_by_hand_that_nobody_expects_waits_for_a_person(shop: OpenShop, daraja_simulator: MountedDaraja) -> None:
    shop.register()
    daraja_simulator.pay_bill(PERSON, shortcode="174379", account="my shoes", amount=450)

    assert "unmatched=('" in shop.reconcile()
    assert shop.parcels() == []
