"""A status query finds any payment by its receipt or by the id of its request."""

from decimal import Decimal

import pytest

from daraja.api.transaction_status import StatusResult
from daraja.simulator import Answer, Band, Engine
from tests.simulator.initiators import B2C, BULK, PHONE, STATUS, b2c, due, result_of, status
from tests.simulator.shop import SHORTCODE, Shop, callback_of, refusal_of, shop_of


def asked(engine: Engine, shop: Shop, **fields: object) -> StatusResult:
    result = result_of("status", engine, shop, shop.post(STATUS, status(**fields)))
    assert isinstance(result, StatusResult)
    return result


def test_a_payout_is_found_by_the_shop_s_own_id_and_by_its_receipt() -> None:
    engine = Engine(tariff={"b2c": [Band(1_000, 22.5)]})
    shop = shop_of(engine)
    shop.post(B2C, b2c("payout-1"))
    assert len(due(engine, shop)) == 1
    by_id = asked(engine, shop, OriginalConversationID="payout-1")
    by_receipt = asked(engine, shop, TransactionID=by_id.receipt)
    for answer in (by_id, by_receipt):
        assert (answer.is_completed, answer.amount, answer.receipt) == (True, Decimal(100), by_id.receipt)
        assert answer.asked_originator_conversation_id == "payout-1"
        assert answer.receiver is not None
        assert str(answer.receiver.id) == PHONE
        assert (answer.debit_account, answer.reason) == ("Utility Account", "Business Payment to Customer via API")
        assert [charge.amount for charge in answer.charges] == [22.5]


def test_a_payment_by_stk_push_is_found_by_its_receipt() -> None:
    engine = Engine(answer=Answer.PAY, tariff={"stk": [Band(1_000, 5)]})
    shop = shop_of(engine)
    shop.pushed(PHONE)
    (callback,) = due(engine, shop)
    receipt = callback_of(callback)["CallbackMetadata"]["Item"][1]["Value"]
    answer = asked(engine, shop, PartyA=SHORTCODE, TransactionID=receipt)
    assert (answer.is_completed, answer.amount, answer.reason) == (True, Decimal(500), "Pay Bill Online")
    assert [charge.amount for charge in answer.receiver_charges] == [5]


def test_an_open_a_declined_and_an_expired_payout_have_their_own_words() -> None:
    engine = Engine(delay=5)
    shop = shop_of(engine)
    for identity, phone in [("open", "254700008104"), ("declined", "254700000001"), ("expired", "254700008109")]:
        shop.post(B2C, b2c(identity, phone))
    due(engine, shop)
    words = [
        asked(engine, shop, OriginalConversationID=identity).transaction_status
        for identity in ("open", "declined", "expired")
    ]
    assert words == ["Initiated", "Declined", "Expired"]


def test_a_status_query_finds_no_unknown_payment_and_none_of_another_organisation() -> None:
    engine = Engine()
    shop = shop_of(engine)
    shop.post(B2C, b2c("payout-1"))
    assert len(due(engine, shop)) == 1
    unknown = asked(engine, shop, OriginalConversationID="payout-2")
    foreign = asked(engine, shop, OriginalConversationID="payout-1", PartyA="600111")
    empty = asked(engine, shop, TransactionID="")
    assert [answer.result_code for answer in (unknown, foreign, empty)] == ["25", "25", "25"]
    assert "parameter null" in empty.result_description


def test_a_query_names_a_payment() -> None:
    refused = shop_of(Engine()).post(STATUS, status())
    assert refusal_of(refused) == (400, "400.002.02", "Bad Request - Invalid TransactionID")


@pytest.mark.parametrize("own", [{"IdentifierType": "11", "TransactionID": "X"}, {"TransactionID": "with space"}])
def test_a_wrong_field_is_refused(own: dict[str, str]) -> None:
    assert refusal_of(shop_of(Engine()).post(STATUS, status(**own)))[1] == "400.002.02"


def test_a_query_misbehaves_by_the_customer_of_the_payment() -> None:
    engine = Engine()
    shop = shop_of(engine)
    shop.post(B2C, b2c("payout-1", "254700008201"))
    assert len(due(engine, shop)) == 1
    assert shop.post(STATUS, status(OriginalConversationID="payout-1")).status == 200
    assert due(engine, shop) == ()
    assert engine.ledger.balances(BULK)
