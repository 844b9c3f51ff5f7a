"""A check digit finds the mistakes that customers make, and references are compared as customers mean them."""

import string
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daraja.values.account_number import account_number, is_account_number, likely_typos, normalise_reference

numbers = st.integers(1, 99_999_999_999)
account_numbers = numbers.map(account_number)


@given(number=numbers)
def test_an_account_number_is_the_number_and_one_digit(number: int) -> None:
    made = account_number(number)
    assert made[:-1] == str(number)
    assert made[-1] in string.digits
    assert len(made) <= 12
    assert is_account_number(made)


def test_the_check_digit_is_that_of_the_published_example() -> None:
    assert account_number(572) == "5724"


@given(account=account_numbers, data=st.data())
def test_one_wrong_digit_is_always_found(account: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(account) - 1))
    digit = data.draw(st.sampled_from(string.digits).filter(lambda one: one != account[at]))
    wrong = account[:at] + digit + account[at + 1 :]
    assert not is_account_number(wrong)
    assert account in likely_typos(wrong)


@given(account=account_numbers, data=st.data())
def test_two_swapped_neighbours_are_always_found(account: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(account) - 2))
    wrong = account[:at] + account[at + 1] + account[at] + account[at + 2 :]
    assert (wrong == account) is is_account_number(wrong)
    assert wrong == account or account in likely_typos(wrong)


@pytest.mark.parametrize("number", [0, -1, 100_000_000_000, True, "17", 17.0, None])
def test_only_a_whole_number_in_range_makes_an_account_number(number: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 99,999,999,999"):
        account_number(number)


@pytest.mark.parametrize("text", ["", "0", "1", "174 ", "A174", "١٧٤", "0" * 13, "1" * 40, "<b>174</b>"])
def test_anything_else_is_no_account_number_and_nobodys_typo(text: str) -> None:
    assert not is_account_number(text)
    assert not likely_typos(text)


@given(text=st.text())
@example("\u1100 \u1161")  # two letters that become one when the blank between them is left out
@example("\u0345")  # upper case makes a letter of it
def test_a_normalised_reference_stays_as_it_is(text: str) -> None:
    once = normalise_reference(text)
    assert normalise_reference(once) == once
    assert len(once) <= 100


@given(text=st.text(string.ascii_letters + string.digits, max_size=12), data=st.data())
def test_case_width_blanks_and_punctuation_make_no_difference(text: str, data: st.DataObject) -> None:
    separators = st.text(" -_./'\u00a0\u200b\u2013", max_size=2)
    typed = "".join(data.draw(separators) + data.draw(st.sampled_from([one, one.swapcase()])) for one in text)
    wide = "".join(chr(ord(one) + 0xFEE0) if one.isalnum() and one.isascii() else one for one in typed)
    assert normalise_reference(typed) == normalise_reference(text) == normalise_reference(wide) == text.upper()


@given(one=st.text(min_size=1, max_size=20), other=st.text(min_size=1, max_size=20))
def test_different_letters_and_digits_stay_different(one: str, other: str) -> None:
    same = normalise_reference(one) == normalise_reference(other)
    letters = [
        unicodedata.normalize("NFKC", "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).upper())))
        for text in (one, other)
    ]
    assert not (same and one.isascii() and other.isascii()) or letters[0] == letters[1]
