"""Payouts before a local Daraja that does everything that Daraja has been seen to do wrong."""

from collections.abc import Callable
from typing import Final

import pytest

from daraja import to
from daraja.disbursements import PayoutStatus, Product
from daraja.errors import ApiError, RateLimited
from daraja.lifecycle.ports import FloatReading
from daraja.result_codes import Outcome
from daraja.simulator import Account, Engine
from daraja.simulator.products.initiator.misbehaviours import MISBEHAVIOURS
from tests.support.paying import BULK, Paymaster, paymaster

PAID, FAILED, UNCONFIRMED = PayoutStatus.PAID, PayoutStatus.FAILED, PayoutStatus.UNCONFIRMED
DIGITS: Final = {name: digits for digits, name, _ in MISBEHAVIOURS}
PRODUCTS: Final[dict[Product, Callable[[str], to.Receiver]]] = {
    Product.B2C: lambda digits: to.Mobile(f"2547000081{digits}"),
    Product.POCHI: lambda digits: to.Pochi(f"2547000081{digits}"),
    Product.PAY_BILL: lambda digits: to.PayBillAccount(f"99081{digits}", account="17"),
    Product.TILL: lambda digits: to.TillNumber(f"99081{digits}"),
    Product.TAX: lambda digits: to.Tax(f"99081{digits}"),
}
REFUSED: Final = {"SPIKE_ARREST": RateLimited, "NOT_AUTHORISED": ApiError}
NOT_DONE: Final = {"HTML_503", "SOAP_FAULT", "MAINTENANCE"}
EXPIRED: Final = "TIMEOUT_NOT_DONE"
ONE_REQUEST: Final = sorted(DIGITS.keys() - REFUSED.keys() - {"TOKEN_REFUSED_ONCE"})


def account_of(product: Product) -> tuple[Account, str]:
    by_phone = product in {Product.B2C, Product.POCHI}
    return (Account.UTILITY, BULK) if by_phone else (Account.WORKING, "174379")


def pay(one: Paymaster, product: Product, name: str) -> PayoutStatus:
    payout = one.payouts.pay(to=PRODUCTS[product](DIGITS[name]), amount=500, idempotency_key="one debt")
    one.reconcile_for(hours=26, every=600)
    return one.status(payout)


@pytest.mark.parametrize("product", PRODUCTS, ids=str)
@pytest.mark.parametrize("name", ONE_REQUEST)
def test_one_request_is_sent_and_nothing_is_called_paid_or_failed_that_is_not(product: Product, name: str) -> None:
    one = paymaster()
    status = pay(one, product, name)
    spent = one.spent(*account_of(product))

    assert one.asked_to_pay == 1
    assert spent in {0, 500}
    assert (status, spent) in {(PAID, 500), (UNCONFIRMED, 0), (UNCONFIRMED, 500), (FAILED, 0)}
    if name in NOT_DONE:
        assert status is UNCONFIRMED
    elif name == EXPIRED:
        assert status is FAILED, "two status queries call it expired"
    elif product is Product.B2C:
        assert status is PAID, "a payment to a phone is found by our own id, whatever was lost"


@pytest.mark.parametrize("product", PRODUCTS, ids=str)
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_at_the_gateway_fails_and_money_may_go_again(product: Product, name: str) -> None:
    one = paymaster()
    with pytest.raises(REFUSED[name]) as caught:
        one.payouts.pay(to=PRODUCTS[product](DIGITS[name]), amount=500, idempotency_key="one debt")
    failed = caught.value.payout

    assert failed is not None
    assert (failed.status, one.spent(*account_of(product))) == (FAILED, 0)
    assert one.payouts.may_pay_again(failed.key)
    assert one.failed == [failed.key]


@pytest.mark.parametrize("product", PRODUCTS, ids=str)
def test_a_refused_token_is_renewed_once(product: Product) -> None:
    one = paymaster()

    assert pay(one, product, "TOKEN_REFUSED_ONCE") is PAID
    assert one.spent(*account_of(product)) == 500


