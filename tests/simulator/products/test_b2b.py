"""Payments to businesses move money between accounts, and their results are read by the library."""

from decimal import Decimal

import attrs
import pytest

from daraja import parse_result, to
from daraja.api.b2b import B2bPayment, B2bResult, B2cTopUp, FloatTransfer, TaxPayment
from daraja.http.messages import HttpRequest
from daraja.simulator import Account, Band, Engine
from tests.simulator.initiators import body
from tests.simulator.office import Office, office
from tests.simulator.shop import SHORTCODE, refusal_of, shop_of

B2B = "/mpesa/b2b/v1/paymentrequest"
TAX = "/mpesa/b2b/v1/remittax"
BULK = "600992"


def result_of(desk: Office, operation: B2bPayment | B2cTopUp | FloatTransfer | TaxPayment) -> B2bResult:
    product = "tax" if isinstance(operation, TaxPayment) else "b2b"
    accepted = desk.daraja.run(operation)
    (heard,) = desk.hear()
    result = parse_result(product, heard.body)
    assert isinstance(result, B2bResult)
    assert result.conversation_id == accepted.conversation_id
    return result


def held(desk: Office, shortcode: str, account: Account) -> Decimal:
    return desk.mounted.balances(shortcode)[account]


def test_a_pay_bill_is_paid_from_working_to_utility() -> None:
    desk = office(Engine(tariff={"b2b": [Band(1_000, 30)]}))
    result = result_of(desk, B2bPayment(to=to.PayBillAccount("600111", account="INV 7"), amount=700, occasion="Rent"))
    assert (result.outcome.value, result.amount, result.bill_reference) == ("paid", Decimal(700), "INV 7")
    assert result.receiver is not None
    assert (str(result.receiver.id), result.balance_after) == ("600111", Decimal(999_300))
    assert [charge.amount for charge in result.charges] == [30]
    assert [held(desk, SHORTCODE, account) for account in (Account.WORKING, Account.CHARGES)] == [999_300, -30]
    assert held(desk, "600111", Account.UTILITY) == 1_000_700


def test_a_till_is_paid_into_its_store_s_merchant_account() -> None:
    engine = Engine(shortcodes={SHORTCODE: "a-passkey", "600222": "a-passkey"}, tills={"600222": "5050505"})
    desk = office(engine)
    assert result_of(desk, B2bPayment(to=to.TillNumber("5050505"), amount=10)).result_code == "0"
    assert held(desk, "600222", Account.MERCHANT) == 1_000_010


def test_a_till_that_is_called_a_shortcode_is_not_found() -> None:
    engine = Engine()
    shop = shop_of(engine)
    till = b2b(CommandID="BusinessBuyGoods", PartyB="5050505", RecieverIdentifierType="4")
    assert shop.post(B2B, till).status == 200
    shop.wait(5)
    (callback,) = engine.due(shop.now)
    assert parse_result("b2b", callback.body).result_code == "SFC_IC0003"


def test_a_bulk_shortcode_and_the_own_utility_account_are_loaded() -> None:
    desk = office(bulk=None)
    assert result_of(desk, B2cTopUp(to=BULK, amount=5)).result_code == "0"
    assert held(desk, BULK, Account.UTILITY) == 1_000_005
    assert result_of(desk, FloatTransfer(amount=7)).result_code == "0"
    assert [held(desk, SHORTCODE, account) for account in (Account.WORKING, Account.UTILITY)] == [999_988, 1_000_007]


def test_the_way_back_to_working_is_never_allowed() -> None:
    engine = Engine()
    shop = shop_of(engine)
    back = b2b(CommandID="BusinessTransferFromUtilityToMMF", PartyB=SHORTCODE)
    assert shop.post(B2B, back).status == 200
    shop.wait(5)
    (callback,) = engine.due(shop.now)
    assert parse_result("b2b", callback.body).result_code == "21"


def test_a_tax_is_paid_by_its_number_which_decides_how_it_turns_out() -> None:
    desk = office()
    paid = result_of(desk, TaxPayment(to="PRN20261123", amount=300))
    assert (paid.product, paid.outcome.value, paid.bill_reference) == ("tax", "paid", "PRN20261123")
    assert result_of(desk, TaxPayment(to="9900017", amount=300)).result_code == "17"
    assert held(desk, SHORTCODE, Account.WORKING) == 999_700


def test_a_receiver_decides_the_result_and_how_it_misbehaves() -> None:
    desk = office()

    def pay(shortcode: str) -> list[HttpRequest]:
        desk.daraja.run(B2bPayment(to=to.PayBillAccount(shortcode, account="1"), amount=10))
        return [*desk.hear()]

    assert [parse_result("b2b", callback.body).result_code for callback in pay("9902001")] == ["2001"]
    assert pay("9908101") == []
    (older,) = pay("9908120")
    read = parse_result("b2b", older.body)
    assert (read.outcome.value, read.amount, read.receiver is not None) == ("paid", None, True)


def test_too_little_on_working_fails_though_utility_has_it() -> None:
    desk = office(Engine(balances={SHORTCODE: {Account.WORKING: 9}}))
    result = result_of(desk, B2bPayment(to=to.PayBillAccount("600111", account="1"), amount=10))
    assert (result.result_code, result.completed_at is not None) == ("1", True)


def b2b(**fields: object) -> dict[str, object]:
    own = {"SenderIdentifierType": "4", "RecieverIdentifierType": "4", "Amount": 10, "AccountReference": "1"}
    return body("BusinessPayBill", **{"PartyA": SHORTCODE, "PartyB": "600111", **own, **fields})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("CommandID", "PayTaxToKRA"),
        ("SenderIdentifierType", "2"),
        ("RecieverIdentifierType", "2"),
        ("Amount", "0"),
        ("PartyB", "1"),
        ("AccountReference", "x" * 14),
        ("Requester", "0712345678"),
        ("Remarks", ""),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(field: str, value: object) -> None:
    refused = shop_of(Engine()).post(B2B, b2b(**{field: value}))
    assert refusal_of(refused)[2] == f"Bad Request - Invalid {field}"


def test_an_own_transfer_and_a_tax_have_one_receiver_only() -> None:
    shop = shop_of(Engine())
    foreign = shop.post(B2B, b2b(CommandID="BusinessTransferFromMMFToUtility"))
    assert refusal_of(foreign)[2] == "Bad Request - Invalid PartyB"
    assert shop.post(B2B, b2b(Requester="254712345678")).status == 200
    other = shop.post(TAX, b2b(CommandID="PayTaxToKRA"))
    assert refusal_of(other)[2] == "Bad Request - Invalid PartyB"


def test_a_payment_to_a_business_is_found_by_its_acknowledged_id() -> None:
    desk = office()
    accepted = desk.daraja.run(B2bPayment(to=to.PayBillAccount("600111", account="1"), amount=10))
    desk.hear()
    assert accepted.originator_conversation_id is not None
    desk.daraja.transaction_status(originator_conversation_id=accepted.originator_conversation_id, shortcode=SHORTCODE)
    (answer,) = desk.hear()
    status = parse_result("status", answer.body)
    assert (status.is_completed, status.debit_account) == (True, "MMF Account for Organization")
    assert attrs.asdict(status)["amount"] == 10
