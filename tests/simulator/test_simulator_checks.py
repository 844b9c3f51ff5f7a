"""What is asked is checked as Daraja checks it, and refused in Daraja's own words."""

import re
from datetime import timedelta

import pytest

from daraja.http.messages import HttpRequest
from daraja.simulator import Engine, EventKind, TokenIssuer
from tests.simulator.shop import (
    NOON,
    OAUTH,
    PASSKEY,
    PUSH,
    QUERY,
    Shop,
    basic,
    credentials,
    push_body,
    read,
    refusal_of,
    shop_of,
    texts,
)

FORM = "Amount=500&PhoneNumber=254712345678"


# OAuth


def test_a_token_comes_with_its_life_as_text() -> None:
    response = Shop(Engine().handle).ask("GET", OAUTH, basic())
    assert response.status == 200
    body = read(response)
    assert list(body) == ["access_token", "expires_in"]
    assert body["expires_in"] == "3599"
    assert re.fullmatch(r"\w{28}", str(body["access_token"]))


def test_every_token_is_new_and_the_older_ones_live_on() -> None:
    engine = Engine(busy_seconds=0)
    first, second = shop_of(engine), shop_of(engine)
    assert first.token != second.token
    assert first.push().status == second.push().status == 200


def test_a_new_token_can_end_the_older_one_of_its_key_and_of_no_other() -> None:
    engine = Engine(tokens=TokenIssuer(one_token=True))
    first, second = shop_of(engine), shop_of(engine)
    assert refusal_of(first.push()) == INVALID_TOKEN
    stranger = Shop(engine.handle)
    stranger.token = str(read(stranger.ask("GET", OAUTH, basic("another-key")))["access_token"])
    assert second.push(PhoneNumber="254712000001").status == 200
    assert stranger.push(PhoneNumber="254712000002").status == 200
    assert "or ended by a newer one" in texts(engine, EventKind.REFUSED)[0]


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/oauth/v1/generate", basic(), "400.008.02"),
        ("/oauth/v1/generate?grant_type=password", basic(), "400.008.02"),
        (OAUTH, {}, "400.008.01"),
        (OAUTH, {"Authorization": "Bearer abc"}, "400.008.01"),
    ],
)
def test_oauth_refuses_another_grant_type_or_authorisation(path: str, headers: dict[str, str], code: str) -> None:
    status, given_code, _ = refusal_of(Shop(Engine().handle).ask("GET", path, headers))
    assert (status, given_code) == (400, code)


@pytest.mark.parametrize(
    "authorization",
    [
        basic("key", "other")["Authorization"],
        basic("other", "secret")["Authorization"],
        basic("", "secret")["Authorization"],
        basic("key", "")["Authorization"],
        "Basic",
        "Basic no base64",
        "Basic \u00e9",
        "Basic /w==",
    ],
)
def test_wrong_keys_get_an_empty_body(authorization: str) -> None:
    engine = Engine(tokens=TokenIssuer(consumer_key="key", consumer_secret="secret"))
    response = Shop(engine.handle).ask("GET", OAUTH, {"authorization": authorization})
    assert (response.status, response.body) == (400, b"")
    assert "consumer key or secret is wrong" in texts(engine, EventKind.REFUSED)[0]


def test_the_right_keys_get_a_token() -> None:
    engine = Engine(tokens=TokenIssuer(consumer_key="key", consumer_secret="secret"))
    assert shop_of(engine).token


# Who and where


def test_a_request_without_a_bearer_token_is_refused() -> None:
    shop = Shop(Engine().handle)
    expected = (404, "404.001.04", "Invalid Authentication Header")
    assert refusal_of(shop.ask("POST", PUSH, {})) == expected
    assert refusal_of(shop.ask("POST", QUERY, basic())) == expected


INVALID_TOKEN = (404, "404.001.03", "Invalid Access Token")


def test_a_token_ends_with_its_life() -> None:
    shop = shop_of(Engine(tokens=TokenIssuer(token_life=60), busy_seconds=0))
    shop.wait(59)
    assert shop.push().status == 200
    shop.wait(1)
    assert refusal_of(shop.push()) == INVALID_TOKEN
    assert shop.authorise().push().status == 200


def test_an_invented_token_is_refused() -> None:
    assert refusal_of(Shop(Engine().handle, token="invented").push()) == INVALID_TOKEN


def test_revoked_tokens_are_refused_and_new_ones_taken() -> None:
    engine = Engine()
    shop = shop_of(engine)
    engine.tokens.revoke_all()
    assert refusal_of(shop.push()) == INVALID_TOKEN
    assert shop.authorise().push().status == 200


@pytest.mark.parametrize("path", ["/", "", "/mpesa/stkpush/v1/processrequest/", "/mpesa/b2c/v3/paymentrequest"])
def test_an_unknown_path_is_not_found(path: str) -> None:
    assert refusal_of(Shop(Engine().handle).ask("GET", path, {})) == (404, "404.001.01", "Resource not found")


