"""Every usual form of a Kenyan mobile number becomes one form; any other text is refused with the reason."""

import copy
import pickle
import re
from typing import Final, cast

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from daraja.values.prompt import masks_differ, normalise_phone
from daraja.values.secret import MaskedText, mask_numbers, mask_phone, mask_runs
from tests.support.leaks import everything_shown
from tests.support.numbers import digits_shown

ON_THE_WIRE: Final = re.compile(r"254[17][0-9]{8}", re.ASCII)
SEPARATORS: Final = " -.()\t\u00a0\u2010\u2011\u2012\u2013\u2014\u2015"

national = st.from_regex(r"[17][0-9]{8}", fullmatch=True)
ARABIC_INDIC: Final = "\u0660\u0667\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668"
FULL_WIDTH: Final = "\uff10\uff17\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18"
"""0712345678 in digits that are not ASCII."""

odd_text = st.text(st.characters()) | st.text(f"0123456789+- ().\n,\u00b9a{ARABIC_INDIC}{FULL_WIDTH}", max_size=60)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str]:
    """Give a number as a person may write it, and its nine digits."""
    digits = draw(national)
    form = draw(st.sampled_from(["", "0", "254", "+254", "00254", "2540", "+2540"])) + digits
    gaps = draw(st.lists(st.text(SEPARATORS, max_size=3), min_size=len(form) + 1, max_size=len(form) + 1))
    return gaps[-1] + "".join(gap + character for gap, character in zip(gaps, form, strict=False)), digits


@given(written())
def test_every_accepted_form_becomes_the_one_on_the_wire(number: tuple[str, str]) -> None:
    text, digits = number
    assume(not re.search(r"\.0{1,2}$", text.strip()))  # the decimals of a spreadsheet
    normal = normalise_phone(text)
    assert str(normal) == f"254{digits}"
    assert ON_THE_WIRE.fullmatch(normal)
    assert str(normalise_phone(normal)) == str(normal)


@pytest.mark.parametrize(
    "text",
    [
        "0712345678",
        "712345678",
        "254712345678",
        "+254712345678",
        "+254 712 345 678",
        "+254 712-345678",
        "0712.345.678",
        "(0712) 345 678",
        "(+254) 712 345678",
        "0712\u2013345\u2013678",
        " 0712345678\n",
        "+254 (0) 712 345 678",
        "+254 (0)712-345-678",
        "2540712345678",
        "00254712345678",
        "00 254 0712 345 678",
        "\u202a+254712345678\u202c",
        "\u2068+254\u00a0712\u00a0345\u00a0678\u2069",
        "\u200e0712345678",
        "0712\u200b345678",
        "0712\ufe0d345678",
        "\ufeff0712345678",
        "tel:+254712345678",
        "TEL:0712-345-678",
        "'0712345678",
        "\u2019254712345678",
        "254712345678.0",
        "712345678.00",
    ],
)
def test_forms_that_customers_type(text: str) -> None:
    assert str(normalise_phone(text)) == "254712345678"


@given(odd_text)
@example("254712345678254722000000")
@example("0712345678 0722000000")
@example("0712345678" + "0" * 100)
@example("0712345678a")
@example(ARABIC_INDIC)
@example("\udc800712345678")
def test_any_text_is_normalised_or_refused_without_being_shown(text: str) -> None:
    try:
        normal = normalise_phone(text)
    except ValueError as error:
        shown = everything_shown(error)
        assert "07XXXXXXXX" in shown
        assert digits_shown(text, shown) == []
    else:
        assert ON_THE_WIRE.fullmatch(normal)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is blank"),
        ("\u200b ", "it is blank"),
        ("+", "after + or 00 comes 254 in Kenya"),
        ("0", "9 digits must follow 0 or 254, and it has 0"),
        ("254", "9 digits must follow 0 or 254, and it has 0"),
        ("0612345678", "after 0 or 254 comes 7 or 1"),
        ("0200000000", "after 0 or 254 comes 7 or 1"),
        ("254200000000", "after 0 or 254 comes 7 or 1"),
        ("25412345678", "9 digits must follow 0 or 254, and it has 8"),
        ("071234567", "9 digits must follow 0 or 254, and it has 8"),
        ("71234567.0", "9 digits must follow 0 or 254, and it has 8"),
        ("07123456789", "9 digits must follow 0 or 254, and it has 10"),
        ("25400712345678", "9 digits must follow 0 or 254, and it has 10"),
        ("+0712345678", "after + or 00 comes 254 in Kenya"),
        ("+255712345678", "after + or 00 comes 254 in Kenya"),
        ("00255712345678", "after + or 00 comes 254 in Kenya"),
        ("++254712345678", "it has '+' in it"),
        ("254-712-345-67O", "it has 'O' in it"),
        ("0712/345678", "it has '/' in it"),
        ("0712_345_678", "it has '_' in it"),
        ("254712345678,254712345679", "it has ',' in it"),
        ("0712345678x", "it has 'x' in it"),
        ("2547 ***** 678", "it has '*' in it"),
        ("2.54713E+11", "a spreadsheet shortened it"),
        ("2,54713e+11", "a spreadsheet shortened it"),
        (ARABIC_INDIC, "it has '\u0660' in it"),
        (FULL_WIDTH, "it has '\uff10' in it"),
        ("071234567\u0668", "it has '\u0668' in it"),
        ("071234567\u00b2", "it has '\u00b2' in it"),
        ("\x000712345678", r"it has '\x00' in it"),
        ("\udc800712345678", r"it has '\udc80' in it"),
        pytest.param("0" * 100_000, "after + or 00 comes 254 in Kenya", id="enormous"),
    ],
)
def test_anything_else_is_refused_with_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"is not a Kenyan mobile number: .*; write it like 07XXXXXXXX") as caught:
        normalise_phone(text)
    assert f" number: {why}" in str(caught.value)
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()
    assert digits_shown(text, everything_shown(caught.value)) == []


