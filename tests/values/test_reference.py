"""The texts of the prompt are accepted whole or refused; a long order id gets a short reference of its own."""

import string
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from daraja.values.pasted import without_invisible
from daraja.values.prompt import check_description, check_reference, short_reference
from tests.support.numbers import digits_shown

ALLOWED = string.ascii_letters + string.digits + " -_./"
order_ids = st.text(st.characters(), min_size=1) | st.text(ALLOWED, min_size=1, max_size=40)

either = pytest.mark.parametrize("check", [check_reference, check_description])
either_and_its_limit = pytest.mark.parametrize(("check", "longest"), [(check_reference, 12), (check_description, 13)])


@either_and_its_limit
@given(data=st.data())
def test_what_is_allowed_comes_through_unchanged(
    check: Callable[[str], str], longest: int, data: st.DataObject
) -> None:
    text = data.draw(st.text(ALLOWED, min_size=1, max_size=longest).filter(str.strip))
    assert check(text) == text


@either_and_its_limit
@given(text=order_ids)
def test_any_text_is_taken_whole_or_refused(check: Callable[[str], str], longest: int, text: str) -> None:
    seen = without_invisible(text).replace("\u00a0", " ")
    try:
        assert check(text) == seen
    except ValueError:
        assert not seen.strip() or len(seen) > longest or set(seen) - set(ALLOWED)


@either_and_its_limit
def test_one_character_more_is_refused_and_never_cut(check: Callable[[str], str], longest: int) -> None:
    assert check("a" * longest) == "a" * longest
    with pytest.raises(
        ValueError, match=rf"'{'a' * (longest + 1)}' has {longest + 1} characters, Safaricom takes {longest}"
    ):
        check("a" * (longest + 1))


@either
@pytest.mark.parametrize("character", ["@", "#", "&", "\n", "\t", "'", '"', "é", "٣", "\u2013", "\x00", "\udc80", "😀"])
def test_a_character_that_safaricom_refuses(check: Callable[[str], str], character: str) -> None:
    with pytest.raises(
        ValueError, match=r", which Safaricom refuses; use letters, digits, space and - _ \. /"
    ) as caught:
        check(f"ORD{character}1")
    assert f" has {character!r}, " in str(caught.value)


@either
def test_invisible_characters_are_removed(check: Callable[[str], str]) -> None:
    assert check("\u200eORD\u200b-1\ufeff") == "ORD-1"
    assert check("ORD\u00a01") == "ORD 1"


@either
@pytest.mark.parametrize("blank", ["", " ", "            "])
def test_blank(check: Callable[[str], str], blank: str) -> None:
    with pytest.raises(ValueError, match=r"^text is needed; it is blank$"):
        check(blank)


@either
@pytest.mark.parametrize("wrong", [None, 117, b"ORD-1", ["ORD-1"]])
def test_another_type_is_refused(check: Callable[[str], str], wrong: object) -> None:
    with pytest.raises(ValueError, match=f"^text is needed, not {type(wrong).__name__}"):
        check(cast("str", wrong))


@either
@pytest.mark.parametrize(
    "text", ["0712345678 Juma Otieno", "+254712345678", "254712345678 for order 117 of today", "9" * 100]
)
def test_a_customers_number_in_it_is_not_shown(check: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValueError, match=r"Safaricom") as caught:
        check(text)
    assert digits_shown(text, str(caught.value)) == []


def test_only_a_reference_can_be_shortened() -> None:
    with pytest.raises(ValueError, match=r"; daraja\.short_reference\(order_id\) makes one that fits$"):
        check_reference("ORDER-2026-000000117")
    with pytest.raises(ValueError, match=r"Safaricom takes 13$"):
        check_description("ORDER-2026-000000117")


@given(order_ids)
@example("\udc80")
@example("a" * 100_000)
def test_a_short_reference_always_passes_and_is_always_the_same(order_id: str) -> None:
    assume(order_id.strip())
    short = short_reference(order_id)
    assert check_reference(short) == short
    assert short_reference(order_id) == short
    assert short_reference(short) == short


@given(st.text(ALLOWED, min_size=1, max_size=12).filter(str.strip))
def test_an_id_that_fits_is_its_own_reference(order_id: str) -> None:
    assert short_reference(order_id) == order_id


def test_ids_that_begin_alike_get_different_references() -> None:
    made = {short_reference(f"ORDER-2026-{number:09}") for number in range(2_000)}
    assert len(made) == 2_000


def test_the_reference_of_an_id_never_changes() -> None:
    assert short_reference("ORDER-2026-000000117") == "BLBRSE2C4KC4"
    assert short_reference("Order № 7") == "7QE7PDDKVEHZ"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("", "it is blank"),
        (" \t\n", "it is blank"),
        (117, r"an order id is text, not int; write str\(order_id\)"),
        (None, "an order id is text, not NoneType"),
        (b"ORD-1", "an order id is text, not bytes"),
    ],
)
def test_an_order_id_of_another_type_is_refused(wrong: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        short_reference(cast("str", wrong))