def test_what_is_no_address_is_not_found() -> None:
    response = Engine().handle(HttpRequest("GET", "http://[/oauth/v1/generate"), NOON)
    assert refusal_of(response)[1] == "404.001.01"


@pytest.mark.parametrize(("method", "path"), [("POST", OAUTH), ("GET", PUSH), ("DELETE", QUERY)])
def test_another_method_is_not_allowed(method: str, path: str) -> None:
    expected = (405, "405.001", f"{method} Method Not Allowed")
    assert refusal_of(Shop(Engine().handle).ask(method, path, {})) == expected


# The body


@pytest.mark.parametrize("content_type", ["", "application/x-www-form-urlencoded", "text/plain"])
def test_what_is_not_sent_as_json_is_read_as_nothing(content_type: str) -> None:
    shop = shop_of(Engine())
    headers = {"Authorization": f"Bearer {shop.token}", "Content-Type": content_type}
    response = shop.ask("POST", PUSH, headers, FORM.encode())
    assert refusal_of(response) == (400, "400.002.02", "Bad Request - Invalid BusinessShortCode")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\xfd", b"[" * 100_000, b"[]", b"null", b"1", b"9" * 5000, b"{}"])
@pytest.mark.parametrize("path", [PUSH, QUERY])
def test_what_is_no_json_object_or_lacks_keys_is_refused(path: str, body: bytes) -> None:
    shop = shop_of(Engine())
    headers = {"AUTHORIZATION": f"bearer {shop.token}", "content-type": "application/json; charset=utf-8"}
    assert refusal_of(shop.ask("POST", path, headers, body)) == (400, "400.002.05", "Invalid Request Payload")


@pytest.mark.parametrize("field", [key for key in push_body() if key != "TransactionDesc"])
def test_each_field_of_a_push_but_the_description_is_needed(field: str) -> None:
    engine = Engine()
    body = push_body()
    del body[field]
    assert refusal_of(shop_of(engine).post(PUSH, body))[1] == "400.002.05"
    assert field in texts(engine, EventKind.REFUSED)[0]


def test_a_description_may_be_left_out() -> None:
    engine = Engine()
    body = push_body()
    del body["TransactionDesc"]
    assert shop_of(engine).post(PUSH, body).status == 200
    assert engine.stk.pushes[0].description == ""


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
    "Timestamp": ["", "2026-11-23 12:00", "20261123", "20261323120000", "20251123120000", "20261125120000", None],
    "TransactionType": ["", "CustomerPayBill", None, [], {}, 1],
    "Amount": [0, -1, 250_001, 999_999, 10**4000, "0", "1.0", "1,000", "", " 5", 1.0, 0.5, True, None, "007"],
    "PartyA": BAD_PHONES,
    "PartyB": ["174378", "", None, "till"],
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
        None,
        7,
    ],
    "AccountReference": ["", "1234567890123", None, True, []],
    "TransactionDesc": ["12345678901234", None, {}],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, bad in BAD_FIELDS.items() for value in bad])
def test_a_bad_field_of_a_push_is_named(field: str, value: object) -> None:
    engine = Engine()
    expected = (400, "400.002.02", f"Bad Request - Invalid {field}")
    assert refusal_of(shop_of(engine).push(**{field: value})) == expected
    assert field in texts(engine, EventKind.REFUSED)[0]
    assert not engine.stk.pushes


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
def test_what_daraja_takes_is_taken(field: str, value: object) -> None:
    assert shop_of(Engine()).push(**{field: value}).status == 200


def test_a_time_stamp_in_utc_is_taken() -> None:
    utc_read_as_nairobi = NOON - timedelta(hours=3)
    assert shop_of(Engine()).push(**credentials(utc_read_as_nairobi)).status == 200


def test_an_unknown_shortcode_is_no_merchant() -> None:
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


# Tills


def test_a_till_asks_with_its_store_number_and_is_paid_at_its_till() -> None:
    engine = Engine(shortcodes={"600100": "pass", "174379": PASSKEY}, tills={"600100": "5432101"})
    shop = shop_of(engine)
    till = {**credentials(NOON, "600100", "pass"), "TransactionType": "CustomerBuyGoodsOnline"}
    assert shop.push(**till, PartyB="5432101").status == 200
    assert refusal_of(shop.push(**till, PartyB="600100"))[2] == "Bad Request - Invalid PartyB"
    assert (engine.stk.pushes[0].shortcode, engine.stk.pushes[0].receiver) == ("600100", "5432101")


def test_a_shortcode_without_a_till_is_its_own_till() -> None:
    assert shop_of(Engine()).push(TransactionType="CustomerBuyGoodsOnline").status == 200


def test_a_till_whose_store_number_has_no_passkey_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="600100 has no passkey"):
        Engine(tills={"600100": "5432101"})


@pytest.mark.parametrize("seconds", [-1.0, 86_401.0, float("nan")])
def test_a_time_out_of_range_is_a_mistake(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"delay is .*; give seconds, from 0 to 86,400"):
        Engine(delay=seconds)
