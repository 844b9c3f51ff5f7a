"""A config is right or is not made; the error names all faults at once and shows no secret."""

import copy
import pickle
import re
import warnings
from collections.abc import Mapping
from typing import Any, Final

import attrs
import pytest

from daraja import Bulk, Config, Environment, Initiator, PayBill, Till
from daraja.config import Business
from daraja.config.checks import EXAMPLES, VARIABLES
from daraja.errors import ConfigurationError, ConfigurationWarning
from daraja.values.secret import Secret
from tests.support.leaks import everything_shown

KEY: Final = "a-consumer-key-nobody-may-see"
SECRET: Final = "a-consumer-secret-nobody-may-see"
PASSKEY: Final = "a-passkey-nobody-may-see"
SIGNING: Final = "a-callback-secret-nobody-may-see"
CREDENTIAL: Final = "a-credential-nobody-may-see"
SANDBOX_PASSKEY: Final = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
NEVER_SHOWN: Final = re.compile("nobody-may-see")

GIVE_A_BUSINESS: Final = "give PayBill(shortcode, passkey=...), Till(store=..., till=...) or Bulk(shortcode)"
GOOD: Final[dict[str, Any]] = {  # Any: tests replace any of them by anything
    "consumer_key": KEY,
    "consumer_secret": SECRET,
    "business": PayBill("600111", passkey=PASSKEY),
    "environment": "production",
    "callback_url": "https://shop.example/api/payments/callback/",
    "callback_secrets": [SIGNING],
    "initiator": Initiator("testapi", CREDENTIAL),
    "max_amount": 150_000,
}


def config(**changes: Any) -> Config:  # noqa: ANN401 - see GOOD
    return Config(**{**GOOD, **changes})


def faults_of(**changes: Any) -> dict[str, str]:  # noqa: ANN401 - see GOOD
    with pytest.raises(ConfigurationError) as caught:
        config(**changes)
    assert not NEVER_SHOWN.search(everything_shown(caught.value))
    return dict(caught.value.faults)


def test_a_config_holds_its_settings() -> None:
    settings = config()
    assert settings.consumer_key == Secret(KEY)
    assert settings.consumer_secret == Secret(SECRET)
    assert settings.business is GOOD["business"]
    assert settings.environment == Environment.named("production")
    assert settings.callback_url == "https://shop.example/api/payments/callback/"
    assert settings.callback_secrets == (Secret(SIGNING),)
    assert settings.initiator is GOOD["initiator"]
    assert settings.max_amount == 150_000


def test_optional_settings_have_defaults() -> None:
    needed = ("consumer_key", "consumer_secret", "business", "callback_url")
    settings = Config(**{name: GOOD[name] for name in needed})
    assert settings.environment == Environment.named("sandbox")
    assert settings.initiator is None
    assert settings.max_amount == 250_000
    assert len(settings.callback_secrets) == 1


def test_it_shows_no_secret_and_is_not_stored() -> None:
    settings = config()
    assert not NEVER_SHOWN.search(f"{settings} {settings!r} {[settings]} {attrs.asdict(settings)}")
    with pytest.raises(TypeError, match="a Secret is not pickled"):
        pickle.dumps(settings)


