"""The signed address of a payment: unguessable, bound to its account, and free of the words that Safaricom filters."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Config, PayBill, Till
from daraja.api.addresses import Purpose, sign, signed_url, verify
from daraja.errors import ConfigurationError
from daraja.values.secret import Secret

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
    return signed_url(settings, Purpose.PAYMENT, key).reveal().partition("?")[0].rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_the_token_is_one_segment_behind_the_configured_address(slashes: str) -> None:
    address = signed_url(config(callback_url=f"https://shop.example/pay{slashes}"), Purpose.PAYMENT, KEY).reveal()

    assert re.fullmatch(r"https://shop\.example/pay/[0-9a-f]{98}/", address)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_query_string_stays_behind_the_path(slash: str) -> None:
    address = signed_url(
        config(callback_url=f"https://shop.example/pay{slash}?shop=1&b=/x/"), Purpose.PAYMENT, KEY
    ).reveal()

    assert re.fullmatch(r"https://shop\.example/pay/[0-9a-f]{98}/\?shop=1&b=/x/", address)


def test_an_address_without_a_path_gets_one() -> None:
    address = signed_url(config(callback_url="https://shop.example"), Purpose.PAYMENT, KEY).reveal()

    assert re.fullmatch(r"https://shop\.example/[0-9a-f]{98}/", address)


@given(st.binary(min_size=16, max_size=16).map(bytes.hex))
def test_a_token_gives_the_key_back_and_contains_no_filtered_word(key: str) -> None:
    token = token_of(config(), key)

    assert verify(config(), Purpose.PAYMENT, token) == key
    assert not FILTERED.search(token)


@given(st.text(max_size=120))
def test_no_other_text_gives_a_key(token: str) -> None:
    assert verify(config(), Purpose.PAYMENT, token) is None


@given(st.integers(0, 95), st.sampled_from("0123456789abcdef"))
def test_a_token_with_a_changed_character_is_refused(place: int, character: str) -> None:
    token = token_of(config())
    forged = token[:place] + character + token[place + 1 :]

    assert (verify(config(), Purpose.PAYMENT, forged) == KEY) is (forged == token)


def test_secrets_are_rotated_without_a_pause() -> None:
    before, during, after = config(secrets=(OLD,)), config(secrets=(NEW, OLD)), config(secrets=(NEW,))

    assert verify(during, Purpose.PAYMENT, token_of(before)) == KEY
    assert verify(during, Purpose.PAYMENT, token_of(during)) == KEY
    assert token_of(during) == token_of(after)
    assert verify(after, Purpose.PAYMENT, token_of(before)) is None


@pytest.mark.parametrize("other", [config(shortcode="600222"), config(environment="sandbox"), config(secrets=(OLD,))])
def test_a_token_is_good_for_one_shortcode_environment_and_secret(other: Config) -> None:
    assert verify(other, Purpose.PAYMENT, token_of(config())) is None


def test_every_signed_part_counts() -> None:
    settings = [config(), config(shortcode="6001112"), config(environment="sandbox"), config(secrets=(OLD,))]
    signatures = {token_of(each)[32:] for each in settings} | {token_of(config(), "1" * 32)[32:]}

    assert len(signatures) == 5


def test_a_till_signs_with_its_store_number() -> None:
    till = Config(
        consumer_key="key",
        consumer_secret="secret",
        business=Till(store="600111", till="5050505", passkey="passkey"),
        environment="simulator",
        callback_url="https://shop.example/pay/",
        callback_secrets=(NEW,),
    )

    assert verify(till, Purpose.PAYMENT, token_of(config())) == KEY


def test_a_secret_is_derived_where_none_is_given_and_is_not_the_consumer_secret_itself() -> None:
    def derived(consumer_secret: str) -> Config:
        return Config(
            consumer_key="key",
            consumer_secret=consumer_secret,
            business=PayBill("600111", passkey="passkey"),
            environment="simulator",
            callback_url="https://shop.example/pay/",
        )

    token = token_of(derived("a-consumer-secret-of-ours"))
    assert verify(derived("a-consumer-secret-of-ours"), Purpose.PAYMENT, token) == KEY
    assert verify(derived("another-consumer-secret"), Purpose.PAYMENT, token) is None
    assert verify(config(secrets=("a-consumer-secret-of-ours",)), Purpose.PAYMENT, token) is None


class Tried:
    """Secrets that count how often they are revealed."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = secrets
        self.taken = 0

    def __iter__(self) -> Iterator[Secret]:
        for secret in self.secrets:
            self.taken += 1
            yield Secret(secret)


@pytest.mark.parametrize("asked", [token_of(config(secrets=(OLD,))), "1a" + "0" * 96, "x", ""])
def test_every_secret_is_tried_for_every_text(asked: str) -> None:
    secrets = Tried(OLD, NEW, OLD, "a-third-secret-of-ours")
    settings = SimpleNamespace(environment=config().environment, business=config().business, callback_secrets=secrets)

    assert (verify(cast("Config", settings), Purpose.PAYMENT, asked) is None) is (
        len(asked) != 98 or asked == "1a" + "0" * 96
    )
    assert secrets.taken == 4


def test_upper_case_and_other_digits_are_refused() -> None:
    token = token_of(config())

    assert verify(config(), Purpose.PAYMENT, token.upper()) is None
    assert verify(config(), Purpose.PAYMENT, token.replace("0", "\u0660")) is None


def test_a_signed_url_hides_its_secrets() -> None:
    assert KEY not in repr(signed_url(config(), Purpose.PAYMENT, KEY))


REGISTERED = (Purpose.VALIDATION, Purpose.CONFIRMATION)


@pytest.mark.parametrize("purpose", REGISTERED)
def test_registered_addresses_have_a_secret_of_their_own(purpose: Purpose) -> None:
    before = attrs.evolve(config(), registered_secret="a-secret-that-lasts-for-years")
    token = sign(before, purpose, KEY)

    assert verify(attrs.evolve(before, callback_secrets=(OLD,)), purpose, token) == KEY
    assert verify(attrs.evolve(before, registered_secret="another-secret-of-ours"), purpose, token) is None
    assert verify(config(), purpose, token) is None


@pytest.mark.parametrize("purpose", REGISTERED)
def test_without_that_secret_there_are_no_registered_addresses(purpose: Purpose) -> None:
    with pytest.raises(ConfigurationError, match=r"registered_secret.* is missing"):
        sign(config(), purpose, KEY)
