"""A receipt is one money, whoever announces it, in any order; what is expected adds up to the shilling."""

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import reduce
from random import Random
from typing import Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.api.parse import parse_result
from daraja.inbound.announcement import from_incoming, from_row, from_status, lead, receipt_key
from daraja.inbound.expectation import ExpectationStatus
from daraja.inbound.model import Receipt, ReceiptStatus
from daraja.inbound.statement import StatementRow
from daraja.lifecycle.evidence import Evidence
from daraja.lifecycle.record import Account, Resolution
from daraja.lifecycle.serialization import dumps, loads
from daraja.lifecycle.state_machine import advance, deny_success, resolve
from daraja.testing import status_result
from daraja.values.party import Party
from tests.support.payments import START
from tests.support.receipts import (
    ACCOUNT,
    NUMBER,
    PAID_AT,
    a_receipt,
    an_expectation,
    billed,
    confirmed,
    counting,
    pulled,
)

ROW: Final = StatementRow(
    number=9,
    receipt=NUMBER,
    completed_at=PAID_AT,
    details="Pay Bill from 2547****678 - JOHN DOE Acc. 174",
    status="Completed",
    paid_in=Decimal(500),
    withdrawn=Decimal(0),
    balance=Decimal(10_500),
    other_party=Party.read("2547****678 - JOHN DOE"),
    account="1-7-4",
)


def answered(status: str = "Completed", amount: int = 500) -> Evidence:
    parties = {"DebitPartyName": "254712345678 - JOHN DOE", "CreditPartyName": "600111 - DUKA LETU"}
    body = status_result(status, amount=amount, receipt=NUMBER, parameters=parties).body
    return from_status(parse_result("status", body), "600111", START)


EVERYONE: Final = [
    from_incoming(confirmed(), START),
    from_incoming(confirmed(reference="1 7 4"), START),
    from_incoming(pulled(), START),
    from_incoming(billed(), START),
    from_row(ROW, START),
    answered(),
    answered("Initiated"),
    lead(NUMBER.lower(), START),
]


def heard(announcements: Sequence[Evidence]) -> Receipt:
    return reduce(advance, announcements, a_receipt())


@given(announcements=st.permutations(EVERYONE), random=st.randoms(use_true_random=False))
def test_all_announcements_of_one_payment_are_one_receipt(announcements: list[Evidence], random: Random) -> None:
    receipt = heard(announcements + random.sample(EVERYONE, 3))
    assert receipt.status is ReceiptStatus.RECEIVED
    assert receipt.amount == 500
    assert receipt.number == receipt.facts["receipt"] == NUMBER
    assert receipt.announced_by == ("confirmation", "pull", "bill_manager", "status", "statement")
    assert receipt.paid_at == PAID_AT
    # A mask that differs is no contradiction, and how the payer wrote the account is none either.
    assert {name.partition("=")[0] for name in receipt.conflicts} <= {"confirmation_reference"}


def test_an_amount_that_differs_needs_a_person() -> None:
    receipt = heard([from_incoming(confirmed(amount=5_000), START), from_incoming(pulled(), START)])
    assert receipt.needs_review
    assert not attrs.evolve(receipt, expectation="174").paid


def test_a_lead_proves_nothing_and_adds_nothing_that_could_contradict() -> None:
    receipt = heard([lead(NUMBER, START)])
    assert receipt.status is ReceiptStatus.LEAD
    assert receipt.amount is None
    assert not receipt.needs_attention
    assert "receipt" not in receipt.facts


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Completed", ReceiptStatus.RECEIVED),
        ("Declined", ReceiptStatus.UNPAID),
        ("Expired", ReceiptStatus.UNPAID),
        ("Initiated", ReceiptStatus.LEAD),
        ("Reversed", ReceiptStatus.LEAD),
    ],
)
def test_only_a_status_that_is_final_decides(status: str, expected: ReceiptStatus) -> None:
    assert heard([lead(NUMBER, START), answered(status)]).status is expected


def test_a_status_answer_about_nothing_proves_nothing() -> None:
    body = status_result("Completed", result_code=2001, receipt=NUMBER).body
    assert heard([from_status(parse_result("status", body), "600111", START)]).status is ReceiptStatus.LEAD


def test_money_that_nobody_expects_is_for_a_person() -> None:
    receipt = heard(EVERYONE[:1])
    assert receipt.is_unmatched
    assert receipt.needs_attention
    assert not receipt.paid
    assert not attrs.evolve(receipt, expectation="174").needs_attention


def test_money_of_a_payment_does_not_count_again() -> None:
    receipt = attrs.evolve(heard(EVERYONE[:1]), payment="0" * 32, order="ORD-1")
    assert not receipt.counts
    assert not receipt.paid
    assert not receipt.is_unmatched


