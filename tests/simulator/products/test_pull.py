"""Pull gives the payments of customers in the last 48 hours, page by page."""

from datetime import timedelta
from decimal import Decimal

import pytest

from daraja.api.incoming import IncomingPayment
from daraja.api.pull import PullTransactions
from daraja.errors import ApiError
from daraja.simulator import Answer, Engine
from tests.simulator.initiators import b2c
from tests.simulator.office import office
from tests.simulator.shop import PHONE, SHORTCODE, Shop, refusal_of

CALLBACK = "https://shop.example/pull/"
HOUR = timedelta(hours=1)


def test_every_payment_of_the_window_is_there_and_no_payout() -> None:
    desk = office(Engine(answer=Answer.PAY, busy_seconds=0))
    assert not desk.daraja.pull_register(callback_url=CALLBACK).already
    assert desk.daraja.pull_register(callback_url=CALLBACK).already
    begun = desk.mounted.clock.now()
    assert desk.daraja.pull_transactions(since=begun - HOUR, until=begun + HOUR).payments == ()
    paid = [desk.mounted.pay_bill(PHONE, shortcode=SHORTCODE, account=f"INV {n}", amount=5) for n in range(150)]
    desk.daraja.stk_push(phone=PHONE, amount=7, reference="ORD-1")
    shop = Shop(desk.engine.handle, begun).authorise()
    shop.post("/mpesa/b2c/v3/paymentrequest", b2c("payout-1", PartyA=SHORTCODE))
    desk.hear(10)
    found, sizes, offset = list[IncomingPayment](), list[int](), 0
    while True:
        page = desk.daraja.pull_transactions(since=begun - HOUR, until=begun + HOUR, offset=offset)
        sizes.append(len(page.payments))
        found += page.payments
        if page.next_offset is None:
            break
        offset = page.next_offset
    assert sizes == [100, 51, 0]
    assert [payment.receipt for payment in found[:150]] == [payment.receipt for payment in paid]
    assert (found[-1].reference, str(found[0].payer), found[0].amount) == ("ORD-1", PHONE, Decimal(5))


def test_a_payment_leaves_pull_after_48_hours() -> None:
    desk = office()
    desk.daraja.pull_register(callback_url=CALLBACK)
    begun = desk.mounted.clock.now()
    desk.mounted.buy_goods(PHONE, till=SHORTCODE, amount=5)
    window = PullTransactions(since=begun, until=begun + HOUR)
    assert len(desk.daraja.run(window).payments) == 1
    desk.hear(86_400)
    desk.hear(86_400)
    desk.hear(1)
    assert desk.daraja.run(window).payments == ()


def test_a_shortcode_that_is_not_registered_is_refused() -> None:
    desk = office()
    now = desk.mounted.clock.now()
    with pytest.raises(ApiError, match="ShortCode"):
        desk.daraja.pull_transactions(since=now - HOUR, until=now)


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("register", "ShortCode", "123456"),
        ("register", "RequestType", "Push"),
        ("register", "NominatedNumber", SHORTCODE),
        ("register", "CallBackURL", "x"),
        ("query", "StartDate", "2026-11-23"),
        ("query", "StartDate", "2026-13-23 10:00:00"),
        ("query", "OffSetValue", "-1"),
    ],
)
def test_a_wrong_field_is_refused(path: str, field: str, value: str) -> None:
    desk = office()
    desk.daraja.pull_register(callback_url=CALLBACK)
    shop = Shop(desk.engine.handle, desk.mounted.clock.now()).authorise()
    body = {"ShortCode": SHORTCODE, "RequestType": "Pull", "NominatedNumber": "0722000000", "CallBackURL": CALLBACK}
    times = {"StartDate": "2026-11-23 10:00:00", "EndDate": "2026-11-23 12:00:00", "OffSetValue": 0}
    refused = shop.post(f"/pulltransactions/v1/{path}", {**body, **times, field: value})
    assert refusal_of(refused)[2] == f"Bad Request - Invalid {field}"
