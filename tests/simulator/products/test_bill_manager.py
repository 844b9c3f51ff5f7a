"""Bill Manager sends invoices once each, and announces payments until the shop has them."""

import json
from datetime import date
from typing import Any

import attrs
import pytest

from daraja import Config, Daraja, Invoice, parse_incoming
from daraja.errors import ApiError
from daraja.http.messages import HttpRequest
from tests.simulator.office import Office, office
from tests.simulator.shop import PHONE, SHORTCODE, Json, Shop, read, refusal_of

CALLBACK = "https://shop.example/bills/"
BASE = "/v1/billmanager-invoice"
BILLER: dict[str, Any] = {"email": "duka@shop.example", "contact": PHONE, "callback_url": CALLBACK}


def biller(**more: Any) -> Office:  # noqa: ANN401 - as office has them
    desk = office(**more)
    key = desk.daraja.bill_opt_in(**BILLER).app_key
    config: Config = attrs.evolve(desk.daraja.config, bill_app_key=key)
    desk.daraja = Daraja(config, transport=desk.mounted, clock=desk.clock)
    return desk


def invoice(reference: str = "inv-1", account: str = "HOUSE 7") -> Invoice:
    return Invoice(
        reference=reference,
        name="Wanjiku",
        phone=PHONE,
        period="November 2026",
        title="Rent",
        due=date(2026, 12, 1),
        account=account,
        amount=500,
    )


def status(desk: Office) -> dict[str, str]:
    (product,) = [product for product in desk.engine.products if "invoices" in product.views]
    rows: Any = product.views["invoices"]()["invoices"]
    return {row["reference"]: row["status"] for row in rows}


def test_an_invoice_is_sent_paid_and_announced() -> None:
    desk = biller()
    desk.daraja.bill_invoice(invoice())
    desk.daraja.bill_invoices([invoice("inv-2", "HOUSE 8"), invoice("inv-3", "HOUSE 9")])
    paid = desk.mounted.pay_bill(PHONE, shortcode=SHORTCODE, account="HOUSE 7", amount=500)
    (push,) = desk.heard
    announced = parse_incoming(push.body)
    assert (announced.source, announced.receipt, announced.reference) == ("bill_manager", paid.receipt, "HOUSE 7")
    assert status(desk) == {"inv-1": "paid", "inv-2": "sent", "inv-3": "sent"}
    desk.daraja.bill_acknowledge(
        receipt=paid.receipt,
        amount=500,
        paid_on=date(2026, 11, 23),
        account="HOUSE 7",
        phone=PHONE,
        name="Wanjiku",
        title="Rent",
        reference="inv-1",
    )


def test_an_invoice_that_exists_already_is_a_conflict() -> None:
    desk = biller()
    desk.daraja.bill_update(**BILLER)
    with pytest.raises(ApiError):
        desk.daraja.bill_opt_in(**BILLER)
    desk.daraja.bill_invoice(invoice())
    for again in ([invoice()], [invoice("inv-2"), invoice("inv-2")]):
        answer: Json = read(post(desk, "bulk-invoicing", [each.to_json() for each in again]))
        assert (answer["rescode"], answer["Status_Message"]) == ("409", "Duplicate externalReference")
    assert status(desk) == {"inv-1": "sent"}


def test_an_invoice_that_is_not_paid_can_be_cancelled() -> None:
    desk = biller()
    desk.daraja.bill_invoices([invoice(), invoice("inv-2", "HOUSE 8")])
    assert desk.daraja.bill_cancel("inv-1", "unknown").errors == ({"unknown": "not found"},)
    desk.mounted.pay_bill(PHONE, shortcode=SHORTCODE, account="HOUSE 8", amount=500)
    with pytest.raises(ApiError, match="cannot be cancelled"):
        desk.daraja.bill_cancel("inv-2")
    assert status(desk) == {"inv-1": "cancelled", "inv-2": "paid"}


def test_a_payment_is_announced_five_times_until_the_shop_takes_it() -> None:
    heard: list[HttpRequest] = []

    def refuse(callback: HttpRequest) -> str:
        heard.append(callback)
        return "answered HTTP 500; it is not called again"

    desk = biller(answer=refuse)
    desk.mounted.pay_bill(PHONE, shortcode=SHORTCODE, account="1", amount=5)
    desk.hear(3_600)
    assert len(heard) == 5
    assert len({callback.body for callback in heard}) == 1


def test_the_key_of_the_biller_is_needed() -> None:
    desk = office(bill_app_key="another-key")
    with pytest.raises(ApiError):
        desk.daraja.bill_invoice(invoice())


@pytest.mark.parametrize(
    ("field", "value"),
    [("shortcode", "123456"), ("email", "x"), ("officialContact", "1"), ("sendReminders", "2"), ("callbackurl", "x")],
)
def test_a_wrong_field_of_a_biller_is_refused(field: str, value: str) -> None:
    body = {"shortcode": SHORTCODE, "email": "a@b.example", "officialContact": "0712345678", "sendReminders": "1"}
    refused = shop_of_a(biller()).post(f"{BASE}/optin", {**body, "callbackurl": CALLBACK, field: value})
    assert refusal_of(refused)[2] == f"Bad Request - Invalid {field}"


@pytest.mark.parametrize(
    ("field", "value"), [("externalReference", ""), ("billedPhoneNumber", "1"), ("amount", "0"), ("dueDate", "soon")]
)
def test_a_wrong_field_of_an_invoice_is_refused(field: str, value: str) -> None:
    refused = post(biller(), "single-invoicing", {**invoice().to_json(), field: value})
    assert refusal_of(refused)[2] == f"Bad Request - Invalid {field}"


def test_a_bulk_is_an_array_of_1_to_1000_invoices() -> None:
    desk = biller()
    bodies: list[object] = [{}, [], [1], [invoice().to_json()] * 1_001, [{}]]
    for body in bodies:
        assert refusal_of(post(desk, "bulk-invoicing", body))[1] == "400.002.05"


def test_only_a_biller_has_details_to_change() -> None:
    desk = biller()
    body = {"shortcode": "600111", "email": "a@b.example", "officialContact": "0712345678", "sendReminders": "1"}
    answer: Json = read(post(desk, "change-optin-details", {**body, "callbackurl": CALLBACK}))
    assert answer["rescode"] == "409"


def shop_of_a(desk: Office) -> Shop:
    return Shop(desk.engine.handle, desk.mounted.clock.now()).authorise()


def post(desk: Office, path: str, body: object) -> Any:  # noqa: ANN401 - the answer
    key = desk.daraja.config.bill_app_key
    assert key is not None
    shop = shop_of_a(desk)
    headers = {"Authorization": f"Bearer {shop.token}", "Content-Type": "application/json", "app_key": key.reveal()}
    return shop.ask("POST", f"{BASE}/{path}", headers, json.dumps(body).encode())
