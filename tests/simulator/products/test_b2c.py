"""B2C and Pochi pay from true balances, refuse an id that was used, and report as Daraja does."""

from decimal import Decimal
from typing import cast

import pytest

from daraja import Outcome
from daraja.api.b2c import B2cResult
from daraja.simulator import Account, Band, Engine, EventKind, Notice, ResultScenario
from daraja.simulator.results import result as known_result
from tests.simulator.initiators import B2C, BULK, PHONE, b2c, credential, due, result_of
from tests.simulator.shop import Shop, read, refusal_of, shop_of, texts

V1 = "/mpesa/b2c/v1/paymentrequest"
VALIDATED = "/mpesa/b2cvalidate/v2/paymentrequest"
POCHI = "/mpesa/b2pochi/v1/paymentrequest"


def paid(engine: Engine, shop: Shop, identity: str, phone: str = PHONE, **fields: object) -> B2cResult:
    result = result_of("b2c", engine, shop, shop.post(B2C, b2c(identity, phone, **fields)))
    assert isinstance(result, B2cResult)
    return result


def test_a_payout_moves_money_and_its_result_says_how_much_is_left() -> None:
    engine = Engine(balances={BULK: {Account.UTILITY: 5_000}}, tariff={"b2c": [Band(100, 0), Band(1_500, "5.50")]})
    result = paid(engine, shop_of(engine), "payout-1", Amount="1000", Occassion="Shift 7")
    assert (result.outcome, result.amount, result.receipt) == (Outcome.PAID, Decimal(1000), result.transaction_id)
    assert result.receiver is not None
    assert (str(result.receiver.id), result.receiver_is_registered) == (PHONE, True)
    assert {name: balance.available for name, balance in result.balances.items()} == {
        "Utility Account": 4_000,
        "Working Account": 1_000_000,
        "Charges Paid Account": Decimal("-5.5"),
    }
    assert result.references.text("occasion") == "Shift 7"
    assert result.completed_at is not None


def test_a_number_of_your_own_has_a_scenario_of_its_own() -> None:
    engine = Engine(payouts={PHONE: ResultScenario(result=known_result(8), notices=(Notice(), Notice(after=5)))})
    shop = shop_of(engine)
    assert shop.post(B2C, b2c("payout-1")).status == 200
    assert [read(callback)["Result"]["ResultCode"] for callback in (*due(engine, shop, 3), *due(engine, shop))] == [
        8,
        8,
    ]
    assert paid(engine, shop, "payout-2", "254712000000").outcome is Outcome.PAID


def test_an_originator_conversation_id_is_accepted_once() -> None:
    engine = Engine()
    shop = shop_of(engine)
    paid(engine, shop, "payout-1", "254700002001")
    refused = shop.post(B2C, b2c("payout-1"))
    assert refusal_of(refused) == (500, "500.002.1001", "Duplicate OriginatorConversationID.")
    paid(engine, shop, "payout-2")


def test_version_1_has_no_id_of_the_shop_s_own_and_pays_twice() -> None:
    engine = Engine()
    shop = shop_of(engine)
    body = b2c("ignored")
    for _ in range(2):
        result_of("b2c", engine, shop, shop.post(V1, body))
    assert engine.ledger.balances(BULK)[Account.UTILITY] == 1_000_000 - 200


def test_the_validated_version_needs_the_receiver_s_id() -> None:
    engine = Engine()
    shop = shop_of(engine)
    assert refusal_of(shop.post(VALIDATED, b2c("payout-1")))[1] == "400.002.05"
    result_of("b2c", engine, shop, shop.post(VALIDATED, b2c("payout-1", IDType="01", IDNumber="12345678")))


def test_pochi_has_a_command_of_its_own() -> None:
    engine = Engine()
    shop = shop_of(engine)
    assert refusal_of(shop.post(POCHI, b2c("payout-1")))[2] == "Bad Request - Invalid CommandID"
    result_of("b2c", engine, shop, shop.post(POCHI, b2c("payout-1", CommandID="BusinessPayToPochi")))


@pytest.mark.parametrize(("amount", "code"), [(9, "2"), (10, "0"), (250_000, "0"), (250_001, "3")])
def test_a_payout_is_of_10_to_250_000_shillings(amount: int, code: str) -> None:
    engine = Engine()
    assert paid(engine, shop_of(engine), "payout-1", Amount=amount).result_code == code


