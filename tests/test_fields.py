"""A converter returns a value or a fault, and never raises."""

import inspect
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import fields
from daraja.fields import Fault
from daraja.values.secret import Secret

HIDDEN: Final = "a-secret-nobody-may-see"


def words_of(value: object) -> str:
    assert isinstance(value, Fault)
    return value.words


def remarks(value: Any) -> str:  # noqa: ANN401 - tests give anything
    return fields.text(value, shortest=2, longest=10)


def size(value: Any) -> int:  # noqa: ANN401 - as above
    return fields.whole_number(value, lowest=1, highest=1_000)


def kind(value: str) -> str:
    return fields.one_of(value, ["PB", "BG"])


def secret(value: object) -> object:
    return fields.instance(value, Secret, "give Secret(text)")


NEED_MORE: Final = {"instance", "letters_and_digits", "one_of", "text", "whole_number"}
"""The converters that take more than a value; functions of the tests stand for them."""
NO_CONVERTERS: Final = {"faults_in", "raise_faults", "value_or_fault", "values_of"}
CONVERTERS: Final = [
    function
    for name, function in inspect.getmembers(fields, inspect.isfunction)
    if function.__module__ == fields.__name__ and not name.startswith("_") and name not in NEED_MORE | NO_CONVERTERS
]
EVERY: Final[list[Callable[[Any], object]]] = [  # Any: as above
    *CONVERTERS,
    remarks,
    size,
    kind,
    secret,
]
ANYTHING: Final = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.text(), st.binary(), st.lists(st.text())
)


@pytest.mark.parametrize("convert", EVERY)
@given(value=ANYTHING)
def test_a_converter_never_raises_and_takes_its_own_values_again(
    convert: Callable[[Any], object], value: object
) -> None:
    converted = convert(value)
    if isinstance(converted, Fault):
        assert "\n" not in words_of(converted)
    else:
        assert convert(converted) == converted


@pytest.mark.parametrize("convert", EVERY)
def test_a_fault_passes_through_every_converter(convert: Callable[[Any], object]) -> None:
    fault = Fault("has quotes around it")
    assert convert(fault) is fault


@pytest.mark.parametrize(
    ("converted", "value"),
    [
        (fields.phone("0712 345 678"), "254712345678"),
        (fields.amount(Decimal("500.00")), 500),
        (fields.amount(70_000_000), 70_000_000),
        (fields.reference("ORD-2025-001"), "ORD-2025-001"),
        (fields.description("Laundry"), "Laundry"),
        (fields.identifier("ws_CO_1"), "ws_CO_1"),
        (fields.shortcode("174379"), "174379"),
        (fields.credential(HIDDEN), Secret(HIDDEN)),
        (fields.hidden_url("https://shop.example/"), Secret("https://shop.example/")),
        (fields.hidden_url(None), None),
        (remarks("Salary"), "Salary"),
        (size(300), 300),
        (kind("PB"), "PB"),
        (secret(Secret(HIDDEN)), Secret(HIDDEN)),
    ],
)
def test_every_converter_returns_its_value(converted: object, value: object) -> None:
    assert converted == value


@pytest.mark.parametrize(
    ("converted", "words"),
    [
        (fields.amount(0), "0 is outside the limits; M-Pesa takes 1 KES or more"),
        (fields.amount(254_712_345_678), "this is outside the limits; M-Pesa moves no such sum in one payment"),
        (fields.identifier(" "), "is blank; give the id as text"),
        (fields.identifier("x" * 201), "is no id; it has 1 to 200 characters that can be printed"),
        (fields.identifier("a\nb"), "is no id"),
        (remarks("x"), "'x' is too short; Safaricom takes 2 characters or more"),
        (remarks("x" * 11), "'xxxxxxxxxxx' has 11 characters, Safaricom takes 10"),
        (remarks("a+b"), "'a+b' has '+', which Safaricom refuses"),
        (size(0), "is not a whole number from 1 to 1,000"),
        (size(1_001), "is not a whole number from 1 to 1,000"),
        (size(True), "is not a whole number from 1 to 1,000"),  # noqa: FBT003 - that is what is refused
        (kind("pb"), "'pb' is not known; use one of PB, BG"),
        (kind(HIDDEN), "this is not known; use one of PB, BG"),
        (secret(HIDDEN), "is str; give Secret(text)"),
    ],
)
def test_a_fault_says_what_is_wrong_and_what_is_valid(converted: object, words: str) -> None:
    assert words in words_of(converted)
    assert HIDDEN not in words_of(converted)
