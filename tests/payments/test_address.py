"""The address of a payment: unguessable, bound to where it belongs, and untouched by Safaricom's word filter."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Config, PayBill
from daraja.payments.address import callback_address, key_in

KEY = "0123456789abcdef" * 2
OLD, NEW = "an-old-secret-of-ours", "a-new-secret-of-ours"
FILTERED = re.compile("m-?pesa|safaricom|exec?|cmd|sql|query", re.IGNORECASE)


def config(
    *,
    secrets: tuple[str, ...] = (NEW,),
    shortcode: str = "600111",
    environment: str = "simulator",
    callback_url: str = "https://shop.example/pay/",
) -> Config:
    return Config(
        consumer_key="key",
        consumer_secret="secret",
        business=PayBill(shortcode, passkey="passkey"),
        environment=environment,
        callback_url=callback_url,
        callback_secrets=secrets,
    )


def token_of(settings: Config, key: str = KEY) -> str:
    return callback_address(settings, key).reveal().partition("?")[0].rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize("callback_url", ["https://shop.example/pay", "https://shop.example/pay/"])
def test_it_is_one_segment_behind_the_configured_address(callback_url: str) -> None:
    address = callback_address(config(callback_url=callback_url), KEY).reveal()

    assert re.fullmatch(r"https://shop\.example/pay/[0-9a-f]{96}/", address)


def test_a_query_stays_behind_the_path() -> None:
    address = callback_address(config(callback_url="https://shop.example/pay?shop=1"), KEY).reveal()

    assert re.fullmatch(r"https://shop\.example/pay/[0-9a-f]{96}/\?shop=1", address)


@given(st.binary(min_size=16, max_size=16).map(bytes.hex))
def test_its_token_gives_the_key_back_and_holds_no_filtered_word(key: str) -> None:
    token = token_of(config(), key)

    assert key_in(config(), token) == key
    assert not FILTERED.search(token)


@given(st.text(max_size=120))
def test_nothing_else_gives_a_key(token: str) -> None:
    assert key_in(config(), token) is None


@given(st.integers(0, 95), st.sampled_from("0123456789abcdef"))
def test_no_changed_character_passes(place: int, character: str) -> None:
    token = token_of(config())
    forged = token[:place] + character + token[place + 1 :]

    assert (key_in(config(), forged) == KEY) is (forged == token)


def test_secrets_are_rotated_without_a_pause() -> None:
    before, during, after = config(secrets=(OLD,)), config(secrets=(NEW, OLD)), config(secrets=(NEW,))

    assert key_in(during, token_of(before)) == KEY
    assert key_in(during, token_of(during)) == KEY
    assert token_of(during) == token_of(after)
    assert key_in(after, token_of(before)) is None


@pytest.mark.parametrize("other", [config(shortcode="600222"), config(environment="sandbox"), config(secrets=(OLD,))])
def test_a_token_is_good_for_one_shortcode_environment_and_secret(other: Config) -> None:
    assert key_in(other, token_of(config())) is None


def test_upper_case_and_other_digits_do_not_pass() -> None:
    token = token_of(config())

    assert key_in(config(), token.upper()) is None
    assert key_in(config(), token.replace("0", "\u0660")) is None


def test_it_hides_itself() -> None:
    assert KEY not in repr(callback_address(config(), KEY))
