"""What is expected, and the money that pays it, whichever of the two comes first."""

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from daraja.errors import Conflict, InvalidInput
from daraja.inbound.expect import Expect
from daraja.inbound.expectation import Expectation, ExpectationStatus
from daraja.runtime.base import run
from tests.inbound.confirmations import confirmed
from tests.support.receiving import Counter, a_counter


def test_a_customer_pays_by_hand_what_was_expected() -> None:
    counter = a_counter()
    expectation = counter.receipts.expect(order="ORD-1", amount=500)
    assert expectation.status is ExpectationStatus.OPEN
    assert expectation.due == 500

    number = counter.pay(expectation.reference)

    (receipt,) = counter.received
    assert (receipt.number, receipt.order) == (number, "ORD-1")
    assert receipt.amount == 500
    now = counter.receipts.expectation(expectation.reference)
    assert now is not None
    assert now.status is ExpectationStatus.PAID
    assert now.due == 0
    assert not now.refunds_due
    assert not counter.receipts.reconcile().needs_attention


def test_less_is_part_paid_more_is_excess_and_the_same_again_is_a_refund_due() -> None:
    counter = a_counter()
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    seen: list[tuple[ExpectationStatus, int, int, int]] = []
    for amount in (200, 400, 500):
        counter.pay(account, amount)
        counter.simulator.advance(seconds=1)
        now = counter.receipts.expectation(account)
        assert now is not None
        seen.append((now.status, int(now.due), int(now.excess), len(now.refunds_due)))
    assert seen == [
        (ExpectationStatus.PART_PAID, 300, 0, 0),
        (ExpectationStatus.OVERPAID, 0, 100, 0),
        (ExpectationStatus.OVERPAID, 0, 600, 1),
    ]
    assert [int(one.amount or 0) for one in counter.received] == [200, 400]
    assert [int(one.amount or 0) for one in counter.refunds_due] == [500]
    assert counter.receipts.reconcile().refunds_due == (counter.refunds_due[0].key,)


def test_the_same_order_gives_the_same_account_and_another_amount_is_refused() -> None:
    receipts = a_counter().receipts
    first = receipts.expect(order="ORD-1", amount=500)
    assert receipts.expect(order="ORD-1", amount=500) == first
    with pytest.raises(InvalidInput, match="amount: is not 500 KES"):
        receipts.expect(order="ORD-1", amount=700)
    with pytest.raises(InvalidInput, match="reference: is not the account"):
        receipts.expect(order="ORD-1", amount=500, reference="174")
    with pytest.raises(InvalidInput, match="reference: is the account of another order"):
        receipts.expect(order="ORD-2", amount=500, reference=first.reference)


def test_every_order_gets_an_account_of_its_own() -> None:
    receipts = a_counter().receipts
    made = {receipts.expect(amount=500).reference for _ in range(200)}
    assert len(made) == 200
    assert all(len(one) == 8 for one in made)


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 0}, {"amount": 5, "order": " "}, {"amount": 5, "reference": "-./"}, {"amount": 5, "metadata": 7}],
)
def test_what_cannot_be_expected_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        a_counter().receipts.expect(**wrong)


def test_what_is_not_expected_is_none() -> None:
    assert a_counter().receipts.expectation("174") is None


@pytest.mark.parametrize("typed", ["ord-1", " ORD 1 ", "ord_1", "\uff2f\uff32\uff24-1"])
def test_a_reference_matches_in_any_spelling(typed: str) -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    counter.pay(typed)
    assert [one.order for one in counter.received] == ["ORD-1"]


def test_an_expectation_that_comes_after_the_money_is_paid_by_it() -> None:
    counter = a_counter()
    confirmed(counter)
    expectation = counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    assert expectation.status is ExpectationStatus.OPEN
    assert counter.receipts.reconcile().matched == 1
    now = counter.receipts.expectation("174")
    assert now is not None
    assert now.is_paid


def test_an_expectation_is_paid_by_money_that_comes_after_a_thousand_payments_that_nobody_expects() -> None:
    counter = a_counter()
    for place in range(1_001):
        confirmed(counter, f"UAF1A{place:05}", reference="nobody")
    counter.clock.advance(60)
    confirmed(counter, "UAF2AAAAAA")
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    assert counter.receipts.reconcile().matched == 1
    assert [one.order for one in counter.received] == ["ORD-1"]


def test_old_money_is_matched_once_something_expects_it() -> None:
    counter = a_counter()
    confirmed(counter)
    counter.clock.advance(30 * 24 * 3600)
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    assert counter.receipts.reconcile().matched == 1


def expected(counter: Counter, keys: Iterator[str], **arguments: Any) -> Expectation:  # noqa: ANN401 - as Expect has them
    """Expect something with keys that are drawn from a list."""
    runtime = attrs.evolve(counter.runtime, new_key=lambda: next(keys))
    usual: dict[str, Any] = {"amount": 500, "metadata": None}  # Any: as above
    return run(Expect(**{**usual, **arguments}).flow(counter.policy), runtime)


def test_an_account_number_that_is_taken_is_drawn_again() -> None:
    counter, keys = a_counter(), iter(["a1", "0", "b1", "0", "c1", "1", "d1"])
    assert [expected(counter, keys).reference[:-1] for _ in range(2)] == ["1000000", "1000001"]
    assert expected(counter, keys, order="ORD-1", reference="ORD-1").order == "ORD-1"


def test_where_no_account_number_is_free_nothing_is_expected() -> None:
    counter = a_counter()
    expected(counter, iter(["f1", "0"]))
    with pytest.raises(Conflict, match="no account number was free in 20 draws"):
        expected(counter, iter(["a", "0"] * 20))
