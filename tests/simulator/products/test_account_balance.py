"""A balance query is answered with the true balances of the organisation that asks."""

from decimal import Decimal

import pytest

from daraja import Outcome
from daraja.simulator import Account, Engine, EventKind
from tests.simulator.initiators import B2C, BALANCE, b2c, balance, due, result_of
from tests.simulator.shop import refusal_of, shop_of, texts


def test_the_balances_are_those_after_every_payment() -> None:
    engine = Engine(balances={"600992": {Account.UTILITY: 700, Account.WORKING: Decimal("12.50")}})
    shop = shop_of(engine)
    shop.post(B2C, b2c("payout-1"))
    assert len(due(engine, shop)) == 1
    result = result_of("balance", engine, shop, shop.post(BALANCE, balance()))
    assert result.outcome is Outcome.ANSWERED
    zero, million = Decimal(0), Decimal(1_000_000)
    assert {name: (one.current, one.available, one.reserved) for name, one in result.balances.items()} == {
        "Working Account": (Decimal("12.50"), Decimal("12.50"), zero),
        "Merchant Account": (million, million, zero),
        "Utility Account": (Decimal(600), Decimal(600), zero),
        "Charges Paid Account": (zero, zero, zero),
        "Organization Settlement Account": (zero, zero, zero),
    }


@pytest.mark.parametrize("kind", ["1", "11", 5])
def test_only_shortcodes_and_tills_have_balances(kind: object) -> None:
    refused = shop_of(Engine()).post(BALANCE, balance(IdentifierType=kind))
    assert refusal_of(refused) == (400, "400.002.02", "Bad Request - Invalid IdentifierType")


def test_a_shortcode_decides_how_its_query_ends() -> None:
    engine = Engine()
    shop = shop_of(engine)
    assert result_of("balance", engine, shop, shop.post(BALANCE, balance(PartyA="9900021"))).result_code == "21"
    assert shop.post(BALANCE, balance(PartyA="9908401")).status == 200
    assert due(engine, shop) == ()
    assert texts(engine, EventKind.CALLBACK) == ["balance for 9900021 to http://127.0.0.1:9000"]
