"""A total in any currency becomes whole shillings once, by a rate that is kept."""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.errors import InvalidInput
from daraja.money import to_shillings

totals = st.decimals("0.01", "250000", places=2)
rates = st.decimals("0.0001", "400", places=4)


@given(totals, rates)
def test_the_result_is_the_exact_product_rounded_once(total: Decimal, rate: Decimal) -> None:
    exact = Fraction(total) * Fraction(rate)
    if exact < Fraction(1, 2):
        with pytest.raises(InvalidInput, match="comes to 0 KES"):
            to_shillings(total, rate=rate)
    else:
        shillings = to_shillings(total, rate=rate)
        assert type(shillings) is int
        assert abs(shillings - exact) <= Fraction(1, 2)


@given(totals, rates)
def test_rounding_up_never_loses_a_part_of_a_shilling_for_the_shop(total: Decimal, rate: Decimal) -> None:
    exact = Fraction(total) * Fraction(rate)
    assert 0 <= to_shillings(total, rate=rate, rounding=ROUND_UP) - exact < 1


@given(st.integers(1, 99_999_999))
def test_whole_shillings_stay_the_same(amount: int) -> None:
    assert to_shillings(amount) == to_shillings(Decimal(amount)) == amount


@pytest.mark.parametrize(
    ("total", "rounding", "shillings"),
    [
        ("499.49", ROUND_HALF_UP, 499),
        ("499.50", ROUND_HALF_UP, 500),
        ("500.50", ROUND_HALF_UP, 501),
        ("499.01", ROUND_CEILING, 500),
        ("499.99", ROUND_DOWN, 499),
    ],
)
def test_half_a_shilling_is_rounded_as_the_shop_says(total: str, rounding: str, shillings: int) -> None:
    assert to_shillings(Decimal(total), rounding=rounding) == shillings


@pytest.mark.parametrize(
    ("amount", "rate", "rounding", "words"),
    [
        (499.5, 1, ROUND_UP, "amount: is of type float; give an int or a Decimal, such as Decimal('12.99')"),
        ("500", 1, ROUND_UP, "amount: is of type str"),
        (True, 1, ROUND_UP, "amount: is of type bool"),
        (0, 1, ROUND_UP, "amount: must be a number above 0, and at most 99,999,999"),
        (Decimal("NaN"), 1, ROUND_UP, "amount: must be a number above 0, and at most 99,999,999"),
        (Decimal("Infinity"), 1, ROUND_UP, "amount: must be a number above 0, and at most 99,999,999"),
        (Decimal("sNaN"), 1, ROUND_UP, "amount: must be a number above 0, and at most 99,999,999"),
        (500, -1, ROUND_UP, "rate: must be a number above 0, and at most 99,999,999"),
        (500, 129.5, ROUND_UP, "rate: is of type float"),
        (500, 1, "up", "rounding: is not a rounding; give one of the constants of decimal, such as decimal.ROUND_UP"),
        (Decimal("0.2"), 1, ROUND_DOWN, "amount: comes to 0 KES; give a total that comes to 1 to 99,999,999 KES"),
        (10**40, 1, ROUND_UP, "amount: must be a number above 0, and at most 99,999,999"),
        (99_999_999, 2, ROUND_UP, "amount: comes to 199,999,998 KES"),
    ],
)
def test_bad_input_is_named(amount: object, rate: object, rounding: str, words: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        to_shillings(cast("int", amount), rate=cast("int", rate), rounding=rounding)
    assert words in str(raised.value)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InvalidInput) as raised:
        to_shillings(0, rate=0, rounding="")
    assert list(raised.value.faults) == ["amount", "rate", "rounding"]
