"""A customer pays in a real browser, with a real server behind it and a local Daraja that calls back."""

import re

import pytest
from playwright.sync_api import expect

from browser.visits import Visit
from daraja import explain
from daraja.simulator import Answer
from shops import PASSWORD, PHONE


def test_a_customer_logs_in_pays_and_sees_the_receipt(visit: Visit) -> None:
    page = visit.page
    page.context.clear_cookies()
    visit.go("/")
    visit.picture("login")
    page.get_by_label("E-mail address").fill("Wanjiku@Example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(visit.heading).to_have_text("Your orders")
    visit.picture("orders")
    page.get_by_role("link", name="Pay for Laundry, 12 kg").click()
    expect(page.get_by_label("M-Pesa phone number")).to_have_value("0712 345 678")
    visit.picture("checkout")
    page.get_by_role("button", name="Pay KES 1,500").click()
    visit.arrive()
    visit.picture("waiting")

    visit.local.answer(PHONE, Answer.PAY)
    visit.hurry(5)

    expect(visit.news).to_contain_text("Paid Thank you, your payment has arrived.")
    expect(page).to_have_title("Paid · Duka")
    expect(page.get_by_role("definition").first).to_have_text(visit.receipt)
    visit.picture("paid")
    page.get_by_role("link", name="Back to your orders").click()
    expect(page.get_by_role("link", name="Paid: the receipt for Laundry, 12 kg")).to_be_visible()
    visit.picture("orders-paid")


@pytest.mark.parametrize(
    ("answer", "code"), [(Answer.CANCEL, "1032"), (Answer.WRONG_PIN, "2001"), (Answer.NO_FUNDS, "1")]
)
def test_a_customer_who_did_not_pay_sees_the_reason_and_the_next_time(visit: Visit, answer: Answer, code: str) -> None:
    visit.pay()
    visit.local.answer(PHONE, answer)
    visit.hurry(5)

    expect(visit.heading).to_have_text("Not paid")
    expect(visit.news).to_contain_text(explain("stk", code).customer_message)
    expect(visit.page.get_by_text("Look at your M-Pesa messages first.")).to_have_count(0)
    expect(visit.try_again_later).to_be_disabled()
    expect(visit.try_again).to_have_count(0)
    expect(visit.page.locator("#next > form.check")).to_have_count(0)
    visit.picture("not-paid")


def test_once_it_is_safe_the_customer_may_try_again(visit: Visit) -> None:
    visit.pay("0733 444 555")
    visit.local.answer("254733444555", Answer.CANCEL)
    visit.hurry(5)
    expect(visit.try_again_later).to_be_disabled()

    visit.long_ago()
    visit.hurry(61)
    visit.hurry(2)
    expect(visit.try_again).to_be_visible()
    expect(visit.try_again_later).to_have_count(0)
    visit.picture("may-retry")
    visit.try_again.click()
    phone = visit.page.get_by_label("M-Pesa phone number")
    expect(phone).to_have_value("0733 444 555")
    phone.fill("0712 345 678")
    visit.page.get_by_role("button", name="Pay KES 1,500").click()
    visit.arrive()
    visit.local.answer(PHONE, Answer.PAY)
    visit.hurry(5)
    expect(visit.heading).to_have_text("Paid")
    assert len(visit.local.pushes) == 2


def test_a_shop_that_cannot_be_reached_when_the_wait_is_over_is_asked_again(
    visit: Visit, complaints: list[str]
) -> None:
    visit.pay()
    visit.local.answer(PHONE, Answer.CANCEL)
    visit.hurry(5)
    expect(visit.try_again_later).to_be_disabled()
    visit.long_ago()
    visit.page.context.set_offline(offline=True)
    visit.hurry(61)
    visit.hurry(2)
    expect(visit.page.get_by_role("alert")).to_contain_text("We could not reach the shop.")
    visit.page.context.set_offline(offline=False)
    visit.hurry(5)
    expect(visit.try_again).to_be_visible()
    assert all("ERR_INTERNET_DISCONNECTED" in heard for heard in complaints)
    complaints.clear()


def test_a_minute_without_an_answer_ends_the_asking_until_the_customer_wants_to_know(visit: Visit) -> None:
    visit.pay()
    asked = visit.requests_to("/api/orders/")
    visit.hurry(60)
    expect(visit.check_again).to_be_visible()
    expect(visit.news).to_contain_text("M-Pesa has not confirmed a payment yet. We are still looking into it")
    expect(visit.page.get_by_role("link", name="answer on the simulated phone")).not_to_be_visible()
    visit.picture("stopped")
    visit.hurry(60)
    assert len(asked) == 1

    visit.check_again.click()
    expect(visit.news).to_be_focused()
    expect(visit.news).to_contain_text("M-Pesa has not confirmed a payment yet.")
    expect(visit.page.get_by_text(re.compile(r"^Nothing new yet; asked at \d\d:\d\d\.$"))).to_be_visible()
    visit.picture("nothing-new")

    visit.local.advance(seconds=30)  # the prompt has closed, and Daraja has called back
    visit.check_again.click()
    expect(visit.heading).to_have_text("Not paid")
    expect(visit.news).to_contain_text(explain("stk", "1037").customer_message)
    expect(visit.page.get_by_text("Nothing new yet")).to_have_count(0)
    visit.picture("no-answer")


def test_an_answer_that_is_lost_on_its_way_loses_no_payment(visit: Visit) -> None:
    visit.pay("0700 008 035")
    visit.hurry(5)
    expect(visit.heading).to_have_text("Look at your phone")
    visit.local.advance(seconds=5)
    visit.hurry(5)
    expect(visit.heading).to_have_text("Paid")
    assert len(visit.local.pushes) == 1


def test_a_payment_without_a_callback_is_found_by_the_check_button(visit: Visit) -> None:
    visit.pay("0700 008 001")
    visit.local.advance(seconds=5)
    visit.hurry(60)
    visit.long_ago()
    visit.check_again.click()
    expect(visit.heading).to_have_text("Paid")


def test_a_payment_of_another_amount_is_not_called_paid_and_not_asked_for_again(visit: Visit) -> None:
    visit.pay("0700 008 005")
    visit.local.advance(seconds=5)
    visit.hurry(5)
    expect(visit.heading).to_have_text("We are looking into it")
    expect(visit.news).to_contain_text("Please do not pay again")
    expect(visit.try_again).to_have_count(0)
    visit.picture("looked-into")
    visit.go("/")
    expect(visit.page.get_by_role("link", name="We are looking into it: Laundry, 12 kg")).to_be_visible()


def test_a_customer_who_returns_to_the_page_sees_the_result_at_once(visit: Visit) -> None:
    visit.pay()
    visit.local.answer(PHONE, Answer.PAY)
    visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    visit.hurry(0)
    expect(visit.heading).to_have_text("Paid")


def test_a_phone_of_years_ago_pays_too(visit: Visit) -> None:
    visit.page.add_init_script("delete AbortSignal.timeout; delete Element.prototype.replaceChildren")
    visit.pay()
    visit.local.answer(PHONE, Answer.PAY)
    visit.hurry(5)
    expect(visit.heading).to_have_text("Paid")


def test_the_simulated_phone_is_one_click_away(visit: Visit) -> None:
    visit.pay()
    with visit.page.expect_popup() as opened:
        visit.page.get_by_role("link", name="answer on the simulated phone").click()
    phone = opened.value.get_by_role("article", name="Phone 0712 345 678")
    phone.get_by_role("button", name="Enter PIN and pay").click()
    opened.value.close()
    visit.hurry(5)
    expect(visit.heading).to_have_text("Paid")
