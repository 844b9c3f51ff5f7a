"""Customers pay a pay bill or a till unasked: the shop validates the payment, and every payment is confirmed."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from decimal import Decimal
from hashlib import sha256
from typing import Any

import attrs
import pytest

from daraja import parse_incoming
from daraja.http.messages import HttpRequest
from daraja.simulator import (
    SANDBOX_PASSKEY,
    Account,
    Answer,
    Confirmation,
    ConfirmationScenario,
    Engine,
    EventKind,
    LocalDaraja,
)
from daraja.simulator.callback_queue import CallbackReply
from daraja.simulator.products.c2b_misbehaviours import MAGIC_NUMBERS
from daraja.testing import ManualClock, MountedDaraja
from tests.simulator.shop import PHONE, SHORTCODE, Shop, callback_of, read, refusal_of, shop_of, texts
from tests.support.servers import http, raw_server

REGISTER = "/mpesa/c2b/v2/registerurl"
SIMULATE = "/mpesa/c2b/v2/simulate"
CONFIRM = "http://127.0.0.1:9000/confirmation/s3cr3t"
VALIDATE = "http://127.0.0.1:9000/validation/s3cr3t"
GUESSED = "http://127.0.0.1:9000/confirmation/000000"
ACCEPT = {"ResultCode": "0", "ResultDesc": "Accepted"}


@attrs.define
class Duka:
    """A shop in the same process that has registered its addresses."""

    mounted: MountedDaraja
    shop: Shop
    answer: object = attrs.field(factory=ACCEPT.copy)
    waits: float = 0
    heard: list[HttpRequest] = attrs.field(factory=list[HttpRequest])

    @property
    def confirmations(self) -> list[dict[str, Any]]:
        return [read(request) for request in self.heard if request.url == CONFIRM]

    @property
    def validations(self) -> list[dict[str, Any]]:
        return [read(request) for request in self.heard if request.url == VALIDATE]

    def pay(self, phone: str = PHONE, amount: int = 500) -> tuple[str, str]:
        payment = self.mounted.pay_bill(phone, shortcode=SHORTCODE, account="inv 7", amount=amount)
        return payment.status, payment.code


def registration(**fields: object) -> dict[str, object]:
    return {
        "ShortCode": SHORTCODE,
        "ResponseType": "Cancelled",
        "ConfirmationURL": CONFIRM,
        "ValidationURL": VALIDATE,
        **fields,
    }


def duka(engine: Engine | None = None, path: str = REGISTER, **fields: object) -> Duka:
    engine = Engine(answer=Answer.PAY) if engine is None else engine
    clock = ManualClock()

    def deliver(callback: HttpRequest) -> str:
        made.heard.append(callback)
        if callback.url == VALIDATE:
            clock.advance(made.waits)
            body = made.answer if isinstance(made.answer, bytes) else json.dumps(made.answer).encode()
            return CallbackReply("answered HTTP 200", body)
        return "answered HTTP 200"

    mounted = MountedDaraja(engine, clock, deliver=deliver)
    made = Duka(mounted, Shop(engine.handle, clock.now()).authorise())
    assert made.shop.post(path, registration(**fields)).status == 200
    return made


def test_a_payment_that_is_accepted_is_confirmed_with_the_balance_after_it() -> None:
    shop = duka(Engine(balances={SHORTCODE: {Account.UTILITY: 1_000}}))
    assert shop.pay() == ("paid", "")
    (validation,), (confirmation,) = shop.validations, shop.confirmations
    assert (validation["OrgAccountBalance"], confirmation["OrgAccountBalance"]) == ("", "1500.00")
    assert validation["TransID"] == confirmation["TransID"]
    payment = parse_incoming(json.dumps(confirmation))
    assert (payment.amount, payment.reference, payment.shortcode) == (Decimal(500), "inv 7", SHORTCODE)
    assert (str(payment.payer), payment.transaction_type) == ("2547 ***** 678", "Pay Bill")
    assert payment.payer_name is not None
    assert " " not in payment.payer_name


def test_version_1_hashes_the_payer_s_number() -> None:
    shop = duka(path="/mpesa/c2b/v1/registerurl")
    shop.pay()
    assert shop.confirmations[0]["MSISDN"] == sha256(PHONE.encode()).hexdigest()


def test_the_shop_s_own_id_comes_back() -> None:
    shop = duka()
    shop.answer = {**ACCEPT, "ThirdPartyTransID": "order-17"}
    shop.pay()
    assert [shop.validations[0]["ThirdPartyTransID"], shop.confirmations[0]["ThirdPartyTransID"]] == ["", "order-17"]


@pytest.mark.parametrize("code", ["C2B00011", "C2B00012", "C2B00016", "1"])
def test_a_payment_that_is_rejected_moves_nothing(code: str) -> None:
    shop = duka()
    shop.answer = {"ResultCode": code, "ResultDesc": "Rejected"}
    assert shop.pay() == ("rejected", code)
    assert shop.confirmations == []
    assert shop.mounted.balances(SHORTCODE)[Account.UTILITY] == 1_000_000


@pytest.mark.parametrize("answer", [b"", b"{", b"[]", {}, {"ResultDesc": "?"}])
@pytest.mark.parametrize(("response_type", "ended"), [("Completed", "paid"), ("Cancelled", "rejected")])
def test_an_answer_that_says_nothing_leaves_it_to_the_response_type(
    answer: object, response_type: str, ended: str
) -> None:
    shop = duka(ResponseType=response_type)
    shop.answer = answer
    assert shop.pay()[0] == ended


@pytest.mark.parametrize(("seconds", "ended"), [(8, "paid"), (8.5, "rejected")])
def test_a_shop_has_eight_seconds_to_validate(seconds: float, ended: str) -> None:
    shop = duka()
    shop.waits = seconds
    shop.pay()
    shop.mounted.advance(seconds=0)
    assert f"'status': '{ended}'" in str(shop.mounted.engine.c2b.views["received"]())


def test_a_validation_that_is_lost_ends_after_eight_seconds() -> None:
    shop = duka(ResponseType="Completed")
    shop.mounted.set_held(held=True)
    assert shop.pay() == ("waiting", "")
    assert shop.mounted.deliver(times=0) == 0
    shop.mounted.set_held(held=False)
    shop.mounted.advance(seconds=8)
    assert len(shop.confirmations) == 1


def test_a_second_answer_to_a_validation_changes_nothing() -> None:
    shop = duka()
    with shop.mounted.hold():
        shop.pay()
        shop.mounted.deliver(times=3)
        assert [len(shop.validations), len(shop.confirmations)] == [3, 0]
    assert len(shop.confirmations) == 1


def test_without_validation_or_registration_every_payment_is_made() -> None:
    shop = duka(Engine(c2b_validation=False))
    assert (shop.pay(), shop.validations, len(shop.confirmations)) == (("paid", ""), [], 1)
    mounted = MountedDaraja(Engine(), ManualClock())
    paid = mounted.pay_bill(PHONE, shortcode=SHORTCODE, account="7", amount=1)
    assert (paid.status, mounted.due()) == ("paid", ())


def test_a_till_is_paid_by_its_number_and_confirms_its_store_number() -> None:
    engine = Engine(shortcodes={SHORTCODE: SANDBOX_PASSKEY}, tills={SHORTCODE: "5050505"})
    shop = duka(engine)
    assert shop.mounted.buy_goods("0712 345 678", till="5050505", amount=20).status == "paid"
    confirmation = shop.confirmations[0]
    assert confirmation["BusinessShortCode"] == SHORTCODE
    assert (confirmation["BillRefNumber"], confirmation["TransactionType"]) == ("", "Customer Merchant Payment")
    assert shop.mounted.balances(SHORTCODE)[Account.MERCHANT] == 1_000_020


def test_a_payment_by_stk_push_is_announced_twice_with_one_receipt() -> None:
    shop = duka()
    shop.shop.pushed(PHONE)
    shop.mounted.advance(seconds=10)
    callback, confirmation = shop.heard
    items = {item["Name"]: item["Value"] for item in callback_of(callback)["CallbackMetadata"]["Item"]}
    assert (items["MpesaReceiptNumber"], confirmation.url) == (read(confirmation)["TransID"], CONFIRM)
    assert (read(confirmation)["BillRefNumber"], shop.validations) == ("ORD-1", [])


def test_the_sandbox_simulates_payments_to_a_pay_bill_and_a_till() -> None:
    shop = duka()
    pay_bill = {"ShortCode": SHORTCODE, "CommandID": "CustomerPayBillOnline", "Amount": 10, "Msisdn": int(PHONE)}
    till = {**pay_bill, "CommandID": "CustomerBuyGoodsOnline", "BillRefNumber": None}
    for body in ({**pay_bill, "BillRefNumber": "INV 1"}, till):
        answer = read(shop.shop.post(SIMULATE, body))
        assert (answer["ResponseCode"], "OriginatorCoversationID" in answer) == ("0", True)
        shop.mounted.advance(seconds=1)
    assert [body["BillRefNumber"] for body in shop.confirmations] == ["INV 1", ""]


@pytest.mark.parametrize(
    ("field", "value"),
    [("ShortCode", "1"), ("ShortCode", "123456"), ("CommandID", "x"), ("Amount", 0), ("Msisdn", "0712345678")],
)
def test_a_simulated_payment_is_checked(field: str, value: object) -> None:
    body = {"ShortCode": SHORTCODE, "CommandID": "CustomerPayBillOnline", "Amount": 10, "Msisdn": PHONE}
    refused = shop_of(Engine()).post(SIMULATE, {**body, field: value})
    assert refusal_of(refused)[2] == f"Bad Request - Invalid {field}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ShortCode", "123456"),
        ("ResponseType", "completed"),
        ("ConfirmationURL", "ftp://shop.example/"),
        ("ValidationURL", "not an address"),
        ("ConfirmationURL", "https://shop.example/mpesa/confirm"),
        ("ValidationURL", "https://safaricom.example/v"),
        ("ValidationURL", "https://shop.example/Query"),
    ],
)
def test_a_registration_is_checked(field: str, value: object) -> None:
    refused = shop_of(Engine()).post(REGISTER, registration(**{field: value}))
    assert refusal_of(refused)[2] == f"Bad Request - Invalid {field}"


def test_a_registration_is_replaced_here_and_refused_as_in_production_where_you_ask_for_it() -> None:
    shop = shop_of(Engine())
    assert [shop.post(REGISTER, registration()).status for _ in range(2)] == [200, 200]
    strict = shop_of(Engine(c2b_register_once=True))
    assert strict.post(REGISTER, registration()).status == 200
    assert refusal_of(strict.post(REGISTER, registration()))[1:] == ("500.003.1001", "Urls are already registered.")


def test_a_payment_by_hand_that_is_not_possible_is_refused() -> None:
    mounted = MountedDaraja(Engine(), ManualClock())
    with pytest.raises(LookupError, match="no shop here has the number 123456"):
        mounted.pay_bill(PHONE, shortcode="123456", account="7", amount=1)
    for wrong in (0, 250_001):
        with pytest.raises(ValueError, match="M-Pesa moves 1 to 250000"):
            mounted.pay_bill(PHONE, shortcode=SHORTCODE, account="7", amount=wrong)
    with pytest.raises(ValueError, match="a phone takes 20 characters"):
        mounted.pay_bill(PHONE, shortcode=SHORTCODE, account="7" * 21, amount=1)
    with pytest.raises(ValueError, match="mobile number"):
        mounted.buy_goods("12", till=SHORTCODE, amount=1)


STORIES: dict[str, Callable[[list[dict[str, Any]]], bool]] = {
    "NO_CONFIRMATION": lambda bodies: bodies == [],
    "THREE_CONFIRMATIONS": lambda bodies: len(bodies) == 3 and bodies[0] == bodies[1] == bodies[2],
    "LATE_CONFIRMATION": lambda bodies: len(bodies) == 1,
    "AMOUNT_AS_NUMBER": lambda bodies: bodies[0]["TransAmount"] == 500.0 and bodies[0]["BusinessShortCode"] == 174379,
    "PLAIN_PHONE": lambda bodies: bodies[0]["MSISDN"].startswith("2547000085"),
    "HASHED_PHONE": lambda bodies: len(bodies[0]["MSISDN"]) == 64,
    "NO_NAME": lambda bodies: bodies[0]["FirstName"] == "",
    "EARLY_CONFIRMATION": lambda bodies: len(bodies) == 1,
    "CONFIRMED_ANOTHER_AMOUNT": lambda bodies: bodies[0]["TransAmount"] == "501.00",
    "CONFIRMED_ANOTHER_ACCOUNT": lambda bodies: bodies[0]["BillRefNumber"] == "Xinv 7",
    "CONFIRMED_ANOTHER_RECEIPT": lambda bodies: bodies[0]["TransID"][2] == "Z",
    "CONFIRMED_AT_VALIDATION": lambda bodies: bodies == [],
    "UNSIGNED_CONFIRMATION": lambda bodies: bodies == [],
    "FORGED_CONFIRMATION": lambda bodies: len(bodies) == 1,
    "NO_BALANCE": lambda bodies: bodies[0]["OrgAccountBalance"] == "",
}
ELSEWHERE: dict[str, list[str]] = {
    "CONFIRMED_AT_VALIDATION": [VALIDATE],
    "UNSIGNED_CONFIRMATION": [GUESSED],
    "FORGED_CONFIRMATION": [CONFIRM, GUESSED],
}
"""The addresses of its confirmations, where they are not the registered one."""


@pytest.mark.parametrize("row", MAGIC_NUMBERS, ids=lambda row: row.name)
def test_a_payer_decides_how_confirmations_misbehave(row: Any) -> None:  # noqa: ANN401 - a row of the list
    shop = duka()
    assert shop.pay(row.number) == ("paid", "")
    assert (len(shop.heard) == 1) == (row.name in {"NO_CONFIRMATION", "LATE_CONFIRMATION"})
    shop.mounted.advance(seconds=300)
    assert STORIES[row.name](shop.confirmations)
    confirmed = [request.url for request in shop.heard if read(request)["OrgAccountBalance"]]
    assert confirmed == ELSEWHERE.get(row.name, [CONFIRM] * len(confirmed))


def test_an_early_confirmation_comes_before_the_validation_and_before_the_callback_of_a_push() -> None:
    shop = duka()
    shop.answer = {"ResultCode": "C2B00012", "ResultDesc": "Rejected"}
    assert shop.pay("254700008508") == ("paid", "")
    assert [request.url for request in shop.heard] == [CONFIRM, VALIDATE]
    shop.heard.clear()
    shop.shop.pushed("254700008508")
    shop.mounted.advance(seconds=10)
    confirmation, callback = shop.heard
    items = {item["Name"]: item["Value"] for item in callback_of(callback)["CallbackMetadata"]["Item"]}
    assert (confirmation.url, read(confirmation)["TransID"]) == (CONFIRM, items["MpesaReceiptNumber"])


def test_numbers_of_your_own_have_confirmations_of_your_own() -> None:
    twice = ConfirmationScenario(confirmations=(Confirmation(), Confirmation(after=5)))
    shop = duka(Engine(payers={"0712 345 678": twice}))
    shop.pay(PHONE)
    assert len(shop.confirmations) == 1
    shop.mounted.advance(seconds=5)
    assert len(shop.confirmations) == 2
    with pytest.raises(ValueError, match="after"):
        Confirmation(after=-1)


def test_the_log_names_payments_without_the_payer_s_number() -> None:
    shop = duka()
    shop.answer = {"ResultCode": "C2B00012"}
    shop.pay()
    assert texts(shop.mounted.engine, EventKind.PAYMENT) == [
        "2547*****678 pays KES 500 to 174379 by hand, account 'inv 7'",
        "2547*****678: rejected with C2B00012",
    ]


def test_a_delivery_delivers_what_the_shop_s_answers_make_due() -> None:
    shop = duka()
    body = {"ShortCode": SHORTCODE, "CommandID": "CustomerPayBillOnline", "Amount": 10, "Msisdn": PHONE}
    shop.shop.post(SIMULATE, body)
    assert shop.mounted.deliver() == 1
    assert [len(shop.validations), len(shop.confirmations)] == [1, 1]


# Over sockets


@contextmanager
def validating(body: bytes) -> Generator[tuple[LocalDaraja, list[bytes]]]:
    """Serve a local Daraja, and a shop whose only address answers everything with *body*."""
    heard: list[bytes] = []

    def answer(conversation: Any, seen: Any) -> bool:  # noqa: ANN401 - of the test server
        heard.append(seen.body)
        conversation.send(http("200 OK", body))
        return False

    with raw_server(answer) as server, LocalDaraja() as local:
        shop = shop_of(local.engine)
        address = {"ConfirmationURL": server.address + "/c", "ValidationURL": server.address + "/v"}
        assert shop.post(REGISTER, registration(**address)).status == 200
        yield local, heard


def test_a_shop_on_the_network_validates_and_has_its_confirmation_when_the_call_returns() -> None:
    with validating(b'{"ResultCode":"0","ResultDesc":"Accepted"}') as (local, heard):
        paid = local.pay_bill(PHONE, shortcode=SHORTCODE, account="7", amount=5)
        assert (paid.status, len(heard)) == ("paid", 2)
    with validating(b'{"ResultCode":"C2B00011"}') as (local, heard):
        paid = local.pay_bill(PHONE, shortcode=SHORTCODE, account="7", amount=5)
        assert (paid.status, paid.code, len(heard)) == ("rejected", "C2B00011", 1)
