"""Money for one order comes at the same moment: each process sees the other one's, and no order is fulfilled twice."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from daraja.checkout import parts_of
from daraja.http.flow import Effect, Flow
from daraja.inbound.receive import receive
from daraja.lifecycle.callbacks import receive_callback
from daraja.payments import Payment
from daraja.testing import c2b_confirmation, stk_callback
from daraja.testing.callbacks import PostedCallback
from tests.support.crashes.conductor import conduct
from tests.support.crashes.interruptions import Interruption, undisturbed
from tests.support.crashes.naming import name_of
from tests.support.receiving import SHORTCODE, Counter, a_counter
from tests.support.scripted import PHONE

FIRST: Final = "UAF1AAAAAA"
SECOND: Final = "UAF2AAAAAA"
PROMPTED: Final = "UAF3AAAAAA"


def confirming(counter: Counter, number: str, amount: int) -> Flow[object]:
    at = counter.clock.now()
    body = c2b_confirmation(receipt=number, amount=amount, reference="174", shortcode=SHORTCODE, paid_at=at).body
    return receive(body, counter.token(), "", counter.policy)


def a_prompted_counter() -> tuple[Counter, Payment, PostedCallback]:
    """Return a shop whose customer was asked for an order, and the callback that says that they paid."""
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", reference="174", amount=500)
    payment = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    return counter, payment, stk_callback(payment, receipt=PROMPTED, config=counter.daraja.config)


def with_this_before_its_write(work: Callable[[], object]) -> Interruption:
    """Let other work be done right before the first write of a process."""
    waiting = [work]

    def around(_number: int, effect: Effect[Any], act: Any, /) -> object:  # noqa: ANN401 - as Interruption has it
        if name_of(effect) == "swap" and waiting:
            waiting.pop()()
        return act()

    return around


def come_together(counter: Counter, amounts: Sequence[int]) -> None:
    first, second = (
        confirming(counter, number, amount) for number, amount in zip((FIRST, SECOND), amounts, strict=True)
    )
    between = with_this_before_its_write(lambda: conduct(second, counter.runtime, undisturbed))
    conduct(first, counter.runtime, between)


@pytest.mark.parametrize("order", ["ORD-1", None])
def test_of_two_moneys_at_the_same_moment_one_is_fulfilled(order: str | None) -> None:
    counter = a_counter()
    counter.receipts.expect(order=order, reference="174", amount=500)

    come_together(counter, [500, 500])

    late, early = (counter.receipts.receipt(number) for number in (FIRST, SECOND))
    assert (early.counts, early.turn, late.refund_due, late.turn) == (True, 1, True, None)
    assert [one.number for one in counter.received] == [SECOND]
    assert counter.receipts.reconcile().refunds_due == (late.key,)
    assert [one.number for one in counter.refunds_due] == [FIRST]
    expectation = counter.receipts.expectation("174")
    assert expectation is not None
    assert [one.number for one in expectation.refunds_due] == [FIRST]


@pytest.mark.parametrize("order", ["ORD-1", None])
def test_two_parts_at_the_same_moment_are_both_counted(order: str | None) -> None:
    counter = a_counter()
    counter.receipts.expect(order=order, reference="174", amount=500)

    come_together(counter, [300, 200])

    assert [counter.receipts.receipt(number).turn for number in (FIRST, SECOND)] == [2, 1]
    assert {one.number for one in counter.received} == {FIRST, SECOND}
    expectation = counter.receipts.expectation("174")
    assert expectation is not None
    assert expectation.is_paid


def test_money_by_hand_goes_back_if_its_prompt_is_paid_while_it_is_booked() -> None:
    counter, payment, prompted = a_prompted_counter()
    between = with_this_before_its_write(lambda: counter.checkout.receive(prompted.body, token=prompted.path))

    conduct(confirming(counter, FIRST, 500), counter.runtime, between)

    assert counter.checkout.payment(payment.key).paid
    assert counter.receipts.receipt(FIRST).refund_due
    assert (len(counter.paid), counter.received) == (1, [])
    counter.receipts.reconcile()
    assert [one.number for one in counter.refunds_due] == [FIRST]


def test_money_by_hand_that_is_booked_while_its_prompt_is_paid_goes_back() -> None:
    counter, payment, prompted = a_prompted_counter()
    policy, places = parts_of(counter.checkout)
    assert policy is not None
    between = with_this_before_its_write(lambda: conduct(confirming(counter, FIRST, 500), counter.runtime, undisturbed))

    conduct(receive_callback(prompted.body, prompted.path, "", policy), places["checkout"], between)

    assert counter.checkout.payment(payment.key).paid
    assert counter.receipts.receipt(FIRST).refund_due
    assert counter.receipts.reconcile().refunds_due == (counter.receipts.receipt(FIRST).key,)
    assert [one.number for one in counter.refunds_due] == [FIRST]


def test_a_part_by_hand_stays_if_the_prompt_for_the_rest_is_paid_while_it_is_booked() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", reference="174", amount=500)
    payment = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=300)
    prompted = stk_callback(payment, receipt=PROMPTED, config=counter.daraja.config)
    between = with_this_before_its_write(lambda: counter.checkout.receive(prompted.body, token=prompted.path))

    conduct(confirming(counter, FIRST, 200), counter.runtime, between)

    assert counter.checkout.payment(payment.key).paid
    assert counter.receipts.receipt(FIRST).paid
    assert counter.checkout.order("ORD-1").received == 500
    assert [one.number for one in counter.received] == [FIRST]
