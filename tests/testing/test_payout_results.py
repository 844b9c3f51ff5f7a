"""The result that a payout would get says what the payout was, at its own address."""

import pytest

from daraja import AsyncDaraja, AsyncPayouts
from daraja.disbursements import PayoutStatus, Product
from daraja.stores import MemoryPayoutStore
from daraja.testing import payout_result, sample_config
from tests.support.disbursements import RECEIVERS
from tests.support.paying import CAPS, bought, paymaster

PAYABLE = [product for product in Product if product not in {Product.REVERSAL, Product.TOP_UP, Product.FLOAT}]


@pytest.mark.parametrize("product", PAYABLE, ids=str)
def test_a_result_pays_its_payout_and_no_other(product: Product) -> None:
    one = paymaster()
    one.deaf = True
    payout = one.payouts.pay(to=RECEIVERS[product], amount=500, idempotency_key="one")
    other = one.payouts.pay(to=RECEIVERS[product], amount=600, idempotency_key="another")
    result = payout_result(payout, config=one.daraja.config)
    assert result == payout_result(payout, config=one.daraja.config)
    assert one.payouts.receive(result.body, token=result.url).status_code == 200

    assert one.now(payout).paid
    assert one.status(other) is PayoutStatus.ACCEPTED


def test_a_result_is_sent_to_the_payouts_themselves() -> None:
    one = paymaster()
    one.deaf = True
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one")

    assert payout_result(payout, config=one.daraja.config).send(one.payouts).status_code == 200
    assert one.now(payout).paid


def test_a_result_is_sent_to_async_payouts() -> None:
    payouts = AsyncPayouts(AsyncDaraja(sample_config()), MemoryPayoutStore(), caps=CAPS)
    one = paymaster()
    one.deaf = True
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one")

    assert payout_result(payout).send(payouts).status_code == 200


def test_a_result_of_a_refund_says_that_the_payment_went_back() -> None:
    one = paymaster()
    payment = bought(one)
    one.deaf = True
    refund = one.payouts.refund(payment, reason="broken", by="Wanjiku")
    result = payout_result(refund, config=one.daraja.config)
    one.payouts.receive(result.body, token=result.url)

    assert one.now(refund).paid
    assert (payment.receipt or "?").encode() in result.body


def test_a_result_may_say_that_it_failed_or_name_another_amount() -> None:
    one = paymaster()
    one.deaf = True
    failed = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one")
    odd = one.payouts.pay(phone="0712345678", amount=600, idempotency_key="another")
    for result in (
        payout_result(failed, 1, config=one.daraja.config),
        payout_result(odd, amount=1, config=one.daraja.config),
    ):
        one.payouts.receive(result.body, token=result.url)

    assert one.status(failed) is PayoutStatus.FAILED
    assert one.now(odd).needs_review


def test_a_result_without_settings_is_for_those_of_a_test() -> None:
    one = paymaster()
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one")

    assert payout.key in payout_result(payout).path
    assert payout_result(payout).url.startswith("https://shop.example/")
