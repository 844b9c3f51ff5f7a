"""An order whose customer pays by hand and answers the prompt as well: one of the two counts."""

from typing import Any

import attrs
import pytest

from daraja.cli.words import problem_in_words
from daraja.errors import InvalidInput
from daraja.payments import Payment, Status
from daraja.testing import c2b_confirmation
from tests.inbound.by_hand import denied, expected, paid_after_all
from tests.support.receiving import SHORTCODE, Counter, a_counter
from tests.support.scripted import PHONE


def test_a_prompt_that_was_paid_after_all_is_a_refund_that_is_due_where_the_order_was_paid_by_hand() -> None:
    counter = a_counter()
    account = expected(counter)
    payment = denied(counter)
    number = counter.pay(account)
    late = paid_after_all(counter, payment)
    assert (late.status, late.refund_due, late.paid) == (Status.SUCCESS, True, False)
    assert ([one.number for one in counter.received], counter.paid) == ([number], [])
    order = counter.checkout.order("ORD-1")
    assert (order.paid, order.refunds_due, order.excess_receipts) == (True, (late,), ())
    assert counter.checkout.reconcile().refunds_due == (payment.key,)
    assert counter.checkout.reconcile().succeeded == 0


def test_a_second_payment_counts_once_the_money_by_hand_is_dismissed() -> None:
    counter = a_counter()
    account = expected(counter)
    payment = denied(counter)
    number = counter.pay(account)
    paid_after_all(counter, payment)
    counter.receipts.dismiss(number, by="Wanjiku", note="it was reversed")
    assert counter.checkout.reconcile().refunds_due == ()
    assert [one.key for one in counter.paid] == [payment.key]
    assert counter.checkout.order("ORD-1").paid


def test_money_by_hand_counts_once_the_money_before_it_is_dismissed() -> None:
    counter = a_counter()
    account = expected(counter)
    first = counter.pay(account)
    counter.simulator.advance(seconds=1)
    second = counter.pay(account)
    counter.receipts.dismiss(first, by="Wanjiku", note="it was reversed")
    assert counter.receipts.reconcile().refunds_due == ()
    assert [one.number for one in counter.received] == [first, second]


def test_a_part_by_hand_leaves_the_prompt_its_success() -> None:
    counter = a_counter()
    account = expected(counter)
    payment = denied(counter)
    counter.pay(account, 200)
    assert paid_after_all(counter, payment).paid
    order = counter.checkout.order("ORD-1")
    assert order.paid
    assert [one.amount for one in order.excess_receipts] == [200]
    assert counter.receipts.reconcile().refunds_due == (counter.receipts.receipt(order.receipts[0].number).key,)
    assert [one.amount for one in counter.refunds_due] == [200]


def test_a_prompt_for_the_rest_leaves_the_part_by_hand_where_it_is() -> None:
    counter = a_counter()
    counter.pay(expected(counter), 200)
    counter.checkout.charge(order="ORD-1", phone=PHONE, amount=300)
    counter.simulator.pay(PHONE)
    counter.simulator.advance(seconds=5)
    assert counter.receipts.reconcile().refunds_due == ()
    assert counter.checkout.order("ORD-1").excess_receipts == ()


def test_a_payment_beside_money_under_review_waits_for_a_person() -> None:
    counter = a_counter()
    account = expected(counter)
    payment = denied(counter)
    receipt = counter.receipts.receipt(counter.pay(account))
    counter.store.swap(
        receipt,
        attrs.evolve(receipt, conflicts=frozenset({"reversed=UAF9AAAAAA"}), version=receipt.version + 1),
        counter.store.history(receipt.key)[0],
    )
    late = paid_after_all(counter, payment)
    assert (late.is_success, late.paid, late.refund_due, late.needs_review) == (True, False, False, True)
    assert problem_in_words(late) == "contradiction: paid_by_hand=under review"
    assert counter.paid == []
    counter.receipts.dismiss(receipt.number, by="Wanjiku", note="the customer reversed it")
    decided = counter.checkout.resolve(payment.key, paid=True, note="it is the only money", by="Wanjiku").after
    assert decided.paid
    assert [one.key for one in counter.paid] == [payment.key]


def test_money_for_an_account_without_an_order_comes_second_as_well() -> None:
    counter = a_counter()
    counter.receipts.expect(amount=500, reference="174")
    counter.pay("174")
    counter.simulator.advance(seconds=1)
    counter.pay("174")
    assert (len(counter.received), len(counter.refunds_due)) == (1, 1)


def test_receipts_without_a_checkout_know_what_came_by_hand_before() -> None:
    counter = a_counter(joined=False)
    account = expected(counter)
    counter.pay(account)
    counter.simulator.advance(seconds=1)
    counter.pay(account)
    assert (len(counter.received), len(counter.refunds_due)) == (1, 1)


