"""Money for one order comes at the same moment: each process sees the other one's, and no order is fulfilled twice."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from daraja.http.flow import Effect, Flow
from daraja.inbound.receive import receive
from daraja.testing import c2b_confirmation
from tests.support.crashes.conductor import conduct
from tests.support.crashes.interruptions import Interruption, undisturbed
from tests.support.crashes.naming import name_of
from tests.support.receiving import SHORTCODE, Counter, a_counter

FIRST: Final = "UAF1AAAAAA"
SECOND: Final = "UAF2AAAAAA"


def confirming(counter: Counter, number: str, amount: int) -> Flow[object]:
    at = counter.clock.now()
    body = c2b_confirmation(receipt=number, amount=amount, reference="174", shortcode=SHORTCODE, paid_at=at).body
    return receive(body, counter.token(), "", counter.policy)


def with_another_before_its_write(counter: Counter, other: Flow[object]) -> Interruption:
    """Let another process do its work right before the first write of this one."""
    waiting = [other]

    def around(_number: int, effect: Effect[Any], act: Any, /) -> object:  # noqa: ANN401 - as Interruption has it
        if name_of(effect) == "swap" and waiting:
            conduct(waiting.pop(), counter.runtime, undisturbed)
        return act()

    return around


def come_together(counter: Counter, amounts: Sequence[int]) -> None:
    first, second = (
        confirming(counter, number, amount) for number, amount in zip((FIRST, SECOND), amounts, strict=True)
    )
    conduct(first, counter.runtime, with_another_before_its_write(counter, second))


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