def test_it_is_a_value() -> None:
    assert config() == copy.copy(config()) == copy.deepcopy(config())
    assert hash(config()) == hash(config())
    assert config() != config(max_amount=1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        config().environment = Environment.named("sandbox")  # type: ignore[misc]  # that is the test


# ------------------------------------------------------------------------------------------------- everything at once


def test_all_faults_are_named_at_once_with_variable_and_example() -> None:
    faults = faults_of(
        consumer_key="",
        consumer_secret=f"{SECRET} {SECRET}",
        business="174379",
        environment="Production",
        callback_url="",
        callback_secrets=["nobody-may-see"],
        initiator=("testapi", CREDENTIAL),
        max_amount=0,
    )
    assert faults == {
        "consumer_key": "is missing (in the environment MPESA_CONSUMER_KEY; "
        "for example 9v38Dtu5u2BpsITPmLcXNWGMsjZRWSTG)",
        "consumer_secret": "holds a space, a line break or another character that is not visible ASCII; copy it again "
        "(in the environment MPESA_CONSUMER_SECRET; for example bclwIPkcRqw61yUt)",
        "callback_secrets": "has a secret of fewer than 16 characters, which could be guessed (in the environment "
        "MPESA_CALLBACK_SECRETS; for example what python -c 'import secrets; print(secrets.token_hex(32))' prints)",
        "environment": "'Production' is not known; use one of sandbox, production, simulator, or Environment(address) "
        "for an address of your own (in the environment MPESA_ENVIRONMENT; for example sandbox)",
        "business": f"is str; {GIVE_A_BUSINESS}",
        "callback_url": "is missing (in the environment MPESA_CALLBACK_URL; "
        "for example https://shop.example/api/payments/callback/)",
        "initiator": "is tuple; give Initiator(name, security_credential)",
        "max_amount": "is not a whole number of shillings above 0",
    }


WRONG: Final = {
    **dict.fromkeys(VARIABLES.values(), "?"),
    "MPESA_INITIATOR_NAME": "\x00",
    "MPESA_INITIATOR_PASSWORD": "a\x00b",
    "MPESA_SECURITY_CREDENTIAL": "",
}


@pytest.mark.parametrize(
    "wrong",
    [
        WRONG,
        {**WRONG, "MPESA_TILL_NUMBER": ""},
        {**WRONG, "MPESA_CONSUMER_KEY": "a b", "MPESA_CONSUMER_SECRET": "a b", "MPESA_PASSKEY": "a b"},
        {**WRONG, "MPESA_BILL_APP_KEY": "a b"},
        {**WRONG, "MPESA_INITIATOR_PASSWORD": "", "MPESA_CERTIFICATE": "", "MPESA_SECURITY_CREDENTIAL": "a b"},
    ],
)
def test_every_fault_of_a_variable_names_it_and_an_example(wrong: Mapping[str, str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Config.from_env(wrong)
    for field, fault in caught.value.faults.items():
        assert re.search(rf" \(in the environment {VARIABLES[field]}; for example \S.*\)$", fault)


def test_every_variable_has_an_example() -> None:
    assert VARIABLES.keys() == EXAMPLES.keys()


# ------------------------------------------------------------------------------------------------------- environments


@pytest.mark.parametrize(
    "environment",
    [
        "",
        "Production",
        "PRODUCTION",
        "prod",
        "live",
        1,
        True,
        b"sandbox",
        [],
        "https://api.safaricom.co.ke",
    ],
)
def test_no_unknown_environment_falls_through(environment: object) -> None:
    faults = faults_of(environment=environment)
    assert list(faults) == ["environment"]
    assert "is not known; use one of sandbox, production, simulator" in faults["environment"]


def test_an_address_with_a_password_in_the_environments_place_is_not_shown() -> None:
    assert list(faults_of(environment="https://user:nobody-may-see@daraja.example")) == ["environment"]


@pytest.mark.parametrize("environment", ["sandbox", "production", "simulator"])
def test_the_known_names(environment: str) -> None:
    assert config(environment=environment).environment.name == environment


def test_an_environment_of_your_own() -> None:
    here = Environment("http://127.0.0.1:9000")
    assert config(environment=here).environment is here


def test_none_is_the_sandbox() -> None:
    assert config(environment=None).environment.name == "sandbox"


@pytest.mark.parametrize(
    ("business", "faults"),
    [
        (PayBill("174379", passkey=PASSKEY), {"shortcode": "MPESA_BUSINESS_SHORTCODE"}),
        (PayBill("600111", passkey=SANDBOX_PASSKEY), {"passkey": "MPESA_PASSKEY"}),
        (
            PayBill("174379", passkey=SANDBOX_PASSKEY),
            {"shortcode": "MPESA_BUSINESS_SHORTCODE", "passkey": "MPESA_PASSKEY"},
        ),
        (Till(store="174379", till="5050505", passkey=PASSKEY), {"shortcode": "MPESA_BUSINESS_SHORTCODE"}),
    ],
)
@pytest.mark.parametrize("production", ["production", Environment("https://API.safaricom.co.ke:443/")])
def test_public_credentials_are_refused_in_production(
    production: str | Environment, business: PayBill | Till, faults: dict[str, str]
) -> None:
    told = faults_of(environment=production, business=business)
    assert told.keys() == faults.keys()
    for field, variable in faults.items():
        assert f"is the sandbox's public {field}; production needs your own" in told[field]
        assert variable in told[field]


@pytest.mark.parametrize("environment", ["sandbox", "simulator", Environment("https://daraja.example")])
def test_public_credentials_are_accepted_elsewhere(environment: str | Environment) -> None:
    public = PayBill("174379", passkey=SANDBOX_PASSKEY)
    assert config(environment=environment, business=public).business is public


# --------------------------------------------------------------------------------------------------- callback address


@pytest.mark.parametrize("environment", ["production", Environment("https://daraja.example")])
@pytest.mark.parametrize(
    "callback_url",
    [
        "http://shop.example/",
        "https://localhost/",
        "https://192.168.1.10/",
        "https://[fd00::1]/",
        "https://shop.local/",
        "https://shop/",
    ],
)
def test_an_address_that_safaricom_cannot_call_is_refused(environment: str | Environment, callback_url: str) -> None:
    assert list(faults_of(environment=environment, callback_url=callback_url)) == ["callback_url"]


@pytest.mark.parametrize(
    "environment", ["simulator", Environment("http://127.0.0.1:9000"), Environment("http://[::1]:9000")]
)
@pytest.mark.parametrize(
    "callback_url", ["http://localhost:8000/", "http://192.168.1.10/", "https://shop.local/", "http://shop/"]
)
def test_a_daraja_on_this_machine_calls_any_address(environment: str | Environment, callback_url: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert config(environment=environment, callback_url=callback_url).callback_url == callback_url


def test_the_sandbox_takes_an_address_on_this_machine_with_a_warning() -> None:
    with pytest.warns(ConfigurationWarning, match=r"^callback_url is this machine") as told:
        assert (
            config(environment="sandbox", callback_url="http://localhost:8000/").callback_url
            == "http://localhost:8000/"
        )
    assert len(told) == 1


@pytest.mark.parametrize(
    "word",
    [
        "M-PESA",
        "m-pesa",
        "M-Pesa",
        "mpesa",
        "MPESA",
        "Mpesa",
        "Safaricom",
        "safaricom",
        "SAFARICOM",
        "exe",
        "EXE",
        "exec",
        "Exec",
        "cmd",
        "CMD",
        "sql",
        "SQL",
        "query",
        "Query",
    ],
)
def test_a_word_that_safaricom_filters_is_a_warning(word: str) -> None:
    with pytest.warns(
        ConfigurationWarning, match=rf"^callback_url holds {word.lower()}, and Safaricom filters"
    ) as told:
        config(callback_url=f"https://shop.example/{word}/callback")
    assert [warning.filename for warning in told] == [config.__code__.co_filename]


def test_a_tunnel_in_production_is_a_warning() -> None:
    with pytest.warns(ConfigurationWarning, match=r"^callback_url is a tunnel"):
        config(callback_url="https://0a1b.ngrok.io/callback")


def test_a_warning_raised_as_an_error_shows_no_secret() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConfigurationWarning) as caught:
            config(callback_url="https://shop.example/mpesa/")
    assert not NEVER_SHOWN.search(everything_shown(caught.value))


@pytest.mark.parametrize("callback_url", [None, 7, b"https://shop.example/", [], "https://shop .example/"])
@pytest.mark.parametrize("environment", ["production", "sandbox", "unheard of"])
def test_a_malformed_address_is_refused_in_every_environment(environment: str, callback_url: object) -> None:
    faults = faults_of(environment=environment, callback_url=callback_url)
    assert "is not a whole address without spaces" in faults["callback_url"]


# ----------------------------------------------------------------------------------------------------------- secrets


@pytest.mark.parametrize("field", ["consumer_key", "consumer_secret"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("{}\n", "ends with a line end"),
        ("{}\r\n", "ends with a carriage return"),
        (" {}", "has a blank before or after it"),
        ('"{}"', "has quotes around it"),
        ("{0} {0}", "holds a space, a line break"),
        ("{}\t", "has a blank before or after it"),
        ("{}\x7f", "not visible ASCII"),
        ("\ufeff{}", "has an invisible character"),
        ("{}\u00a0", "has a blank before or after it"),
        ("{}\udcff", "not visible ASCII"),
        ("", "is missing"),
    ],
    ids=repr,
)
def test_a_credential_that_was_copied_badly_is_found(field: str, change: str, words: str) -> None:
    credential = change.format(GOOD[field])
    for given in (credential, Secret(credential)):
        faults = faults_of(**{field: given})
        assert list(faults) == [field]
        assert words in faults[field]


@pytest.mark.parametrize("field", ["consumer_key", "consumer_secret"])
@pytest.mark.parametrize(
    "wrong",
    [SECRET.encode(), None, 7, [SECRET], PayBill("600111", passkey=PASSKEY)],
    ids=lambda wrong: type(wrong).__name__,
)
def test_a_credential_of_another_type_is_refused(field: str, wrong: object) -> None:
    assert f"a secret is text, not {type(wrong).__name__}" in faults_of(**{field: wrong})[field]


def test_key_and_secret_in_one_setting() -> None:
    assert "the key and the secret go into two settings" in faults_of(consumer_key=f"{KEY}:{SECRET}")["consumer_key"]
    assert config(consumer_secret=f"{SECRET}:7").consumer_secret == Secret(f"{SECRET}:7")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (SIGNING, "is str; give a list of texts"),
        (SIGNING.encode(), "is bytes; give a list of texts"),
        (Secret(SIGNING), "is Secret; give a list of texts"),
        (None, "is NoneType; give a list of texts"),
        (7, "is int; give a list of texts"),
        (["nobody-may-see"], "fewer than 16 characters"),
        ([SIGNING, "nobody-may-see"], "fewer than 16 characters"),
        ([""], "is missing"),
        ([SIGNING, f"{SIGNING}\n"], "ends with a line end"),
        (["0123456789a" * 3], "repeats a few characters"),
        (["0000000000000000"], "repeats a few characters"),
        (["aaaaaaaaaabbbbbbbbbb"], "repeats a few characters"),
        (["changeme-changeme-changeme"], "repeats a few characters"),
        (["passwordpassword1234"], "repeats a few characters"),
        (["secret-secret-secret-s3cret"], "repeats a few characters"),
        (["0123456789abcdef0123"], "counts up"),
        (["abcdefghijklmnopqrstuvwxyz-987654321"], "counts up"),
        ([SIGNING.encode()], "a secret is text, not bytes"),
        ([None], "a secret is text, not NoneType"),
    ],
)
def test_callback_secrets_that_cannot_be_right(wrong: object, words: str) -> None:
    faults = faults_of(callback_secrets=wrong)
    assert list(faults) == ["callback_secrets"]
    assert words in faults["callback_secrets"]


@pytest.mark.parametrize("secret", ["0123456789abcdef0123456789abcdef", "secret-secret-secret-s3cret"])
def test_a_secret_that_could_be_guessed_is_enough_for_the_sandbox_and_for_no_real_money(secret: str) -> None:
    weak = {"callback_secrets": [secret], "registered_secret": secret}
    assert config(environment="sandbox", **weak).registered_secret == Secret(secret)
    assert config(environment="simulator", **weak).registered_secret == Secret(secret)
    for environment in ("production", Environment("https://gateway.example")):
        assert set(faults_of(environment=environment, **weak)) >= {"callback_secrets", "registered_secret"}


def test_the_first_callback_secret_signs_and_all_are_kept() -> None:
    both = config(callback_secrets=iter([SIGNING, Secret("8f0a3c61d94e7b25")])).callback_secrets
    assert both == (Secret(SIGNING), Secret("8f0a3c61d94e7b25"))


def derived(**changes: Any) -> str:  # noqa: ANN401 - see GOOD
    (secret,) = config(callback_secrets=(), **changes).callback_secrets
    return secret.reveal()


def test_a_callback_secret_is_derived_if_none_is_given() -> None:
    assert derived() == derived(consumer_key="another", environment="sandbox", business=PayBill("600333", passkey="x"))
    assert re.fullmatch(r"[0-9a-f]{64}", derived())
    assert SECRET not in derived()
    assert len({derived(), derived(consumer_secret="another"), derived(consumer_secret=f"{SECRET}2")}) == 3


def test_the_derived_callback_secret_never_changes() -> None:
    """Addresses that are out with customers' payments must still verify after an upgrade."""
    assert derived() == "6ddb14c2a0ca585b80a28a75d5f2199773eb0ff5f1b8c8680c763c13adf14cce"


# ------------------------------------------------------------------------------------------------------- other fields


@pytest.mark.parametrize(
    "wrong",
    ["174379", None, 174379, ("174379", PASSKEY), {"passkey": PASSKEY}, PayBill, Initiator("x", PASSKEY)],
)
def test_a_business_is_a_pay_bill_a_till_or_a_bulk_shortcode(wrong: object) -> None:
    faults = faults_of(business=wrong)
    assert faults == {"business": f"is {type(wrong).__name__}; {GIVE_A_BUSINESS}"}


@pytest.mark.parametrize(
    "wrong", ["testapi", ("testapi", CREDENTIAL), {"name": CREDENTIAL}, PayBill("600111", passkey=PASSKEY)]
)
def test_an_initiator_is_an_initiator(wrong: object) -> None:
    assert faults_of(initiator=wrong) == {
        "initiator": f"is {type(wrong).__name__}; give Initiator(name, security_credential)"
    }


@pytest.mark.parametrize("wrong", [0, -1, True, 250_000.0, "250000", None])
def test_the_highest_amount_is_a_whole_number(wrong: object) -> None:
    assert faults_of(max_amount=wrong) == {"max_amount": "is not a whole number of shillings above 0"}


@pytest.mark.parametrize("field", [name for name in GOOD if name != "max_amount"])
@pytest.mark.parametrize("other", [name for name in GOOD if name != "business"])
def test_faults_show_no_other_setting(field: str, other: str) -> None:
    wrong: dict[str, object] = {
        "consumer_key": f"{KEY} ",
        "consumer_secret": f"{SECRET} ",
        "business": PASSKEY,
        "environment": "unheard of",
        "callback_url": f"ftp://{SIGNING}",
        "callback_secrets": SIGNING,
        "initiator": CREDENTIAL,
        "max_amount": -1,
    }
    told = faults_of(**{field: wrong[field], other: wrong[other]})
    assert set(told) == {field, other}


# -------------------------------------------------------------------------------------------------- other products


def test_a_config_holds_the_settings_of_other_products() -> None:
    settings = config(
        results_url="https://shop.example/results/",
        registered_secret=SIGNING,
        bulk=Bulk("600996"),
        payouts="on",
        payout_max=20_000,
        payout_daily_max=500_000,
        payout_recipient_daily_max=50_000,
        pull_number="0722 000 000",
        bill_app_key="AG_2376487236_126732989KJ",
        tenant="duka-letu",
    )
    assert settings.results_url == "https://shop.example/results/"
    assert settings.registered_secret == Secret(SIGNING)
    assert (settings.payout_max, settings.payout_daily_max, settings.payout_recipient_daily_max) == (
        20_000,
        500_000,
        50_000,
    )
    assert str(settings.pull_number) == "254722000000"
    assert settings.bill_app_key == Secret("AG_2376487236_126732989KJ")
    assert settings.tenant == "duka-letu"
    assert settings.payout_shortcode == "600996"
    assert not NEVER_SHOWN.search(repr(settings))


def test_all_faults_of_these_settings_are_named_at_once() -> None:
    faults = faults_of(
        results_url="http://10.0.0.7/",
        registered_secret="nobody-may-see",
        bulk="600996",
        payouts="yes",
        payout_max=0,
        payout_daily_max=True,
        payout_recipient_daily_max=1.5,
        pull_number="12",
        bill_app_key=f"{KEY} 1",
        tenant="t" * 65,
    )
    assert {field: fault.partition(" (in the")[0] for field, fault in faults.items()} == {
        "results_url": "is not https; outside the sandbox Safaricom calls https addresses only",
        "registered_secret": "has a secret of fewer than 16 characters, which could be guessed",
        "bulk": "is str; give Bulk(shortcode)",
        "payouts": "'yes' is not known; use one of on, off",
        "payout_max": "is not a whole number of shillings above 0",
        "payout_daily_max": "is not a whole number of shillings above 0",
        "payout_recipient_daily_max": "is not a whole number of shillings above 0",
        "pull_number": "is not a Kenyan mobile number",
        "bill_app_key": "holds a space, a line break or another character that is not visible ASCII; copy it again",
        "tenant": "is not text of at most 64 characters that can be printed",
    }


@pytest.mark.parametrize("business", [Bulk("600996"), PayBill("600111"), Till(store="600222", till="5050505")])
def test_without_a_passkey_no_callback_address_is_needed(business: Business) -> None:
    settings = config(business=business, callback_url="")
    assert settings.callback_url == ""
    assert settings.payout_shortcode == business.shortcode
    assert list(faults_of(business=business, callback_url="http://shop.example/")) == ["callback_url"]


@pytest.mark.parametrize(
    ("environment", "payouts", "may"),
    [("production", "off", False), ("production", "on", True), ("sandbox", "off", True), ("simulator", "off", True)],
)
def test_in_production_money_leaves_only_once_payouts_are_on(environment: str, payouts: str, *, may: bool) -> None:
    assert config(environment=environment, payouts=payouts).may_pay_out is may


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://gateway.shop.co.ke", False),
        ("http://192.168.1.20:8765", False),
        ("http://127.0.0.1:9000", True),
        ("http://daraja:8765", True),
        ("http://host.docker.internal:8765", True),
    ],
)
def test_an_address_that_may_lead_to_production_pays_out_only_once_payouts_are_on(address: str, *, may: bool) -> None:
    environment = Environment(address)

    assert config(environment=environment).may_pay_out is may
    assert config(environment=environment, payouts="on").may_pay_out
