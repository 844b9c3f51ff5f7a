"""The checkout form: it says what is wrong while one types, and asks a phone once however it is clicked."""

import json
import unicodedata
from itertools import product
from typing import Final

import pytest
from django.conf import settings
from playwright.sync_api import expect

from browser.visits import Visit
from daraja import normalise_phone

WORDS: Final = "Enter a Kenyan mobile number such as 0712 345 678."

FORMS: Final = ("0712345678", "712345678", "254712345678", "+254712345678", "0112 345 678", "(+254) 712-345-678")
PASTED: Final = (
    *("2540712345678", "00254712345678", "+254 (0)712 345 678", "tel:0712345678", "TEL:+254112345678", "'0712345678"),
    *(
        "254712345678.0",
        "712345678.00",
        "\u2019tel:0712345678.0",
        "\u202a+254712345678\u202c",
        " 0712\u200b345\ufe0f678 ",
    ),
)
WRONG: Final = (
    *("", " ", "+", "0", "254", "0612345678", "0200000000", "254000000000", "071234567", "07123456789", "0712/345678"),
    *(
        "++254712345678",
        "+255712345678",
        "254-712-345-67O",
        "0712345678.000",
        "0712345678'",
        "7.12E+08",
        "tel:",
        "\u202a",
    ),
    *("0712_345_678", "254712345678,254712345679", "\u0660\u0667\u0661\u0662\u0663\u0664\u0665"),
    "\uff10\uff17\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
)
CHARACTERS: Final = tuple(
    character for number in range(0x10000) if unicodedata.category(character := chr(number)) != "Cs"
)
"""All of the plane in which people write, but for halves of pairs, which no field of a form can hold."""


def by_the_library(number: str) -> str | None:
    try:
        return str(normalise_phone(number))
    except ValueError:
        return None


def by_the_browser(visit: Visit, numbers: list[str]) -> list[str | None]:
    visit.go("/login")
    answers: list[str | None] = visit.page.evaluate(
        """async ([rule, numbers]) => {
            const { normalisePhone } = await import(rule);
            return JSON.stringify(JSON.parse(numbers).map(normalisePhone));
        }""",
        [f"/{settings.STATIC_URL.strip('/')}/shop/phone.js", json.dumps(numbers)],
    )
    return list(json.loads(str(answers)))


def test_the_browsers_rule_for_phones_is_the_librarys(visit: Visit) -> None:
    numbers = [*FORMS, *PASTED, *WRONG]
    for form, place, character in product(FORMS, (0, 1, 5, -1), " -.()\t\n+0a\x00\x1c\x1f\x85\u00a0\u2011\ufeff/_x"):
        numbers.append(form[:place] + character + form[place:])
    numbers += [f"0712{character}345678" for character in CHARACTERS]
    expected = [by_the_library(number) for number in numbers]
    assert by_the_browser(visit, numbers) == expected
    assert set(expected) == {None, "254712345678", "254112345678"}


def test_the_form_checks_a_number_when_it_is_complete_or_left(visit: Visit) -> None:
    visit.go_to_checkout()
    phone, fault = visit.page.get_by_label("M-Pesa phone number"), visit.page.get_by_text(WORDS)
    phone.clear()
    phone.press_sequentially("0612")
    expect(fault).to_have_count(0)
    phone.press_sequentially("345678")
    expect(fault).to_be_visible()
    expect(phone).to_have_attribute("aria-invalid", "true")
    visit.picture("wrong-phone")
    phone.fill("0712 345 678")
    expect(fault).to_have_count(0)
    expect(phone).to_have_attribute("aria-invalid", "false")
    phone.fill("07")
    phone.blur()
    expect(fault).to_be_visible()


def test_a_number_that_is_none_is_not_sent(visit: Visit) -> None:
    visit.go_to_checkout()
    sent = visit.requests_to("/stk-push")
    phone = visit.page.get_by_label("M-Pesa phone number")
    phone.fill("0612345678")
    phone.press("Enter")
    expect(visit.page.get_by_text(WORDS)).to_be_visible()
    expect(phone).to_be_focused()
    assert sent == []


def test_a_double_click_asks_the_phone_once(visit: Visit) -> None:
    visit.go_to_checkout()
    sent = visit.requests_to("/stk-push")
    with visit.local.hold():
        visit.page.get_by_role("button", name="Pay KES 1,500").dblclick()
        visit.arrive()
    assert len(sent) == len(visit.local.pushes) == 1


def test_while_the_phone_is_being_asked_nothing_can_be_pressed(visit: Visit) -> None:
    visit.go_to_checkout()
    sent = visit.requests_to("/stk-push")
    answers = visit.hold_back("**/stk-push")
    phone = visit.page.get_by_label("M-Pesa phone number")
    phone.press("Enter")
    button = visit.page.get_by_role("button", name="Sending to your phone")
    expect(button).to_be_disabled()
    expect(phone).not_to_be_editable()
    phone.press("Enter")
    visit.picture("sending")
    answers.pop().continue_()
    visit.arrive()
    assert len(sent) == len(visit.local.pushes) == 1


def test_a_refusal_is_shown_in_plain_words_and_the_form_can_be_sent_again(
    visit: Visit, complaints: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPESA_PASSKEY", "not-the-passkey")
    visit.go_to_checkout()
    button = visit.page.get_by_role("button", name="Pay KES 1,500")
    button.click()
    expect(visit.page.get_by_role("alert")).to_contain_text("M-Pesa did not take our request, so nothing was charged.")
    expect(visit.page.get_by_role("alert")).to_be_focused()
    expect(button).to_be_enabled()
    visit.picture("refused")
    [heard] = complaints
    assert "500 (Internal Server Error)" in heard
    complaints.clear()


def test_an_unreachable_shop_is_reported(visit: Visit, complaints: list[str]) -> None:
    visit.go_to_checkout()
    visit.page.context.set_offline(offline=True)
    button = visit.page.get_by_role("button", name="Pay KES 1,500")
    button.click()
    expect(visit.page.get_by_role("alert")).to_contain_text("We could not reach the shop.")
    visit.page.context.set_offline(offline=False)
    button.click()
    visit.arrive()
    [heard] = complaints
    assert "ERR_INTERNET_DISCONNECTED" in heard
    complaints.clear()