def test_a_phone_receives_500_000_shillings_a_day() -> None:
    engine = Engine()
    shop = shop_of(engine)
    codes = [paid(engine, shop, f"payout-{number}", Amount=250_000).result_code for number in range(3)]
    shop.wait(86_400)
    shop.authorise()
    assert [*codes, paid(engine, shop, "payout-3", Amount=250_000).result_code] == ["0", "0", "4", "0"]


def test_a_payout_without_the_money_for_it_fails_and_moves_nothing() -> None:
    engine = Engine(balances={BULK: {"Utility Account": 99}})
    result = paid(engine, shop_of(engine), "payout-1")
    assert (result.outcome, result.result_code, result.receipt) == (Outcome.FAILED, "1", None)
    assert engine.ledger.balances(BULK)[Account.UTILITY] == 99


@pytest.mark.parametrize("code", [11, 17, 2001, 2040, 8006, 7777])
def test_a_receiver_s_number_decides_the_result_code(code: int) -> None:
    engine = Engine()
    result = paid(engine, shop_of(engine), "payout-1", f"25470000{code:04}")
    assert (result.result_code, result.result_description) == (str(code), known_result(code).description)
    assert engine.ledger.balances(BULK)[Account.UTILITY] == 1_000_000


def test_three_wrong_passwords_lock_the_operator_until_it_is_unlocked() -> None:
    engine = Engine()
    shop = shop_of(engine)
    wrong = [paid(engine, shop, f"a{n}", SecurityCredential=credential("wrong")).result_code for n in range(3)]
    locked = paid(engine, shop, "b").result_code
    engine.operators.unlock("testapi")
    assert [*wrong, locked, paid(engine, shop, "c").result_code] == ["2001", "2001", "2001", "8006", "0"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("OriginatorConversationID", "with space"),
        ("OriginatorConversationID", "x" * 65),
        ("InitiatorName", ""),
        ("SecurityCredential", ""),
        ("CommandID", "BusinessPayToPochi"),
        ("Amount", 0),
        ("Amount", "10.5"),
        ("PartyA", "12345678"),
        ("PartyA", "123456"),
        ("PartyB", "0712345678"),
        ("Remarks", "x"),
        ("Remarks", "x" * 101),
        ("Occassion", "x" * 101),
        ("ResultURL", "ftp://shop.example"),
        ("ResultURL", "with space"),
        ("QueueTimeOutURL", "shop.example"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(field: str, value: object) -> None:
    engine = Engine()
    response = shop_of(engine).post(B2C, b2c("payout-1", PHONE, **{field: value}))
    assert refusal_of(response) == (400, "400.002.02", f"Bad Request - Invalid {field}")
    assert engine.ledger.transactions == ()


@pytest.mark.parametrize("field", [name for name in b2c("payout-1") if name != "Occassion"])
def test_every_field_but_the_occasion_is_needed(field: str) -> None:
    assert refusal_of(shop_of(Engine()).post(B2C, b2c("payout-1", PHONE, **{field: None})))[0] == 400


def test_the_log_says_what_happens_without_the_receiver_s_number() -> None:
    engine = Engine()
    paid(engine, shop_of(engine), "payout-1")
    assert texts(engine, EventKind.REQUEST) == ["shortcode 600992: BusinessPayment KES 100 for 2547*****678"]
    assert texts(engine, EventKind.DECIDED) == [
        "BusinessPayment for 2547*****678: code 0, The service request is processed successfully."
    ]
    assert texts(engine, EventKind.CALLBACK) == ["b2c for 2547*****678 to http://127.0.0.1:9000"]


def test_payouts_can_be_seen_also_while_they_are_open() -> None:
    engine = Engine()
    shop = shop_of(engine)
    shop.post(B2C, b2c("payout-1"))
    (product,) = [product for product in engine.products if "payouts" in product.views]

    def seen() -> list[tuple[object, object]]:
        payouts = product.views["payouts"]()["payouts"]
        assert isinstance(payouts, list)
        listed = cast("list[dict[str, str]]", payouts)
        return [(payout["originator_conversation_id"], payout["status"]) for payout in listed]

    assert seen() == [("payout-1", "Initiated")]
    assert len(due(engine, shop)) == 1
    assert seen() == [("payout-1", "Completed")]


def test_the_answer_is_the_acknowledgement_that_daraja_gives() -> None:
    assert read(shop_of(Engine()).post(B2C, b2c("payout-1"))).keys() == {
        "OriginatorConversationID",
        "ConversationID",
        "ResponseCode",
        "ResponseDescription",
    }
