"""Pushes and queries are checked as Daraja checks them, and refused in its words."""

from datetime import datetime, timedelta

import pytest

from daraja.simulator import Engine, EventKind
from tests.simulator.shop import (
    NAIROBI,
    NOON,
    PASSKEY,
    PUSH,
    QUERY,
    SHORTCODE,
    callback_of,
    credentials,
    push_body,
    read,
    refusal_of,
    shop_of,
    texts,
)

FORM = "Amount=500&PhoneNumber=254712345678"


@pytest.mark.parametrize("content_type", ["", "application/x-www-form-urlencoded", "text/plain"])
def test_a_body_of_another_content_type_has_no_fields(content_type: str) -> None:
    shop = shop_of(Engine())
    headers = {"Authorization": f"Bearer {shop.token}", "Content-Type": content_type}
    response = shop.ask("POST", PUSH, headers, FORM.encode())
    assert refusal_of(response) == (400, "400.002.02", "Bad Request - Invalid BusinessShortCode")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\xfd", b"[" * 100_000, b"[]", b"null", b"1", b"9" * 5000])
@pytest.mark.parametrize("path", [PUSH, QUERY])
def test_a_body_that_is_not_an_object_is_refused(path: str, body: bytes) -> None:
    shop = shop_of(Engine())
    headers = {"AUTHORIZATION": f"bearer {shop.token}", "content-type": "application/json; charset=utf-8"}
    assert refusal_of(shop.ask("POST", path, headers, body)) == (400, "400.002.05", "Invalid Request Payload")


@pytest.mark.parametrize("field", [key for key in push_body() if key != "Password"])
def test_every_field_is_needed_and_named_as_daraja_names_it(field: str) -> None:
    engine = Engine()
    body = push_body()
    del body[field]
    named = "Remarks" if field == "TransactionDesc" else field
    expected = (400, "400.002.02", f"Bad Request - Invalid {named}")
    assert refusal_of(shop_of(engine).post(PUSH, body)) == expected
    assert field in texts(engine, EventKind.REFUSED)[0]
    assert not engine.stk.pushes


def test_an_empty_object_lacks_the_first_field() -> None:
    expected = (400, "400.002.02", "Bad Request - Invalid BusinessShortCode")
    for path in (PUSH, QUERY):
        assert refusal_of(shop_of(Engine()).post(path, {})) == expected


@pytest.mark.parametrize("path", [PUSH, QUERY])
def test_without_a_password_the_credentials_are_wrong(path: str) -> None:
    body = push_body(CheckoutRequestID="ws_CO_1")
    del body["Password"]
    assert refusal_of(shop_of(Engine()).post(path, body)) == (500, "500.001.1001", "Wrong credentials")


BAD_PHONES: list[object] = [
    "0712345678",
    "+254712345678",
    "254212345678",
    "25471234567",
    "2547123456789",
    712345678,
    "",
    None,
]


BAD_FIELDS: dict[str, list[object]] = {
    "BusinessShortCode": [
        "",
        "1234",
        "12345678",
        "17437x",
        "\u0661\u0667\u0664\u0663\u0667\u0669",
        None,
        True,
        [],
        1.5,
    ],
    "Timestamp": ["", "2026-11-23 12:00", "20261123", "20261323120000", None],
    "TransactionType": ["", "CustomerPayBill", None, [], {}, 1],
    "Amount": [0, -1, 250_001, 999_999, 10**4000, "0", "1.0", "1,000", "", " 5", 1.0, 0.5, True, None, "007"],
    "PartyA": BAD_PHONES,
    "PartyB": ["1743", "", None, "till"],
    "PhoneNumber": BAD_PHONES,
    "CallBackURL": [
        "",
        "shop.example/callback",
        "ftp://shop.example/callback",
        "https://shop.example/call back",
        "https://shop.example/\ncallback",
        "https://",
        "http://[::1",
        "http://shop.example:port/",
        "https://sh\u00f6p.example/",
        "https://<your-ngrok-url>/callback",
        "https://{host}/callback",
        "https://shop.example/<token>",
        None,
        7,
    ],
    "AccountReference": ["", "x" * 21, None, True, []],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, bad in BAD_FIELDS.items() for value in bad])
def test_a_bad_field_of_a_push_is_named(field: str, value: object) -> None:
    engine = Engine()
    expected = (400, "400.002.02", f"Bad Request - Invalid {field}")
    assert refusal_of(shop_of(engine).push(**{field: value})) == expected
    assert field in texts(engine, EventKind.REFUSED)[0]
    assert not engine.stk.pushes


@pytest.mark.parametrize("value", ["x" * 101, "x" * 280, None, {}])
def test_a_bad_description_is_called_remarks(value: object) -> None:
    engine = Engine()
    refused = shop_of(engine).push(TransactionDesc=value)
    assert refusal_of(refused) == (400, "400.002.02", "Bad Request - Invalid Remarks")
    assert "TransactionDesc" in texts(engine, EventKind.REFUSED)[0]


@pytest.mark.parametrize(
    ("reference", "description", "doubtful"),
    [
        ("UMJ-2026-000123", "UmojaHub order", True),
        ("INVOICE-2026-117", "Rent", True),
        ("RENT-7", "Rent of November, house 7", True),
        ("x" * 20, "x" * 100, True),
        ("x" * 12, "x" * 13, False),
    ],
)
def test_texts_longer_than_documented_are_accepted_with_a_warning(
    reference: str, description: str, *, doubtful: bool
) -> None:
    engine = Engine()
    assert shop_of(engine).push(AccountReference=reference, TransactionDesc=description).status == 200
    assert engine.stk.pushes[0].reference == reference
    assert ("some phones show no prompt" in texts(engine, EventKind.PUSH)[0]) is doubtful


