"""A reversal gives a received payment back, whole and once."""

from decimal import Decimal

import pytest

from daraja import Outcome
from daraja.api.reversal import ReversalResult
from daraja.simulator import Account, Answer, Engine
from tests.simulator.initiators import B2C, BULK, PHONE, REVERSAL, b2c, due, result_of, reversal
from tests.simulator.shop import SHORTCODE, Shop, callback_of, refusal_of, shop_of


@pytest.fixture
def engine() -> Engine:
    return Engine(answer=Answer.PAY, busy_seconds=0)


def receipt_of(engine: Engine, shop: Shop, phone: str = PHONE) -> str:
    shop.pushed(phone)
    (callback,) = due(engine, shop)
    return str(callback_of(callback)["CallbackMetadata"]["Item"][1]["Value"])


def reverse(engine: Engine, shop: Shop, receipt: str, **fields: object) -> ReversalResult:
    response = shop.post(REVERSAL, reversal(receipt, SHORTCODE, **fields))
    result = result_of("reversal", engine, shop, response)
    assert isinstance(result, ReversalResult)
    return result


def test_the_money_goes_back_once(engine: Engine) -> None:
    shop = shop_of(engine)
    receipt = receipt_of(engine, shop)
    held = engine.ledger.balances(SHORTCODE)[Account.UTILITY]
    done = reverse(engine, shop, receipt)
    assert (done.outcome, done.amount, done.original_transaction_id) == (Outcome.PAID, Decimal(500), receipt)
    assert done.receiver is not None
    assert (str(done.receiver.id), done.balances["Utility Account"].available) == (PHONE, held - 500)
    assert done.receipt not in (None, receipt)
    assert reverse(engine, shop, receipt).already_reversed
    assert engine.ledger.balances(SHORTCODE)[Account.UTILITY] == held - 500


def test_only_the_whole_amount_goes_back(engine: Engine) -> None:
    shop = shop_of(engine)
    assert reverse(engine, shop, receipt_of(engine, shop), Amount=1).amount == 500


def test_an_unknown_receipt_and_a_payout_cannot_be_reversed(engine: Engine) -> None:
    shop = shop_of(engine)
    shop.post(B2C, b2c("payout-1"))
    assert len(due(engine, shop)) == 1
    (payout,) = engine.ledger.transactions
    assert reverse(engine, shop, "UNKNOWN1").result_code == "R000002"
    other = shop.post(REVERSAL, reversal(payout.receipt, BULK))
    assert result_of("reversal", engine, shop, other).result_code == "R000002"


def test_a_reversal_fails_once_the_money_is_no_longer_there() -> None:
    engine = Engine(answer=Answer.PAY, balances={SHORTCODE: {Account.UTILITY: 0}})
    shop = shop_of(engine)
    receipt = receipt_of(engine, shop)
    shop.post(B2C, b2c("payout-1", PartyA=SHORTCODE))
    assert len(due(engine, shop)) == 1
    assert reverse(engine, shop, receipt).result_code == "1"


@pytest.mark.parametrize(
    ("field", "value"),
    [("RecieverIdentifierType", "4"), ("TransactionID", ""), ("Amount", 0), ("Remarks", "x"), ("ReceiverParty", "1")],
)
def test_a_wrong_field_is_refused_by_its_name(engine: Engine, field: str, value: object) -> None:
    refused = shop_of(engine).post(REVERSAL, reversal("UKN1", SHORTCODE, **{field: value}))
    assert refusal_of(refused) == (400, "400.002.02", f"Bad Request - Invalid {field}")


def test_a_correctly_spelt_key_counts_as_missing(engine: Engine) -> None:
    spelt = reversal("UKN1", SHORTCODE, RecieverIdentifierType=None, ReceiverIdentifierType="11")
    assert refusal_of(shop_of(engine).post(REVERSAL, spelt))[1] == "400.002.05"


def test_a_reversal_misbehaves_by_the_payer() -> None:
    engine = Engine(answer=Answer.PAY, busy_seconds=0)
    shop = shop_of(engine)
    receipt = receipt_of(engine, shop, "254700008301")
    assert shop.post(REVERSAL, reversal(receipt, SHORTCODE)).status == 200
    assert due(engine, shop) == ()
    again = result_of("reversal", engine, shop, shop.post(REVERSAL, reversal("UNKNOWN1", SHORTCODE)))
    assert again.result_code == "R000002"
    assert engine.ledger.reversal_of(receipt) is not None