@pytest.mark.parametrize("product", PRODUCTS, ids=str)
def test_a_usual_payout_is_paid_within_seconds(product: Product) -> None:
    one = paymaster()
    usual: dict[Product, to.Receiver] = {
        Product.B2C: to.Mobile("0712345678"),
        Product.POCHI: to.Pochi("0712345678"),
        Product.PAY_BILL: to.PayBillAccount("888880", account="17"),
        Product.TILL: to.TillNumber("5050505"),
        Product.TAX: to.Tax("PRN1234XN"),
    }
    payout = one.payouts.pay(to=usual[product], amount=500, idempotency_key="one debt")
    assert payout.status is PayoutStatus.ACCEPTED
    one.wait()
    paid = one.now(payout)

    assert (paid.status, paid.conflicts, one.paid) == (PAID, frozenset(), [payout.key])
    assert paid.receipt or paid.transaction_id


@pytest.mark.parametrize("digits", ["0001", "0008", "2040", "2001"])
def test_a_failure_by_a_proved_code_is_confirmed_by_one_question_before_money_may_go_again(digits: str) -> None:
    one = paymaster()
    payout = one.payouts.pay(phone=f"25470000{digits}", amount=500, idempotency_key="one debt")
    one.wait()
    failed = one.now(payout)
    assert (failed.status, bool(one.payouts.may_pay_again(payout.key)), one.failed) == (FAILED, False, [])
    one.reconcile_for(hours=0.2)

    assert one.payouts.may_pay_again(payout.key)
    assert one.failed == [payout.key]
    assert one.spent() == 0
    assert len([request for request in one.mounted.requests if "transactionstatus" in request.url]) == 1


def test_a_result_code_is_explained_once_there_is_one() -> None:
    one = paymaster()
    payout = one.payouts.pay(phone="254700002040", amount=500, idempotency_key="one debt")
    assert payout.explanation is None
    one.wait()
    explanation = one.now(payout).explanation

    assert explanation is not None
    assert (explanation.code, explanation.outcome) == ("2040", Outcome.FAILED)


def test_a_code_that_proves_nothing_needs_a_person_and_is_not_called_failed() -> None:
    one = paymaster()
    payout = one.payouts.pay(phone="254700000017", amount=500, idempotency_key="one debt")
    one.wait()

    assert one.status(payout) is PayoutStatus.ACCEPTED
    assert one.attention == [payout.key]
    assert not one.payouts.may_pay_again(payout.key)


def test_another_amount_in_a_result_is_a_conflict_that_a_person_decides() -> None:
    one = paymaster()
    payout = one.payouts.pay(to=to.Mobile("254700008105"), amount=500, idempotency_key="one debt")
    one.wait()
    doubtful = one.now(payout)

    assert (doubtful.status, doubtful.conflicts, one.paid) == (PAID, frozenset({"amount=501"}), [])
    assert one.payouts.reconcile().conflicts == (payout.key,)
    assert "conflict" in one.payouts.may_pay_again(payout.key).reason
    one.payouts.resolve(payout.key, paid=True, note="500 on the statement", by="Wanjiku")
    assert one.paid == [payout.key]


def test_a_float_that_is_too_low_is_told() -> None:
    one = paymaster(low_float=999_600)
    one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")
    one.wait()

    (reading,) = one.floats
    assert "Utility Account" in repr(reading)
    assert "999500" in repr(reading)


def test_the_balance_is_asked_and_its_answer_comes_to_the_same_route() -> None:
    heard: list[object] = []
    one = paymaster(on_balance=heard.append, low_float=2_000_000)
    one.payouts.balance()
    one.wait()

    assert "Utility Account" in repr(heard)
    assert len(one.floats) == 2
    assert one.payouts.reconcile().unmatched == ()


def test_an_engine_without_money_fails_the_payout_and_tells_of_the_float() -> None:
    one = paymaster(engine=Engine())
    payout = one.payouts.pay(phone="254700000001", amount=500, idempotency_key="one debt")
    one.wait()

    assert one.status(payout) is FAILED
    assert len(one.floats) == 1


def test_a_payout_stays_paid_where_another_function_of_the_shop_fails(caplog: pytest.LogCaptureFixture) -> None:
    def fail(reading: FloatReading) -> None:
        message = f"no mail about {reading.available}"
        raise OSError(message)

    one = paymaster(low_float=999_600, on_low_float=fail)
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")
    one.wait()

    assert one.status(payout) is PAID
    assert one.paid == [payout.key]
    assert f"payout.hook_failed key={payout.key} error=OSError hook=on_low_float" in caplog.messages
