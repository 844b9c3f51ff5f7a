"""An assertion that fails says what was expected, what there was, and what the reason may be."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from daraja import Checkout, Daraja, Status
from daraja.errors import InvalidInput, SubscriberBusy
from daraja.lifecycle.ports import HistoryEntry
from daraja.payments.model import Payment
from daraja.simulator import Answer, Engine
from daraja.stores import MemoryStore
from daraja.testing import assert_not_paid, assert_not_pushed, assert_paid_once, assert_pushed, stk_callback
from daraja.testing.adapters import MountedDaraja
from tests.support.leaks import everything_shown
from tests.support.numbers import digits_shown

PHONE = "0712345678"
OTHER = "0722000111"


def told(error: pytest.ExceptionInfo[AssertionError]) -> str:
    """Give the words of a failure, which show nobody's number, nor do the local variables on its way."""
    shown = everything_shown(error.value)
    assert digits_shown(PHONE, shown) == []
    assert digits_shown(OTHER, shown) == []
    return str(error.value)


@pytest.fixture
def asked(daraja_checkout: Checkout) -> Payment:
    daraja_checkout.start(phone=OTHER, amount=70, reference="ORD-2")
    return daraja_checkout.start(phone=PHONE, amount=500, reference="ORD-1")


@pytest.mark.usefixtures("asked")
def test_a_push_is_found_by_any_of_its_fields(daraja_simulator: MountedDaraja) -> None:
    [found] = assert_pushed(daraja_simulator, phone="+254 712 345 678", amount=500, reference="ORD-1")

    assert found is daraja_simulator.pushes[1]
    assert assert_pushed(daraja_simulator, reference="ORD-2") == [daraja_simulator.pushes[0]]
    assert len(assert_pushed(daraja_simulator, times=2)) == 2
    assert_not_pushed(daraja_simulator, phone=PHONE, amount=70)
    assert_pushed(daraja_simulator.engine, amount=500)


@pytest.mark.usefixtures("asked")
def test_a_missing_push_is_shown_with_all_actual_pushes(daraja_simulator: MountedDaraja) -> None:
    with pytest.raises(AssertionError) as error:
        assert_pushed(daraja_simulator, phone=PHONE, amount=499, reference="ORD-1")
    lines = told(error).splitlines()

    assert lines[0] == "1 push to 2547*****678 for KES 499 with the reference 'ORD-1' expected, and 0 found."
    assert lines[1] == "These are all the pushes:"
    assert " to 2547*****111 for KES 70 with the reference 'ORD-2': another phone and amount and ref" in lines[2]
    assert lines[3].endswith("to 2547*****678 for KES 500 with the reference 'ORD-1': another amount")
    assert len(lines) == 4


@pytest.mark.usefixtures("asked")
def test_one_push_too_many_is_reported(daraja_simulator: MountedDaraja) -> None:
    with pytest.raises(AssertionError) as error:
        assert_pushed(daraja_simulator)
    assert told(error).startswith("1 push expected, and 2 found.")
    with pytest.raises(AssertionError) as error:
        assert_not_pushed(daraja_simulator, phone=PHONE)
    assert told(error).startswith("0 pushes to 2547*****678 expected, and 1 found.")


def test_without_a_push_the_assertion_names_the_address(daraja_simulator: MountedDaraja) -> None:
    assert_not_pushed(daraja_simulator)
    with pytest.raises(AssertionError) as error:
        assert_pushed(daraja_simulator)
    assert "no push was accepted; does the shop's configuration lead to http://127.0.0.1:8765?" in told(error)
    with pytest.raises(AssertionError) as error:
        assert_pushed(Engine())
    assert "lead to the simulator?" in told(error)


def test_the_refusal_is_reported(daraja_simulator: MountedDaraja, daraja_checkout: Checkout) -> None:
    daraja_checkout.start(phone=PHONE, amount=1, reference="ORD-1")
    with pytest.raises(SubscriberBusy):
        daraja_checkout.start(phone=PHONE, amount=1, reference="ORD-2")
    with pytest.raises(AssertionError) as error:
        assert_pushed(daraja_simulator, reference="ORD-2")
    assert "The last refusals:\n    POST /mpesa/stkpush/v1/processrequest got HTTP 500" in told(error)


def test_a_number_that_is_none_is_the_test_s_own_mistake(daraja_simulator: MountedDaraja) -> None:
    with pytest.raises(ValueError, match="not a Kenyan mobile number"):
        assert_pushed(daraja_simulator, phone="911")


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("ask", [assert_pushed, assert_not_pushed])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "500"),
        ("amount", 500.0),
        ("amount", True),
        ("amount", Decimal("499.5")),
        ("amount", 254712345678),
        ("amount", 0),
        ("reference", 1001),
        ("reference", b"ORD-1"),
        ("reference", 254712345678),
        ("phone", 254712345678),
        ("phone", 712345678),
    ],
)
def test_an_expectation_that_no_push_can_meet_is_refused(
    ask: Callable[..., object], field: str, value: object, daraja_simulator: MountedDaraja
) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(daraja_simulator, **{field: value})
    assert set(refused.value.faults) == {field}
    assert digits_shown(PHONE, everything_shown(refused.value)) == []


@pytest.mark.usefixtures("asked")
def test_every_field_that_is_wrong_is_named_at_once(daraja_simulator: MountedDaraja) -> None:
    wrong: dict[str, Any] = {"phone": 7, "amount": "500", "reference": 1001}  # Any: of wrong types
    with pytest.raises(InvalidInput, match="3 faults") as refused:
        assert_not_pushed(daraja_simulator, **wrong)
    assert refused.value.faults["reference"] == "a reference is text, not int; write str(...)"