def both(counter: Counter, **charge: Any) -> tuple[Payment, str, str]:  # noqa: ANN401 - as charge has them
    """Pay by hand what a prompt asks for, and the prompt too. Return the payment and both receipts."""
    ask = counter.checkout.charge if "order" in charge else counter.checkout.start
    key = ask(phone=PHONE, amount=500, reference="ORD-1", **charge).key
    by_hand = counter.pay("ORD-1")
    assert counter.checkout.payment(key).receipt == by_hand
    counter.simulator.pay(PHONE)
    counter.simulator.advance(seconds=5)
    return counter.checkout.payment(key), by_hand, counter.simulator.transactions[-1].receipt


def test_a_prompt_that_is_paid_beside_the_same_money_by_hand_is_a_second_receipt() -> None:
    counter = a_counter()
    payment, first, second = both(counter, order="ORD-1")
    assert (payment.receipt, payment.conflicts, payment.paid) == (first, frozenset(), True)
    receipt = counter.receipts.receipt(second)
    assert (receipt.refund_due, receipt.order) == (True, "ORD-1")
    assert receipt.amount == 500
    assert (len(counter.paid), counter.received) == (1, [])
    order = counter.checkout.order("ORD-1")
    assert [one.number for one in order.excess_receipts] == [second]
    report = counter.receipts.reconcile()
    assert (report.refunds_due, report.conflicts, report.unmatched) == ((receipt.key,), (), ())
    assert [one.number for one in counter.refunds_due] == [second]


def test_a_second_receipt_of_a_payment_without_an_order_has_to_go_back_too() -> None:
    counter = a_counter()
    payment, first, second = both(counter)
    assert (payment.receipt, payment.paid) == (first, True)
    receipt = counter.receipts.receipt(second)
    assert (receipt.refund_due, receipt.payment) == (True, payment.key)
    assert counter.receipts.reconcile().refunds_due == (receipt.key,)


def test_the_second_receipt_is_known_before_its_prompt_says_so() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    key = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500).key
    counter.pay("ORD-1")
    body = c2b_confirmation(
        receipt="UAF2AAAAAA", amount=500, reference="ORD-1", shortcode=SHORTCODE, paid_at=counter.clock.now()
    ).body
    counter.receipts.confirm(body, token=counter.token())
    payment = paid_after_all(counter, counter.checkout.payment(key))
    assert (payment.paid, payment.needs_review) == (True, False)
    receipt = counter.receipts.receipt("UAF2AAAAAA")
    assert (receipt.refund_due, receipt.announced_by) == (True, ("confirmation", "prompt"))


def test_a_callback_with_another_receipt_than_an_earlier_callback_stays_a_contradiction() -> None:
    counter = a_counter()
    payment = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    paid_after_all(counter, payment, "UAF2AAAAAA")
    assert paid_after_all(counter, payment, "UAF3AAAAAA").needs_review


def test_money_above_the_amount_that_went_back_keeps_the_order_paid() -> None:
    counter = a_counter()
    account = expected(counter)
    counter.pay(account)
    counter.simulator.advance(seconds=1)
    second = counter.receipts.receipt(counter.pay(account))
    counter.store.swap(
        second,
        attrs.evolve(second, conflicts=frozenset({"reversed=UAF2AAAAAA"}), version=second.version + 1),
        counter.store.history(second.key)[0],
    )
    assert counter.checkout.order("ORD-1").paid


def test_a_receipt_that_counts_by_hand_pays_no_payment_as_well() -> None:
    counter = a_counter()
    number = counter.pay(expected(counter))
    key = counter.checkout.charge(order="ORD-2", phone=PHONE, amount=500).key
    with pytest.raises(InvalidInput, match="counts as paid by hand already"):
        counter.checkout.resolve(key, paid=True, note="on the statement", by="Wanjiku", receipt=number.lower())
    counter.receipts.dismiss(number, by="Wanjiku", note="it is of the other order")
    counter.checkout.resolve(key, paid=True, note="on the statement", by="Wanjiku", receipt=number)
    orders = [counter.checkout.order(order) for order in ("ORD-1", "ORD-2")]
    assert [order.paid for order in orders] == [False, True]


def test_the_money_of_a_payment_is_assigned_to_nothing_else() -> None:
    counter = a_counter()
    number = counter.pay("a wrong account")
    key = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500).key
    counter.checkout.resolve(key, paid=True, note="on the statement", by="Wanjiku", receipt=number)
    with pytest.raises(InvalidInput, match=f"is the money of payment {key}"):
        counter.receipts.assign(number, order="ORD-2", by="Wanjiku", note="she called")
    assert not counter.checkout.order("ORD-2").paid