def test_a_person_can_put_money_away() -> None:
    decision = Resolution(paid=False, note="our own test", by="Wanjiku", at=START, status="received")
    receipt = resolve(heard(EVERYONE[:1]), decision)
    assert not receipt.needs_attention
    assert not receipt.counts


def test_a_denial_after_the_money_reopens_and_takes_nothing_back() -> None:
    counted = attrs.evolve(heard(EVERYONE[:1]), expectation="174", succeeded_at=START)
    receipt = deny_success(counted, answered("Declined"))
    assert receipt.needs_attention
    assert receipt.counts
    assert receipt.succeeded_at == START


def test_a_receipt_survives_the_store() -> None:
    receipt = attrs.evolve(heard(EVERYONE), expectation="174", order="ORD-1", matched_by="Wanjiku")
    assert loads(Receipt, receipt.key, dumps(receipt)) == receipt


def test_no_number_or_name_of_a_payer_shows() -> None:
    receipt = heard([from_incoming(pulled(), START)])
    assert receipt.payer == "254712345678"
    assert "712345678" not in repr(receipt)
    assert repr(receipt.payer) == "'2547*****678'"


@given(st.text(), st.text())
def test_one_receipt_number_of_one_account_has_one_key(number: str, other: str) -> None:
    key = receipt_key(ACCOUNT, number)
    assert receipt_key(ACCOUNT, f" {number.upper()} ") == key
    assert (receipt_key(ACCOUNT, other) == key) is (other.strip().upper() == number.strip().upper())
    assert receipt_key(Account("production", "600999"), number) != key
    assert len(key) == 32


amounts = st.lists(st.integers(1, 90_000).map(lambda number: Decimal(number) / 100), max_size=6)


@given(paid=amounts, amount=st.integers(1, 1_000))
def test_what_is_due_and_what_is_too_much_add_up(paid: list[Decimal], amount: int) -> None:
    receipts = [counting(f"UAF1AAAA{place:02}", one) for place, one in enumerate(paid)]
    expectation = an_expectation(*receipts, amount=amount)
    assert expectation.received == sum(paid, Decimal(0))
    assert expectation.amount + expectation.excess - expectation.due == expectation.received
    assert expectation.is_paid is (sum(paid) >= amount)
    assert expectation.status is (
        ExpectationStatus.OPEN
        if not paid
        else ExpectationStatus.PART_PAID
        if sum(paid) < amount
        else ExpectationStatus.PAID
        if sum(paid) == amount
        else ExpectationStatus.OVERPAID
    )
    enough = sum(sum(paid[:count], Decimal(0)) < amount for count in range(len(paid)))
    assert list(expectation.refunds_due) == receipts[enough:]


def test_the_same_amount_again_is_a_refund_that_is_due() -> None:
    once, twice = counting("UAF1AAAAAA", 500), counting("UAF1AAAAAB", 500)
    assert an_expectation(twice, once).refunds_due == [twice]


def test_money_under_review_still_counts_and_shows() -> None:
    receipt = attrs.evolve(counting(NUMBER, 500), conflicts=frozenset({"statement=reversed"}))
    expectation = an_expectation(receipt)
    assert expectation.is_paid
    assert expectation.needs_review


def test_a_customer_sees_in_json_what_came_in_and_not_who_paid() -> None:
    receipt = attrs.evolve(advance(counting(NUMBER, Decimal("200.5")), EVERYONE[0]), conflicts=frozenset())
    seen = an_expectation(receipt).to_dict(view="customer")
    assert json.loads(json.dumps(seen)) == seen
    assert {name: seen[name] for name in ("status", "paid", "received", "due", "excess")} == {
        "status": "part_paid",
        "paid": False,
        "received": "200.5",
        "due": "299.5",
        "excess": "0",
    }
    assert [one["number"] for one in seen["receipts"]] == [NUMBER]
    assert "payer" not in seen["receipts"][0]
    assert "metadata" not in seen


def test_staff_see_in_json_who_paid_and_what_was_decided() -> None:
    decision = Resolution(paid=True, note="it is the rent", by="Wanjiku", at=START)
    receipt = attrs.evolve(advance(counting(NUMBER, 500), EVERYONE[0]), resolution=decision)
    expected = attrs.evolve(an_expectation(receipt), metadata={"basket": 7})
    seen = expected.to_dict(view="staff")
    assert json.loads(json.dumps(seen)) == seen
    assert (seen["metadata"], seen["paid"]) == ({"basket": 7}, True)
    (one,) = seen["receipts"]
    assert (one["payer"], one["resolution"]["by"], one["announced_by"]) == (receipt.payer, "Wanjiku", ["confirmation"])
    assert a_receipt().to_dict(view="staff")["payer"] is None


def test_what_a_person_put_away_does_not_count() -> None:
    decision = Resolution(paid=False, note="reversed", by="Wanjiku", at=START + timedelta(days=1), status="received")
    assert an_expectation(resolve(counting(NUMBER, 500), decision)).status is ExpectationStatus.OPEN
