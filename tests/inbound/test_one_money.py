"""One receipt is one money, however often it is announced and by whom."""

from datetime import timedelta
from typing import Any, cast

import attrs
import pytest

from daraja.lifecycle.ports import HistoryEntry
from daraja.lifecycle.record import Account
from daraja.payments import Status
from daraja.stores import MemoryStore
from daraja.testing import bill_payment
from tests.inbound.confirmations import CONFIRMED_ANOTHER_AMOUNT, OTHER_PHONE, THREE_CONFIRMATIONS, confirmed, silent
from tests.support.payments import a_payment
from tests.support.receiving import SHORTCODE, a_counter
from tests.support.scripted import PHONE

# What contradicts


def test_a_confirmation_of_another_amount_than_its_payment_has_needs_a_person() -> None:
    counter = a_counter()
    counter.checkout.charge(order="ORD-1", phone=CONFIRMED_ANOTHER_AMOUNT, amount=500)
    counter.simulator.pay(CONFIRMED_ANOTHER_AMOUNT)
    counter.simulator.advance(seconds=5)
    (payment,) = counter.checkout.order("ORD-1").attempts
    assert (payment.is_success, payment.needs_review) == (True, False)
    receipt = counter.receipts.receipt(payment.receipt or "")
    assert (receipt.payment, receipt.conflicts) == (payment.key, frozenset({"amount=500"}))
    assert receipt.amount == 501
    assert counter.receipts.reconcile().conflicts == (receipt.key,)
    counter.receipts.dismiss(receipt.number, by="Wanjiku", note="the statement has 500")
    assert counter.checkout.order("ORD-1").paid
    assert counter.receipts.reconcile().conflicts == ()


# One receipt, one money


def test_a_confirmation_that_comes_three_times_counts_once() -> None:
    counter = a_counter()
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    counter.pay(account, phone=THREE_CONFIRMATIONS)
    assert len(counter.replies) == 3
    assert len(counter.received) == 1
    assert not counter.receipts.reconcile().needs_attention


def test_bill_manager_announces_the_same_money_and_it_counts_once() -> None:
    counter = a_counter()
    counter.receipts.expect(amount=500, reference="174")
    confirmed(counter)
    body = bill_payment(receipt="UAF1AAAAAA", amount=500, reference="174", shortcode=SHORTCODE).body
    counter.receipts.confirm(body, token=counter.token())
    assert counter.receipts.receipt("uaf1aaaaaa").announced_by == ("confirmation", "bill_manager")
    assert len(counter.received) == 1


def test_a_payment_that_bill_manager_announces_first_gets_its_money_and_counts_once() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    key = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500).key
    paid_at = counter.clock.now()
    body = bill_payment(receipt="UAF1AAAAAA", amount=500, reference="ORD-1", shortcode=SHORTCODE, paid_at=paid_at).body
    counter.receipts.confirm(body, token=counter.token())
    confirmed(counter, reference="ORD-1")
    assert counter.checkout.payment(key).receipt == "UAF1AAAAAA"
    assert [one.key for one in counter.paid] == [key]
    assert counter.received == []


def test_a_payment_that_was_asked_for_is_announced_twice_and_counts_once() -> None:
    counter = a_counter()
    payment = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    counter.simulator.pay(PHONE)
    counter.simulator.advance(seconds=5)
    (paid,) = counter.paid
    receipt = counter.receipts.receipt(cast("str", paid.receipt))
    assert (receipt.payment, receipt.order) == (payment.key, "ORD-1")
    assert counter.received == []
    assert not counter.receipts.reconcile().needs_attention


def test_a_confirmation_that_comes_before_the_callback_settles_the_payment_once() -> None:
    counter = a_counter()
    payment = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    with counter.simulator.hold():
        counter.simulator.pay(PHONE)
        counter.simulator.advance(seconds=5)
        confirmed(counter, "UAF1AAAAAA", reference="ORD-1", phone="2547 ***** 678")
        assert counter.checkout.payment(payment.key).receipt == "UAF1AAAAAA"
    assert len(counter.paid) == 1
    assert counter.received == []


@pytest.mark.parametrize("unconfirmed", [False, True])
def test_a_confirmation_settles_a_payment_that_is_open(unconfirmed: bool) -> None:  # noqa: FBT001 - a column
    counter = a_counter()
    paid_at = counter.clock.now() + timedelta(seconds=20)
    key = silent(counter)
    if unconfirmed:
        counter.simulator.ignore(PHONE)
        for _ in range(40):
            counter.clock.advance(3600)
        payments = cast("MemoryStore", counter.checkout.store)
        payment = payments.load(key)
        assert payment is not None
        stopped = attrs.evolve(payment, status=Status.UNCONFIRMED, version=payment.version + 1)
        entry = HistoryEntry(key=key, at=payment.updated_at, event="giving up", before="initiated", after="unconfirmed")
        assert payments.swap(payment, stopped, entry)
    confirmed(counter, reference="ord 1", paid_at=paid_at)
    payment = counter.checkout.payment(key)
    assert (payment.status, payment.receipt) == (Status.SUCCESS, "UAF1AAAAAA")
    assert counter.receipts.receipt("UAF1AAAAAA").payment == key
    assert [one.key for one in counter.paid] == [key]
    assert counter.received == []


