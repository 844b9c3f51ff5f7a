"""Look-ups and QR codes are answered at once."""

from datetime import timedelta

import pytest

from daraja.errors import ApiError
from daraja.simulator import Engine
from tests.simulator.office import office
from tests.simulator.shop import PHONE, SHORTCODE, read, refusal_of, shop_of

QR = "/mpesa/qrcode/v1/generate"


def test_a_pay_bill_and_a_till_have_a_name() -> None:
    desk = office()
    assert desk.daraja.organisation_info(SHORTCODE).name == f"Business {SHORTCODE}"
    assert desk.daraja.organisation_info("600111", kind="till").shortcode == "600111"
    with pytest.raises(ApiError):
        desk.daraja.organisation_info("123456")
    refused = shop_of(Engine()).post("/sfcverify/v1/query/info", {"IdentifierType": "1", "Identifier": SHORTCODE})
    assert refusal_of(refused)[2] == "Bad Request - Invalid IdentifierType"


def test_a_customer_has_a_first_name_and_a_masked_last_one() -> None:
    desk = office()
    found = desk.daraja.hakikisha(PHONE)
    assert found.first is not None
    assert found.last is not None
    assert (found.first.isalpha(), found.last.endswith("***")) == (True, True)
    with pytest.raises(ApiError):
        desk.daraja.hakikisha("254700002040")
    wrong = shop_of(Engine()).post("/mpesa/b2c/hakikisha/v1/hakikisha", {"header": [], "body": {}})
    assert refusal_of(wrong)[2] == "Bad Request - Invalid header"


def test_a_sim_card_was_replaced_as_many_days_ago_as_its_number_says() -> None:
    desk = office()
    now = desk.mounted.clock.now()
    assert desk.daraja.sim_swap(PHONE).at is None
    swapped = desk.daraja.sim_swap("254700008603").at
    assert swapped is not None
    assert timedelta(days=3) <= now - swapped < timedelta(days=3, minutes=1)
    imsi = read(shop_of(desk.engine).post("/imsi/v1/checkATI", {"customerNumber": PHONE}))
    assert {"imsi", "msisdnRegistrationDate", "lastSwapDate"} <= imsi.keys()


def test_a_qr_code_is_a_picture_that_differs_for_every_payment() -> None:
    desk = office()
    one, same, other = (
        desk.daraja.dynamic_qr(merchant="Duka", amount=amount, reference="INV 7").png for amount in (5, 5, 6)
    )
    assert (one == same, one == other, one.startswith(b"\x89PNG")) == (True, False, True)


@pytest.mark.parametrize(
    ("field", "value"), [("MerchantName", ""), ("Amount", "x"), ("TrxCode", "XX"), ("CPI", "1"), ("Size", "1")]
)
def test_a_wrong_field_of_a_qr_code_is_refused(field: str, value: str) -> None:
    body = {"MerchantName": "Duka", "RefNo": "1", "Amount": 5, "TrxCode": "PB", "CPI": SHORTCODE, "Size": "300"}
    refused = shop_of(Engine()).post(QR, {**body, field: value})
    assert refusal_of(refused)[2] == f"Bad Request - Invalid {field}"
