"""A receiver of a payment is checked when it is made, and masked in reprs."""

from collections.abc import Callable

import attrs
import pytest

from daraja import to
from daraja.errors import InvalidInput
from daraja.fields import Fault
from tests.support.scripted import PHONE

RECEIVERS: list[to.Receiver] = [
    to.Mobile("0712 345 678", id_number="12345678"),
    to.Pochi("+254712345678"),
    to.PayBillAccount("888880", account=PHONE),
    to.TillNumber("5050505", reference=PHONE),
    to.BulkAccount("600996"),
    to.OwnUtility(),
    to.Tax("2020160000012345"),
]


def named(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize("receiver", RECEIVERS, ids=named)
def test_a_receiver_cannot_be_changed_and_equals_one_with_the_same_content(receiver: to.Receiver) -> None:
    assert attrs.evolve(receiver) == receiver
    assert hash(attrs.evolve(receiver)) == hash(receiver)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        receiver.phone = "0"  # type: ignore[misc, union-attr]  # wrong on purpose


@pytest.mark.parametrize("receiver", RECEIVERS, ids=named)
def test_no_repr_shows_a_phone_or_an_id_number(receiver: to.Receiver) -> None:
    assert PHONE[3:] not in repr(receiver)
    assert "12345678" not in repr(receiver)
    assert "2020160000012345" not in repr(receiver)


@pytest.mark.parametrize(
    ("make", "faults"),
    [
        (lambda: to.Mobile("1", id_number="12 34"), {"phone", "id_number"}),
        (lambda: to.Mobile("0712345678", id_number="1234"), {"id_number"}),
        (lambda: to.Pochi(""), {"phone"}),
        (lambda: to.PayBillAccount("8888", account=""), {"shortcode", "account"}),
        (lambda: to.TillNumber("till", reference="x" * 14), {"number", "reference"}),
        (lambda: to.BulkAccount("60099600"), {"shortcode"}),
        (lambda: to.Tax("PRN 17"), {"prn"}),
    ],
)
def test_every_wrong_field_of_a_receiver_is_named_at_once(make: Callable[[], to.Receiver], faults: set[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        make()
    assert set(caught.value.faults) == faults


def test_a_text_stands_for_a_receiver_of_one_kind() -> None:
    assert to.one(to.Mobile, "0712345678") == to.Mobile("0712345678")
    assert to.one(to.Tax, to.Tax("17")) == to.Tax("17")


def test_a_text_that_is_not_a_receiver_is_one_fault_without_a_field() -> None:
    fault = to.one(to.Mobile, "1")

    assert isinstance(fault, Fault)
    assert "is not a Kenyan mobile number" in fault.words
    assert fault.fields == {}
