"""Prompts of B2B Express, standing orders and Bonga points are answered on the phone like those of a push."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from daraja import parse_incoming, parse_result
from daraja.api.c2b import C2bRegister
from daraja.simulator import Account, Answer, Engine
from daraja.simulator.products.b2b_express import nominated_number
from daraja.simulator.products.standing_order import due_days
from daraja.simulator.serializers import state_json
from tests.simulator.office import CONFIRMATIONS, RESULTS, VALIDATIONS, Office, office
from tests.simulator.shop import PHONE, SHORTCODE, Json, refusal_of, shop_of

TILL = "5050505"
EXPRESS = "/v1/ussdpush/get-msisdn"
ORDER = "/standingorder/v1/createStandingOrderExternal"
REDEEM = "/v1/lipa/na/bonga/redeem-paybill"


def prompted(desk: Office, till: str = TILL) -> None:
    desk.daraja.b2b_express(till=till, amount=70, reference="INV 7", partner="Duka Letu", request_id="express-1")


def agreed(desk: Office, **fields: Any) -> None:  # noqa: ANN401 - as the method has them
    today = desk.mounted.clock.now().date()
    usual: dict[str, Any] = {  # Any: as above
        "phone": PHONE,
        "amount": 50,
        "name": "Rent",
        "reference": "HOUSE 7",
        "starts": today + timedelta(days=1),
        "ends": today + timedelta(days=3),
        "frequency": "daily",
    }
    desk.daraja.standing_order(**(usual | fields))


# B2B Express


def test_the_operator_of_a_till_pays_from_its_account() -> None:
    engine = Engine(
        shortcodes={SHORTCODE: "a-passkey", "600222": "a-passkey"},
        tills={"600222": TILL},
        balances={"600222": {Account.MERCHANT: 100}},
    )
    desk = office(engine)
    prompted(desk)
    desk.mounted.pay(nominated_number(TILL))
    (callback,) = desk.heard
    result = parse_result("express", callback.body)
    assert (result.outcome.value, result.amount, str(result.request_id)) == ("paid", Decimal(70), "express-1")
    assert result.transaction_id is not None
    assert desk.mounted.balances("600222")[Account.MERCHANT] == 30
    assert desk.mounted.balances(SHORTCODE)[Account.UTILITY] == 1_000_070


@pytest.mark.parametrize(
    ("answer", "code"),
    [(Answer.CANCEL, "4001"), (Answer.WRONG_PIN, "2001"), (Answer.NO_FUNDS, "1"), (Answer.IGNORE, "4201")],
)
def test_an_operator_who_does_not_pay(answer: Answer, code: str) -> None:
    desk = office()
    prompted(desk)
    desk.mounted.answer(nominated_number(TILL), answer)
    (callback,) = [*desk.heard, *desk.hear(30)][:1]
    result = parse_result("express", callback.body)
    assert (result.result_code, result.payment_reference) == (code, "INV 7")


def test_a_till_decides_by_its_number() -> None:
    desk = office()
    prompted(desk, "9904104")
    assert [parse_result("express", callback.body).result_code for callback in desk.hear()] == ["4104"]


def test_a_till_without_the_money_cannot_pay() -> None:
    desk = office(Engine(answer=Answer.PAY, balances={TILL: {Account.MERCHANT: 69}}))
    prompted(desk)
    assert [parse_result("express", callback.body).result_code for callback in desk.hear()] == ["1"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("primaryShortCode", "1"),
        ("receiverShortCode", "123456"),
        ("amount", "0"),
        ("paymentRef", ""),
        ("callbackUrl", "x"),
    ],
)
def test_a_wrong_field_of_a_prompt_to_a_till_is_refused(field: str, value: str) -> None:
    body = {
        "primaryShortCode": TILL,
        "receiverShortCode": SHORTCODE,
        "amount": "70",
        "paymentRef": "INV 7",
        "callbackUrl": RESULTS,
        "partnerName": "Duka",
        "RequestRefID": "1",
    }
    refused = shop_of(Engine()).post(EXPRESS, {**body, field: value})
    assert refusal_of(refused)[2] == f"Bad Request - Invalid {field}"


# Standing orders


def test_a_customer_agrees_once_and_pays_on_every_due_day() -> None:
    desk = office()
    desk.daraja.run(C2bRegister(confirmation_url=CONFIRMATIONS, validation_url=VALIDATIONS))
    agreed(desk)
    desk.mounted.pay(PHONE)
    result = parse_result("standing_order", desk.heard[0].body)
    assert (result.outcome.value, str(result.phone)) == ("paid", f"*********{PHONE[-3:]}")
    collected = [parse_incoming(callback.body) for _ in range(5) for callback in desk.hear(86_400)]
    assert [payment.reference for payment in collected] == ["HOUSE 7"] * 3
    times = [payment.paid_at for payment in collected if payment.paid_at is not None]
    assert [(time.hour, time.minute) for time in times] == [(8, 0)] * 3


def test_a_customer_has_one_standing_order_of_a_name() -> None:
    desk = office(Engine(answer=Answer.PAY))
    codes: list[str] = []
    for name in ("Rent", "Rent", "Water"):
        agreed(desk, name=name)
        codes += [parse_result("standing_order", callback.body).result_code for callback in desk.hear()]
    assert codes == ["0", "1050", "0"]


def test_a_customer_who_does_not_agree_pays_nothing() -> None:
    desk = office()
    agreed(desk, phone="254700001032")
    (callback,) = desk.hear()
    assert parse_result("standing_order", callback.body).result_code == "1032"
    desk.hear(86_400)
    desk.hear(86_400)
    assert desk.engine.ledger.transactions == ()


@pytest.mark.parametrize(
    ("frequency", "days"),
    [
        ("1", ["2026-01-31"]),
        ("2", ["2026-01-31", "2026-02-01", "2026-02-02"]),
        ("3", ["2026-01-31", "2026-02-07", "2026-02-14"]),
        ("4", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("5", ["2026-01-31", "2026-03-31", "2026-05-31"]),
        ("6", ["2026-01-31", "2026-04-30", "2026-07-31"]),
        ("7", ["2026-01-31", "2026-07-31", "2027-01-31"]),
        ("8", ["2026-01-31", "2027-01-31", "2028-01-31"]),
    ],
)
def test_due_days_follow_the_calendar(frequency: str, days: list[str]) -> None:
    last = date.fromisoformat(days[-1])
    assert [day.isoformat() for day in due_days(date(2026, 1, 31), last, frequency)] == days


def order(**fields: object) -> Json:
    return {
        "StandingOrderName": "Rent",
        "StartDate": "20261124",
        "EndDate": "20261224",
        "BusinessShortCode": SHORTCODE,
        "TransactionType": "Standing Order Customer Pay Bill",
        "ReceiverPartyIdentifierType": "4",
        "Amount": "50",
        "PartyA": PHONE,
        "CallBackURL": RESULTS,
        "AccountReference": "HOUSE 7",
        "TransactionDesc": "Rent",
        "Frequency": "2",
        **fields,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("StandingOrderName", ""),
        ("StartDate", "20261324"),
        ("StartDate", "24-11-2026"),
        ("EndDate", "20261123"),
        ("BusinessShortCode", "123456"),
        ("TransactionType", "Pay"),
        ("ReceiverPartyIdentifierType", "2"),
        ("Amount", "0"),
        ("PartyA", "0712345678"),
        ("CallBackURL", "x"),
        ("AccountReference", "x" * 13),
        ("Frequency", "9"),
    ],
)
def test_a_wrong_field_of_a_standing_order_is_refused(field: str, value: str) -> None:
    refused = shop_of(Engine()).post(ORDER, order(**{field: value}))
    assert refusal_of(refused)[2] == f"Bad Request - Invalid {field}"


def test_a_till_s_standing_order_is_spelt_in_two_ways() -> None:
    for kind in ("Marchant", "Merchant"):
        till = order(TransactionType=f"Standing Order Customer Pay {kind}", ReceiverPartyIdentifierType="2")
        assert shop_of(Engine()).post(ORDER, till).status == 200


# Bonga points


def test_points_are_worth_money_that_arrives_by_c2b() -> None:
    desk = office()
    desk.daraja.run(C2bRegister(confirmation_url=CONFIRMATIONS, validation_url=VALIDATIONS))
    worth = desk.daraja.bonga_points(40)
    assert (worth.amount, worth.rate) == (Decimal(8), Decimal("0.2"))
    desk.daraja.bonga_redeem(phone=PHONE, points=40, amount=8, rate=worth.rate, reference="INV 7")
    desk.mounted.pay(PHONE)
    desk.hear(1)
    (payment,) = [parse_incoming(callback.body) for callback in desk.heard]
    assert (payment.amount, payment.reference) == (Decimal(8), "INV 7")


def test_points_that_are_too_few_and_a_customer_who_cancels_move_nothing() -> None:
    desk = office()
    points = {"msisdn": PHONE, "amount": "9", "bongaPoints": "40", "conversionRate": "0.2", "shortCode": SHORTCODE}
    shop = shop_of(desk.engine)
    refused = shop.post(REDEEM, {**points, "accountNumber": "1"})
    assert b'"responseCode":"6001"' in refused.body
    wrong = shop.post(REDEEM, {**points, "shortCode": "123456", "accountNumber": "1"})
    assert refusal_of(wrong)[2] == "Bad Request - Invalid shortCode"
    desk.daraja.bonga_redeem(phone=PHONE, points=40, amount=8, rate=Decimal("0.2"), reference="INV 7")
    desk.mounted.cancel(PHONE)
    assert desk.engine.ledger.transactions == ()


# The page


def test_the_page_shows_such_a_prompt_like_one_of_a_push() -> None:
    desk = office()
    prompted(desk)
    now = desk.mounted.clock.now()
    shown, phone = str(state_json(desk.engine, 0, "", now)["prompts"]), nominated_number(TILL)
    assert f"'phone': '{phone}', 'receiver': '{SHORTCODE}', 'amount': 70" in shown
    assert "'paid': False, 'result': None, 'seconds_left': 27.0" in shown
    desk.mounted.cancel(phone)
    assert "'code': 4001" in str(state_json(desk.engine, 0, "", now)["prompts"])
