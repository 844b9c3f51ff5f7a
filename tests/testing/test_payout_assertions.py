"""Assertions about payouts and reversals say what was paid instead."""

import pytest

from daraja.errors import InvalidInput
from daraja.simulator import Answer, Engine
from daraja.testing import assert_not_paid_out, assert_paid_out, assert_reversed
from tests.simulator.office import Office, office
from tests.simulator.shop import PHONE, SHORTCODE


@pytest.fixture
def desk() -> Office:
    return office(Engine(answer=Answer.PAY))


def pay(desk: Office, identity: str, phone: str = PHONE, amount: int = 100) -> None:
    desk.daraja.b2c_payment(to=phone, amount=amount, originator_conversation_id=identity)
    desk.hear()


def test_a_payout_that_was_made_once_is_found(desk: Office) -> None:
    pay(desk, "payout-1")
    for simulator in (desk.mounted, desk.engine):
        assert assert_paid_out(simulator, to="0712 345 678", amount=100).amount == 100
    assert_not_paid_out(desk.mounted, to=PHONE, amount=99)
    assert_not_paid_out(desk.mounted, to="600111")


def test_a_payout_that_failed_or_was_made_twice_is_no_payout(desk: Office) -> None:
    pay(desk, "payout-1", "254700002001")
    with pytest.raises(AssertionError, match="0 such payments were made, and not 1") as failed:
        assert_paid_out(desk.mounted, to="254700002001")
    assert "b2c, KES 100 from 174379 to 2547*****001: Declined" in str(failed.value)
    pay(desk, "payout-2")
    pay(desk, "payout-3")
    with pytest.raises(AssertionError, match="2 such payments were made, and not 1"):
        assert_paid_out(desk.mounted, to=PHONE)
    assert_paid_out(desk.mounted, to=PHONE, times=2)
    with pytest.raises(AssertionError, match="2 such payments were made"):
        assert_not_paid_out(desk.mounted, to=PHONE)


def test_the_assertion_names_a_shop_that_sent_no_push(desk: Office) -> None:
    with pytest.raises(AssertionError, match=r"None was asked for\."):
        assert_paid_out(desk.mounted, to="600111")
    with pytest.raises(ValueError, match="to"):
        assert_paid_out(desk.mounted, to="nobody")


@pytest.mark.parametrize("amount", ["100", 100.0, 99.5, True])
def test_an_amount_that_would_differ_from_every_payment_is_refused(desk: Office, amount: int) -> None:
    pay(desk, "payout-1")
    with pytest.raises(InvalidInput, match="amount"):
        assert_not_paid_out(desk.mounted, to=PHONE, amount=amount)
    with pytest.raises(InvalidInput, match="amount"):
        assert_paid_out(desk.mounted, to=PHONE, amount=amount)


def test_a_reversal_is_found_by_the_receipt_of_the_payment(desk: Office) -> None:
    receipt = desk.mounted.pay_bill(PHONE, shortcode=SHORTCODE, account="1", amount=50).receipt
    with pytest.raises(AssertionError, match="that payment was not reversed"):
        assert_reversed(desk.mounted, receipt)
    desk.daraja.reversal(receipt=receipt, amount=50)
    desk.hear()
    assert assert_reversed(desk.mounted, receipt).linked == receipt
