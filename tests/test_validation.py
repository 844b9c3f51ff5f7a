"""All faults of one input are found before the error is raised."""

import traceback
from typing import Final, cast

import attrs
import pytest

from daraja import fields
from daraja.errors import ConfigurationError, InvalidInput
from daraja.fields import Checked, Fault, raise_faults, value_or_fault, values_of
from daraja.values.secret import Secret


def shorter(text: str) -> int:
    if len(text) > 3:
        message = "is too long"
        raise ValueError(message)
    return len(text)


def inner(text: str) -> int:
    raise InvalidInput({"first": f"{text} is wrong", "second": "is wrong too"})


FIELDS: Final = {"first": "it is wrong", "second": "is wrong too"}


def crash(text: str) -> int:
    raise KeyError(text)


def _length(value: str) -> int:
    return value_or_fault(shorter, value)


@attrs.frozen
class Parcel(Checked):
    phone: str = attrs.field(converter=fields.phone)
    size: int = attrs.field(converter=_length)
    pin: Secret = attrs.field(default=Secret("0000"), converter=fields.credential, kw_only=True)


def test_a_check_that_passes_returns_its_result() -> None:
    assert value_or_fault(shorter, "abc") == 3
    raise_faults({"name": 3})


def test_a_check_that_fails_returns_a_fault() -> None:
    checked: list[object] = [value_or_fault(shorter, "abcd"), value_or_fault(inner, "it")]
    assert checked == [
        Fault("is too long"),
        Fault("The input has 2 faults:\n  - first: it is wrong\n  - second: is wrong too", FIELDS),
    ]


def test_a_fault_among_the_arguments_is_returned_without_a_check() -> None:
    fault: object = Fault("is missing")
    assert id(value_or_fault(crash, cast("str", fault))) == id(fault)


def test_an_error_that_is_not_about_the_value_passes_through() -> None:
    with pytest.raises(KeyError):
        value_or_fault(crash, "abc")


def test_all_faults_are_raised_at_once_in_the_order_of_the_fields() -> None:
    values = {
        "one": value_or_fault(shorter, "abcd"),
        "two": value_or_fault(inner, "it"),
        "first": Fault("comes later"),
        "three": value_or_fault(shorter, "abc"),
    }
    with pytest.raises(ConfigurationError) as caught:
        raise_faults(values, ConfigurationError)
    assert list(caught.value.faults.items()) == [
        ("one", "is too long"),
        ("first", "it is wrong"),
        ("second", "is wrong too"),
    ]
    assert caught.value.__context__ is None


def test_a_value_has_the_results_of_its_converters() -> None:
    parcel = Parcel("0712 345 678", "abc")
    assert values_of(parcel) == {"phone": "254712345678", "size": 3, "pin": Secret("0000")}
    assert attrs.evolve(parcel, size="a") == Parcel("0712 345 678", "a")


def test_a_value_with_faults_is_never_created() -> None:
    with pytest.raises(InvalidInput) as caught:
        Parcel("12", "abcd", pin="")
    assert list(caught.value.faults) == ["phone", "size", "pin"]


@pytest.mark.parametrize("pin", ["a secret", b"a secret"])
def test_the_constructor_of_a_value_shows_no_argument(pin: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Parcel("0712 345 67", "abcd", pin=pin)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    below = [repr(frame.locals) for frame in shown.stack][1:]
    assert len(below) == 4  # the wrapper, the constructor, the check after it, the raise
    assert "a secret" not in "".join(below)
    assert "345" not in "".join(below)