def test_a_payment_that_a_query_found_paid_gets_its_receipt_and_counts_once() -> None:
    counter = a_counter()
    key = silent(counter)
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    with counter.simulator.hold():
        counter.simulator.pay(PHONE)
        counter.simulator.advance(seconds=60)
        assert counter.checkout.refresh(key).after.receipt is None
        number = counter.simulator.transactions[-1].receipt
        confirmed(counter, number, reference="ORD-1", paid_at=counter.clock.now() - timedelta(seconds=60))
        assert counter.checkout.payment(key).receipt == number
    assert counter.receipts.receipt(number).payment == key
    assert len(counter.paid) == 1
    assert counter.received == []


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 501},
        {"reference": "ORD-2"},
        {"phone": "2547 ***** 679"},
        {"seconds": 601},
        {"seconds": -61},
    ],
)
def test_what_does_not_fit_settles_no_payment(other: dict[str, Any]) -> None:
    counter = a_counter()
    key = silent(counter)
    changes: dict[str, Any] = {"seconds": 5, "reference": "ORD-1", **other}  # Any: as the arguments of confirmed
    confirmed(counter, paid_at=counter.clock.now() + timedelta(seconds=changes.pop("seconds")), **changes)
    assert counter.checkout.payment(key).receipt is None
    assert counter.receipts.receipt("UAF1AAAAAA").is_unmatched
    assert not counter.paid
    assert not counter.received


@pytest.mark.parametrize("phone", ["2547 ***** 678", PHONE, "a" * 64, ""])
def test_a_mask_that_fits_and_a_hash_do_not_hinder(phone: str) -> None:
    counter = a_counter()
    key = silent(counter)
    confirmed(counter, reference="ORD-1", phone=phone)
    assert counter.checkout.payment(key).receipt == "UAF1AAAAAA"


def test_of_two_payments_that_fit_none_is_settled_until_one_is_known() -> None:
    counter = a_counter()
    keys = [counter.checkout.start(phone=phone, amount=500, reference="ORD-1").key for phone in (PHONE, OTHER_PHONE)]
    confirmed(counter, reference="ORD-1", phone="a" * 64)
    assert [counter.checkout.payment(key).receipt for key in keys] == [None, None]
    assert len(counter.receipts.unmatched()) == 1

    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    assert counter.receipts.reconcile().matched == 1
    assert [counter.checkout.payment(key).receipt for key in keys] == [None, "UAF1AAAAAA"]
    assert counter.receipts.unmatched() == []


def test_money_that_was_dismissed_settles_no_payment() -> None:
    counter = a_counter()
    keys = [counter.checkout.start(phone=phone, amount=500, reference="ORD-1").key for phone in (PHONE, OTHER_PHONE)]
    confirmed(counter, reference="ORD-1", phone="a" * 64)
    counter.receipts.dismiss("UAF1AAAAAA", by="Wanjiku", note="sent back on the portal")
    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    confirmed(counter, reference="ORD-1", phone="a" * 64)

    assert [counter.checkout.payment(key).receipt for key in keys] == [None, None]


def test_money_that_fits_only_a_payment_that_a_person_denied_waits_for_a_person() -> None:
    counter = a_counter()
    payment = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500, reference="ORD-1")
    # A query has found it paid, so its receipt is not known.
    counter.checkout.resolve(payment.key, paid=True, note="a query said so", by="Wanjiku")
    counter.checkout.resolve(payment.key, paid=False, note="sent back on the portal", by="Wanjiku")
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    confirmed(counter, reference="ORD-1")

    assert counter.checkout.payment(payment.key).receipt is None
    assert [one.receipt.number for one in counter.receipts.unmatched()] == ["UAF1AAAAAA"]
    counter.receipts.assign("UAF1AAAAAA", order="ORD-1", by="Wanjiku", note="she has paid once more")
    assert counter.checkout.order("ORD-1").paid


def test_a_payment_that_failed_is_not_settled_by_hand() -> None:
    counter = a_counter()
    key = silent(counter)
    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    confirmed(counter, reference="ORD-1")
    assert counter.checkout.payment(key).status is Status.FAILED
    assert [one.order for one in counter.received] == ["ORD-1"]


def test_receipts_without_a_checkout_know_only_expectations() -> None:
    counter = a_counter(joined=False)
    key = silent(counter)
    confirmed(counter, reference="ORD-1")
    assert counter.checkout.payment(key).receipt is None
    assert counter.receipts.receipt("UAF1AAAAAA").is_unmatched


def test_a_receipt_that_two_payments_claim_needs_a_person() -> None:
    counter = a_counter()
    counter.receipts.expect(amount=500, reference="174")
    confirmed(counter, amount=500)
    confirmed(counter, amount=5_000)
    report = counter.receipts.reconcile()
    assert report.conflicts == (counter.receipts.receipt("UAF1AAAAAA").key,)
    assert len(counter.received) == 1


def test_a_receipt_of_a_payment_to_another_shortcode_is_left_to_a_person() -> None:
    payments = MemoryStore()
    counter = a_counter(payments=payments)
    elsewhere = a_payment(key="e" * 32)
    payments.insert(attrs.evolve(elsewhere, account=Account("simulator", "600999"), facts={"receipt": "UAF1AAAAAA"}))
    counter.receipts.expect(amount=500, reference="174")
    confirmed(counter)
    assert counter.receipts.receipt("UAF1AAAAAA").is_unmatched