@pytest.mark.parametrize("stamp", ["20210628092408", "20160216165627", "20300101000000"])
def test_a_timestamp_of_any_age_is_accepted_with_its_password(stamp: str) -> None:
    stamped = credentials(datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=NAIROBI))
    assert stamped["Timestamp"] == stamp
    assert shop_of(Engine()).push(**stamped).status == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("BusinessShortCode", 174379),
        ("Amount", 1),
        ("Amount", "250000"),
        ("PartyB", 174379),
        ("PhoneNumber", 254112345678),
        ("CallBackURL", "https://shop.example:8443/callback?order=1"),
        ("AccountReference", "A"),
        ("AccountReference", 123456789012),
        ("TransactionDesc", ""),
        ("TransactionDesc", "1234567890123"),
    ],
)
def test_a_request_that_daraja_accepts_is_accepted(field: str, value: object) -> None:
    assert shop_of(Engine()).push(**{field: value}).status == 200


def test_a_timestamp_in_utc_is_accepted() -> None:
    utc_read_as_nairobi = NOON - timedelta(hours=3)
    assert shop_of(Engine()).push(**credentials(utc_read_as_nairobi)).status == 200


def test_an_unknown_shortcode_is_refused() -> None:
    changes = {**credentials(NOON, shortcode="600000"), "PartyB": "600000"}
    assert refusal_of(shop_of(Engine()).push(**changes)) == (500, "500.001.1001", "Merchant does not exist")


@pytest.mark.parametrize(
    "password",
    [
        credentials(NOON, passkey="another")["Password"],
        credentials(NOON + timedelta(seconds=1))["Password"],
        "",
        None,
        1,
    ],
)
def test_a_wrong_password_is_refused(password: object) -> None:
    engine = Engine()
    shop = shop_of(engine)
    expected = (500, "500.001.1001", "Wrong credentials")
    assert refusal_of(shop.push(Password=password)) == expected
    assert refusal_of(shop.query("ws_CO_1", Password=password)) == expected


def test_a_till_asks_with_its_store_number_and_is_paid_at_its_till() -> None:
    engine = Engine(shortcodes={"600100": "pass", "174379": PASSKEY}, tills={"600100": "5432101"})
    shop = shop_of(engine)
    till = {**credentials(NOON, "600100", "pass"), "TransactionType": "CustomerBuyGoodsOnline"}
    assert shop.push(**till, PartyB="5432101").status == 200
    assert (engine.stk.pushes[0].shortcode, engine.stk.pushes[0].receiver) == ("600100", "5432101")


@pytest.mark.parametrize(
    ("kind", "receiver", "code"),
    [
        ("CustomerPayBillOnline", "174378", "SFC_IC0003"),
        ("CustomerBuyGoodsOnline", "600100", "2002"),
        ("CustomerBuyGoodsOnline", "174379", "2002"),
    ],
)
def test_a_receiver_that_does_not_fit_is_accepted_and_fails_before_a_phone_shows_it(
    kind: str, receiver: str, code: str
) -> None:
    engine = Engine(shortcodes={"600100": "pass"}, tills={"600100": "5432101"})
    shop = shop_of(engine)
    own = credentials(NOON, "600100", "pass")
    asked = shop.pushed("254700000000", **own, TransactionType=kind, PartyB=receiver)
    assert not engine.stk.prompts
    shop.wait(1)
    (callback,) = engine.due(shop.now)
    assert str(callback_of(callback)["ResultCode"]) == code
    assert read(shop.query(asked, **own))["ResultCode"] == code


def test_a_shortcode_without_a_till_is_its_own_till() -> None:
    assert shop_of(Engine()).push(TransactionType="CustomerBuyGoodsOnline").status == 200


def test_a_till_without_a_passkey_is_an_error() -> None:
    with pytest.raises(ValueError, match="600100 has no passkey"):
        Engine(tills={"600100": "5432101"})


@pytest.mark.parametrize("asked", ["", "ws CO", None, [], "\u00e9"])
def test_a_query_needs_an_id(asked: object) -> None:
    expected = (400, "400.002.02", "Bad Request - Invalid CheckoutRequestID")
    assert refusal_of(shop_of(Engine()).query(asked)) == expected


def test_a_query_checks_shortcode_and_timestamp() -> None:
    shop = shop_of(Engine())
    assert refusal_of(shop.query("ws_CO_1", BusinessShortCode="x"))[2] == "Bad Request - Invalid BusinessShortCode"
    assert refusal_of(shop.query("ws_CO_1", Timestamp="x"))[2] == "Bad Request - Invalid Timestamp"


NO_SUCH_PUSH = (500, "500.001.1001", "The transaction does not Exist")


def test_a_query_about_an_unknown_push_is_refused() -> None:
    assert refusal_of(shop_of(Engine()).query("ws_CO_231120261200000017123")) == NO_SUCH_PUSH


def test_a_query_about_another_shops_push_is_refused() -> None:
    engine = Engine(shortcodes={SHORTCODE: PASSKEY, "600100": "pass"})
    shop = shop_of(engine)
    asked = shop.pushed()
    assert refusal_of(shop.query(asked, **credentials(NOON, "600100", "pass"))) == NO_SUCH_PUSH
