"""Access tokens are issued and checked as Daraja does."""

import re

import pytest

from daraja.simulator import Engine, EventKind, TokenIssuer
from tests.simulator.shop import (
    OAUTH,
    PUSH,
    QUERY,
    Shop,
    basic,
    read,
    refusal_of,
    shop_of,
    texts,
)


def test_a_token_has_its_life_as_text() -> None:
    response = Shop(Engine().handle).ask("GET", OAUTH, basic())
    assert response.status == 200
    body = read(response)
    assert list(body) == ["access_token", "expires_in"]
    assert body["expires_in"] == "3599"
    assert re.fullmatch(r"\w{28}", str(body["access_token"]))


def test_every_token_is_new_and_older_ones_stay_valid() -> None:
    engine = Engine(busy_seconds=0)
    first, second = shop_of(engine), shop_of(engine)
    assert first.token != second.token
    assert first.push().status == second.push().status == 200


def test_one_token_ends_the_older_token_of_the_same_key_only() -> None:
    engine = Engine(tokens=TokenIssuer(one_token=True))
    first, second = shop_of(engine), shop_of(engine)
    assert refusal_of(first.push()) == INVALID_TOKEN
    other = Shop(engine.handle)
    other.token = str(read(other.ask("GET", OAUTH, basic("another-key")))["access_token"])
    assert second.push(PhoneNumber="254712000001").status == 200
    assert other.push(PhoneNumber="254712000002").status == 200
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


def test_a_request_without_a_bearer_token_is_refused() -> None:
    shop = Shop(Engine().handle)
    expected = (404, "404.001.04", "Invalid Authentication Header")
    assert refusal_of(shop.ask("POST", PUSH, {})) == expected
    assert refusal_of(shop.ask("POST", QUERY, basic())) == expected


INVALID_TOKEN = (404, "404.001.03", "Invalid Access Token")


def test_a_token_expires() -> None:
    shop = shop_of(Engine(tokens=TokenIssuer(token_life=60), busy_seconds=0))
    shop.wait(59)
    assert shop.push().status == 200
    shop.wait(1)
    assert refusal_of(shop.push()) == INVALID_TOKEN
    assert shop.authorise().push().status == 200


def test_an_invented_token_is_refused() -> None:
    assert refusal_of(Shop(Engine().handle, token="invented").push()) == INVALID_TOKEN


def test_revoked_tokens_are_refused_and_new_ones_accepted() -> None:
    engine = Engine()
    shop = shop_of(engine)
    engine.tokens.revoke_all()
    assert refusal_of(shop.push()) == INVALID_TOKEN
    assert shop.authorise().push().status == 200


def test_an_expired_token_is_forgotten() -> None:
    engine = Engine(tokens=TokenIssuer(token_life=10))
    shop = shop_of(engine)
    old = shop.token
    shop.wait(10)
    shop.authorise()
    new, shop.token = shop.token, old
    assert shop.push().status == 404
    shop.token = new
    assert shop.push().status == 200


def test_engines_can_share_their_tokens() -> None:
    tokens = TokenIssuer()
    shop = shop_of(Engine(tokens=tokens))
    shop.send = Engine(tokens=tokens).handle
    assert shop.push().status == 200
    shop.send = Engine().handle
    assert refusal_of(shop.push()) == INVALID_TOKEN


@pytest.mark.parametrize("seconds", [-1, 86_401])
def test_a_token_life_out_of_range_is_an_error(seconds: int) -> None:
    with pytest.raises(ValueError, match=f"token_life is {seconds}; give seconds, from 0 to 86,400"):
        TokenIssuer(token_life=seconds)
