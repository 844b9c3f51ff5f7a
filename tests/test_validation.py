"""All faults are found before any is told."""

import pytest

from daraja.errors import ConfigurationError, InvalidInput
from daraja.validation import Faults


def shorter(text: str) -> int:
    if len(text) > 3:
        message = "is too long"
        raise ValueError(message)
    return len(text)


def inner(text: str) -> int:
    raise InvalidInput({"first": f"{text} is wrong", "second": "is wrong too"})


def crash(text: str) -> int:
    raise KeyError(text)


def test_a_check_that_passes_gives_its_result() -> None:
    faults = Faults()
    assert faults.check("name", shorter, "abc") == 3
    assert "name" not in faults
    faults.settle(InvalidInput)


def test_all_faults_are_raised_at_once_in_the_order_of_the_checks() -> None:
    faults = Faults()
    faults.check("one", shorter, "abcd")
    faults.check("two", inner, "it")
    faults.add("three", "is missing")
    with pytest.raises(ConfigurationError) as caught:
        faults.settle(ConfigurationError)
    assert list(caught.value.faults.items()) == [
        ("one", "is too long"),
        ("first", "it is wrong"),
        ("second", "is wrong too"),
        ("three", "is missing"),
    ]
    assert caught.value.__context__ is None


def test_after_a_complaint_nothing_of_the_value_is_left() -> None:
    assert Faults().check("name", shorter, "abcd") is None


def test_the_first_fault_of_a_field_stays() -> None:
    faults = Faults()
    faults.add("name", "is missing")
    faults.check("name", shorter, "abcd")
    with pytest.raises(InvalidInput, match=r"^The input cannot be used: name: is missing$"):
        faults.settle(InvalidInput)


def test_faults_can_be_put_in_other_words_and_dropped() -> None:
    faults = Faults()
    faults.add("name", "is missing")
    faults.add("phone", "is missing")
    faults.amend(lambda field, fault: f"{fault} ({field.upper()})")
    faults.forget("phone")
    faults.forget("never seen")
    assert "name" in faults
    assert "phone" not in faults
    with pytest.raises(InvalidInput, match=r"name: is missing \(NAME\)$"):
        faults.settle(InvalidInput)


def test_a_mistake_of_ours_is_no_fault_of_the_callers() -> None:
    with pytest.raises(KeyError):
        Faults().check("name", crash, "abc")
