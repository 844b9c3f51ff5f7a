"""An amount stays the same whole number, or is refused."""

from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.values.prompt import MAX_AMOUNT, whole_shillings
from tests.support.numbers import digits_shown

anything = st.one_of(
    st.integers(),
    st.integers(-1, MAX_AMOUNT + 1).map(Decimal),
    st.decimals(),
    st.floats(),
    st.booleans(),
    st.text(),
    st.fractions(),
    st.none(),
)


class Price(IntEnum):
    DELIVERY = 150


@given(anything)
def test_an_amount_stays_the_same_or_is_refused(value: object) -> None:
    try:
        whole = whole_shillings(cast("int", value))
    except ValueError:
        assert not (type(value) is int and 1 <= value <= MAX_AMOUNT)
    else:
        assert type(whole) is int
        assert whole == value
        assert 1 <= whole <= MAX_AMOUNT
        assert isinstance(value, int | Decimal)
        assert not isinstance(value, bool)


@given(st.integers(1, MAX_AMOUNT), st.integers(0, 5))
def test_a_whole_decimal_is_accepted_with_any_number_of_zeros(amount: int, noughts: int) -> None:
    assert whole_shillings(Decimal(f"{amount}.{'0' * noughts}")) == amount


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (1, 1),
        (500, 500),
        (MAX_AMOUNT, 250_000),
        (Decimal(500), 500),
        (Decimal("500.00"), 500),
        (Decimal("5E+2"), 500),
        (Decimal("2.5E+5"), 250_000),
        (Price.DELIVERY, 150),
    ],
)
def test_accepted(value: int | Decimal, whole: int) -> None:
    result = whole_shillings(value)
    assert (result, type(result)) == (whole, int)


@pytest.mark.parametrize(
    "value",
    [
        10.0,
        99.99,
        float("nan"),
        float("inf"),
        True,
        False,
        None,
        "500",
        b"500",
        Fraction(500),
        Decimal("10.99"),
        Decimal("499.9999999999999999999999999999999999"),
        Decimal("500.0000000000000000000000000000000001"),
        Decimal("1E-400000"),
        Decimal("1E+400000"),
        Decimal("-1E+400000"),
        Decimal("NaN"),
        Decimal("-NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("-Infinity"),
    ],
)
def test_an_amount_that_is_not_whole_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"give whole shillings|outside the limits"):
        whole_shillings(cast("int", value))


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        250_001,
        pytest.param(10**5000, id="enormous"),
        pytest.param(-(10**5000), id="minus enormous"),
        Decimal(0),
        Decimal("-0"),
        Decimal(-5),
    ],
)
def test_an_amount_outside_the_limits_is_refused(value: int | Decimal) -> None:
    with pytest.raises(ValueError, match=r"outside the limits; M-Pesa takes 1 to 250,000 KES in one payment") as caught:
        whole_shillings(value)
    assert len(str(caught.value)) < 120


def test_a_lower_limit_of_your_own() -> None:
    assert whole_shillings(1_000, maximum=1_000) == 1_000
    with pytest.raises(ValueError, match=r"^1,001 is outside the limits; M-Pesa takes 1 to 1,000 KES"):
        whole_shillings(1_001, maximum=1_000)


@pytest.mark.parametrize(
    "value",
    [
        "0712345678",
        "+254 712 345 678",
        712345678,
        254712345678,
        -254712345678,
        712345678.5,
        Decimal(712345678),
        Decimal("712345678.5"),
        Decimal(254712345678),
    ],
)
def test_a_customers_number_in_the_wrong_place_is_not_shown(value: object) -> None:
    with pytest.raises(ValueError, match=r"shillings|limits") as caught:
        whole_shillings(cast("int", value))
    assert digits_shown(str(value), str(caught.value)) == []