def test_a_refusal_shows_what_was_typed_masked_and_escaped() -> None:
    with pytest.raises(ValueError, match=r"'\\u202a07\*\* \*\*\* 678a'"):
        normalise_phone("\u202a0712 345 678a")
    with pytest.raises(ValueError, match=r"'07\*\* \*\*\* 678a'"):
        normalise_phone("0712 345 678a")


@pytest.mark.parametrize(
    ("wrong", "way_out"),
    [
        (712345678, "write it in quotes, like '07XXXXXXXX'"),
        (712345678.0, "write it in quotes, like '07XXXXXXXX'"),
        (b"0712345678", r"give str\(number\)"),
        (["0712345678"], r"give str\(number\)"),
        (None, r"give str\(number\)"),
    ],
)
def test_a_number_that_is_not_text_is_refused_by_its_type(wrong: object, way_out: str) -> None:
    with pytest.raises(ValueError, match=rf"is text, not {type(wrong).__name__}; {way_out}") as caught:
        normalise_phone(cast("str", wrong))
    assert "712345678" not in everything_shown(caught.value).replace("'0712345678'", "")


@given(odd_text)
@example("254712345678 2026-11-24 10:15")
def test_a_mask_never_shows_a_whole_number(text: str) -> None:
    masked = mask_phone(text)
    assert digits_shown(text, masked) == []
    assert len(masked) <= 40
    assert [kept for kept, was in zip(masked, text, strict=False) if kept not in {was, "*"}] == []


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("254712345678", "2547*****678"),
        ("+254 712 345 678", "+254 7** *** 678"),
        ("0712345678", "07*****678"),
        ("712345678", "7*****678"),
        ("12345678", "*****678"),
        ("12345", "**345"),
        ("345", "345"),
        ("", ""),
        ("nobody", "nobody"),
        ("254712345678254722000000", "2547*****************000"),
        ("a" * 50, "a" * 40),
    ],
)
def test_what_a_mask_looks_like(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    ("wrong", "masked"), [(None, "None"), (712345678, "7*****678"), (b"0712345678", "b'07*****678'")]
)
def test_masking_never_fails(wrong: object, masked: str) -> None:
    assert mask_phone(cast("str", wrong)) == masked


@given(national, st.sampled_from(["", "0", "254", "+254", "+254 "]), odd_text, odd_text)
def test_a_number_anywhere_in_a_text_is_masked(digits: str, prefix: str, before: str, after: str) -> None:
    number = prefix + digits
    for text in (f"{before} {number} {after}", f"{number} {number}", f"to {number[:-6]} {number[-6:-3]} {number[-3:]}"):
        assert digits_shown(digits, mask_numbers(text)) == []


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Unable to lock subscriber 254712345678", "Unable to lock subscriber 2547*****678"),
        ("from 0712345678 0722000000 today", "from 0712****** *******000 today"),
        ("254712345678 2026-11-24 10:15", "2547******** ****-**-*4 10:15"),
        ("from 0712  345  678", "from 07**  ***  678"),
        ("Invalid PhoneNumber 0712\u2013345\u2013678", "Invalid PhoneNumber 07**\u2013***\u2013678"),
        ("ws_CO_23112026143000001712345678", "ws_CO_231120261430000017*****678"),
        ("ws_CO_27072017151044001", "ws_CO_2707**********001"),
        ("ws_CO_254712345678254722000000", "ws_CO_2547*****************000"),
        ("KES 250,000 on 24 November 2026, code 1032", "KES 250,000 on 24 November 2026, code 1032"),
        ("", ""),
    ],
)
def test_masked_text_keeps_everything_but_numbers(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked


def test_masked_text_is_whole_for_the_program_and_masked_in_every_repr() -> None:
    number = MaskedText("254712345678")
    assert number == "254712345678"
    assert f"{number}" == str(number) == "254712345678"
    assert repr([number]) == "['2547*****678']"
    assert repr(copy.deepcopy(number)) == repr(pickle.loads(pickle.dumps(number))) == repr(number)  # noqa: S301 - our own bytes
    assert repr(normalise_phone("0712345678")) == "'2547*****678'"


def test_masking_runs_leaves_codes_alone() -> None:
    assert mask_runs("500.001.1001") == "500.001.1001"
    assert mask_runs("29115-34620561-1") == "29115-34620561-1"
    assert mask_runs("code254712345678") == "code2547*****678"


def test_three_separators_in_a_row_hide_nothing_from_the_mask() -> None:
    assert "345" not in mask_numbers("0712 - 345 - 678")


@pytest.mark.parametrize(
    ("shown", "differs"),
    [
        ("2547 ***** 678", False),
        ("2547*****678", False),
        ("254712345678", False),
        ("+254 712 345 678", False),
        ("25471xxxx678", False),
        ("2547********", False),
        ("2547 ***** 679", True),
        ("2541*****678", True),
        ("254712345679", True),
        ("a" * 64, False),
        ("1" * 64, False),
        ("", False),
        ("JOHN", False),
        ("0712345679", False),
    ],
)
def test_a_masked_number_can_contradict_and_a_hash_cannot(shown: str, differs: bool) -> None:  # noqa: FBT001 - a column
    assert masks_differ(shown, "254712345678") is differs