@pytest.mark.usefixtures("asked")
def test_a_whole_decimal_is_an_amount_too(daraja_simulator: MountedDaraja) -> None:
    amount: Any = Decimal("500.00")  # Any: a type checker wants an int
    assert len(assert_pushed(daraja_simulator, amount=amount)) == 1


# Payments


def test_a_payment_that_was_paid_is_given(
    daraja_simulator: MountedDaraja, daraja_checkout: Checkout, asked: Payment
) -> None:
    assert_not_paid(daraja_checkout, asked)
    daraja_simulator.pay(PHONE)
    daraja_simulator.send_again()
    paid = assert_paid_once(daraja_checkout, asked.key)

    assert paid == daraja_checkout.payment(asked.key)
    assert assert_paid_once(daraja_checkout.store, asked) == paid
    with pytest.raises(AssertionError) as error:
        assert_not_paid(daraja_checkout, asked)
    assert f"Payment {asked.key} counts as paid.\n    status success, conflicts: none\n" in told(error)
    assert "callback paid: initiated to success, became a success" in told(error)


def test_the_assertion_explains_an_unanswered_payment(daraja_checkout: Checkout, asked: Payment) -> None:
    with pytest.raises(AssertionError) as error:
        assert_paid_once(daraja_checkout, asked)
    words = told(error)

    assert words.startswith(f"Payment {asked.key} was not paid exactly once; changes that made it a success: 0.\n")
    assert "status initiated" in words
    assert words.endswith("or see to it that callbacks are delivered to the shop (daraja_deliver).")


def test_a_payment_that_was_refused_has_its_history(
    daraja_simulator: MountedDaraja, daraja_checkout: Checkout, asked: Payment
) -> None:
    daraja_simulator.answer(PHONE, Answer.CANCEL)
    assert assert_not_paid(daraja_checkout, asked).status is Status.FAILED
    with pytest.raises(AssertionError) as error:
        assert_paid_once(daraja_checkout, asked)
    assert told(error).splitlines()[-1].endswith("callback cancelled: initiated to failed")


def test_the_assertion_names_a_conflict(daraja_checkout: Checkout, asked: Payment) -> None:
    stk_callback(asked, amount=499).send(daraja_checkout)
    assert assert_not_paid(daraja_checkout, asked).needs_review
    with pytest.raises(AssertionError) as error:
        assert_paid_once(daraja_checkout, asked)
    assert "conflicts: amount=499" in told(error)
    assert "a person has to resolve() it" in told(error)


class Twice(MemoryStore):
    """A store that lets a payment become a success as often as it is written."""

    def history(self, key: str, /) -> list[HistoryEntry]:
        return [attrs.evolve(entry, became_success=True) for entry in super().history(key)]


def test_a_store_that_fulfils_twice_is_found(daraja_client: Daraja, daraja_simulator: MountedDaraja) -> None:
    checkout = Checkout(daraja_client, Twice())
    payment = checkout.start(phone=PHONE, amount=500, reference="ORD-1")
    daraja_simulator.answer(PHONE, Answer.PAY)
    stk_callback(payment).send(checkout)
    with pytest.raises(AssertionError) as error:
        assert_paid_once(checkout, payment)
    assert "changes that made it a success: 2" in told(error)


def test_a_payment_of_another_store_is_not_found(asked: Payment) -> None:
    with pytest.raises(AssertionError, match=f"there is no payment '{asked.key}' in this store; is it the store"):
        assert_paid_once(MemoryStore(), asked)


class Wrapped:
    """A store of the shop's own that passes everything on but what it makes up."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a store has
        return getattr(self.store, name)

    def history(self, key: str, /) -> list[HistoryEntry]:
        return [*self.store.history(key), *self.store.history(key)]


def test_a_store_that_has_a_store_is_asked_itself(daraja_client: Daraja) -> None:
    inner = MemoryStore()
    wrapped: Any = Wrapped(inner)  # Any: no type checker sees what __getattr__ gives
    checkout = Checkout(daraja_client, wrapped)
    payment = checkout.start(phone=PHONE, amount=500, reference="ORD-1")
    stk_callback(payment).send(checkout)

    assert_paid_once(inner, payment)
    for payments in (checkout, wrapped):
        with pytest.raises(AssertionError, match="changes that made it a success: 2"):
            assert_paid_once(payments, payment)


@pytest.mark.parametrize("look", [assert_paid_once, assert_not_paid])
def test_a_payment_that_was_not_awaited_is_a_clear_error(look: Callable[..., Payment]) -> None:
    async def payment() -> None:
        pytest.fail("nobody awaits it")

    with pytest.raises(InvalidInput, match="payment: is a coroutine, not yet a payment; await it first"):
        look(MemoryStore(), payment())


def test_a_number_in_the_place_of_a_key_is_masked(daraja_checkout: Checkout) -> None:
    with pytest.raises(AssertionError) as error:
        assert_not_paid(daraja_checkout, PHONE)
    assert "there is no payment '07" in told(error)


def test_a_conflict_shows_no_number(daraja_checkout: Checkout, asked: Payment) -> None:
    stk_callback(asked, checkout_request_id="ws_CO_15012026120000001712345678").send(daraja_checkout)
    with pytest.raises(AssertionError) as error:
        assert_paid_once(daraja_checkout, asked)
    assert "conflicts: checkout_request_id=ws_CO_" in told(error)
