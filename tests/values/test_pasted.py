"""Invisible characters are removed, and characters around a setting are named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.values.pasted import check_unwrapped, without_invisible


@pytest.mark.parametrize(
    "mark",
    [
        "\u200e",
        "\u200f",
        "\u202a",
        "\u202c",
        "\u2068",
        "\u2069",
        "\u200b",
        "\u200d",
        "\ufe0f",
        "\U000e0100",
        "\U000e0067",
        "\ufeff",
        "\u00ad",
        "\u061c",
    ],
    ids=ascii,
)
def test_an_invisible_character_is_removed(mark: str) -> None:
    assert without_invisible(f"{mark}07{mark}12{mark}") == "0712"


@given(st.text())
def test_no_letter_or_digit_is_removed(text: str) -> None:
    assert without_invisible(without_invisible(text)) == without_invisible(text)
    assert [char for char in without_invisible(text) if char.isalnum()] == [char for char in text if char.isalnum()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"secret"', "has quotes around it"),
        ("'secret'", "has quotes around it"),
        ("`secret`", "has quotes around it"),
        ("\u201csecret\u201d", "has quotes around it"),
        ("secret\r", "ends with a carriage return"),
        ("secret\r\n", "ends with a carriage return"),
        ("secret\n", "ends with a line end"),
        (" secret", "has a blank before or after it"),
        ("secret\t", "has a blank before or after it"),
        ("secret\u00a0", "has a blank before or after it"),
        ("sec\u200bret", "has an invisible character"),
    ],
    ids=ascii,
)
def test_characters_around_a_setting_are_named_and_the_setting_is_not_shown(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}") as caught:
        check_unwrapped(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "x", '"', "it's", 'a "word" in it', "two words", "'tis"])
def test_a_setting_with_nothing_around_it_is_accepted(text: str) -> None:
    assert check_unwrapped(text) == text
