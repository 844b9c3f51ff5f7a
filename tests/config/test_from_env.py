"""``MPESA_*`` variables follow the same rules; errors name the variables and show no values."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

import pytest

from daraja import Bulk, Config, Environment, Initiator, PayBill, Till
from daraja.config.checks import VARIABLES
from daraja.errors import ConfigurationError, ConfigurationWarning, Problem
from daraja.values.secret import Secret
from tests.support.certificates import DER, PEM, decrypted
from tests.support.leaks import everything_shown

SIGNING: Final = ("a-callback-secret-nobody-may-see", "an-older-one-nobody-may-see")
GOOD: Final = {
    "MPESA_CONSUMER_KEY": "a-consumer-key-nobody-may-see",
    "MPESA_CONSUMER_SECRET": "a-consumer-secret-nobody-may-see",
    "MPESA_BUSINESS_SHORTCODE": "600111",
    "MPESA_PASSKEY": "a-passkey-nobody-may-see",
    "MPESA_CALLBACK_URL": "https://shop.example/api/payments/callback/",
    "MPESA_CALLBACK_SECRETS": ",".join(SIGNING),
    "MPESA_ENVIRONMENT": "production",
}
NEVER_SHOWN: Final = re.compile(r"nobody-may-see|environ\(|PATH=")


def config(**changes: str) -> Config:
    return Config.from_env({**GOOD, **changes})


def faults_of(variables: Mapping[str, str]) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        Config.from_env(variables)
    assert not NEVER_SHOWN.search(everything_shown(caught.value))
    return dict(caught.value.faults)


def test_a_pay_bill() -> None:
    settings = config()
    assert settings.consumer_key == Secret(GOOD["MPESA_CONSUMER_KEY"])
    assert settings.consumer_secret == Secret(GOOD["MPESA_CONSUMER_SECRET"])
    assert settings.business == PayBill("600111", passkey=GOOD["MPESA_PASSKEY"])
    assert settings.environment.name == "production"
    assert settings.callback_url == GOOD["MPESA_CALLBACK_URL"]
    assert settings.callback_secrets == tuple(map(Secret, SIGNING))
    assert (settings.initiator, settings.max_amount) == (None, 250_000)


def test_a_till() -> None:
    business = config(MPESA_TILL_NUMBER="5050505").business
    assert business == Till(store="600111", till="5050505", passkey=GOOD["MPESA_PASSKEY"])
    assert business.shortcode == "600111"


def test_the_variables_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    assert Config.from_env() == config()
    monkeypatch.setenv("MPESA_PASSKEY", GOOD["MPESA_PASSKEY"] + "\n")
    with pytest.raises(ConfigurationError) as caught:
        Config.from_env()
    assert list(caught.value.faults) == ["passkey"]
    assert not NEVER_SHOWN.search(everything_shown(caught.value))


def test_an_empty_mapping_is_not_replaced_by_the_variables_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    assert "consumer_key" in faults_of({})


def test_all_missing_variables_are_named_at_once() -> None:
    faults = faults_of({})
    assert faults == {
        "shortcode": "is missing (in the environment MPESA_BUSINESS_SHORTCODE; for example 174379)",
        "passkey": "is missing (in the environment MPESA_PASSKEY; "
        "for example the 64 letters and digits that came with the shortcode)",
        "consumer_key": "is missing (in the environment MPESA_CONSUMER_KEY; "
        "for example 9v38Dtu5u2BpsITPmLcXNWGMsjZRWSTG)",
        "consumer_secret": "is missing (in the environment MPESA_CONSUMER_SECRET; for example bclwIPkcRqw61yUt)",
        "callback_url": "is missing (in the environment MPESA_CALLBACK_URL; "
        "for example https://shop.example/api/payments/callback/)",
    }
    assert faults_of(dict.fromkeys(VARIABLES.values(), "")) == faults


def test_all_wrong_variables_are_named_at_once() -> None:
    faults = faults_of(
        {
            "MPESA_CONSUMER_KEY": "nobody-may-see:nobody-may-see",
            "MPESA_CONSUMER_SECRET": "nobody-may-see\n",
            "MPESA_BUSINESS_SHORTCODE": "600",
            "MPESA_TILL_NUMBER": "five",
            "MPESA_PASSKEY": "nobody-may-see ",
            "MPESA_ENVIRONMENT": "Production",
            "MPESA_BASE_URL": "http://daraja.example",
            "MPESA_CALLBACK_URL": "shop.example",
            "MPESA_CALLBACK_SECRETS": "nobody-may-see",
        }
    )
    assert {field: VARIABLES[field] in fault for field, fault in faults.items()} == dict.fromkeys(
        [
            "store",
            "till",
            "passkey",
            "environment",
            "base_url",
            "consumer_key",
            "consumer_secret",
            "callback_secrets",
            "callback_url",
        ],
        True,
    )


def test_none_as_a_value_is_a_variable_that_is_not_set() -> None:
    unset = dict.fromkeys(VARIABLES.values())  # as os.getenv() gives it
    assert faults_of(cast("dict[str, str]", unset)) == faults_of({})


# ----------------------------------------------------------------------------------------------------- other products


def test_every_variable_is_read(tmp_path: Path) -> None:
    file = tmp_path / "Production.cer"
    file.write_bytes(DER)
    settings = config(
        MPESA_BULK_SHORTCODE="600996",
        MPESA_INITIATOR_NAME="testapi",
        MPESA_INITIATOR_PASSWORD="Safcom-nobody-may-see#%",
        MPESA_CERTIFICATE=str(file),
        MPESA_RESULTS_URL="https://shop.example/results/",
        MPESA_REGISTERED_SECRET=SIGNING[1],
        MPESA_PAYOUTS="on",
        MPESA_PAYOUT_MAX="20000",
        MPESA_PAYOUT_DAILY_MAX="500000",
        MPESA_PAYOUT_RECIPIENT_DAILY_MAX="50000",
        MPESA_PULL_NUMBER="0722000000",
        MPESA_BILL_APP_KEY="AG_2376487236_126732989KJ",
    )
    assert settings.business == PayBill("600111", passkey=GOOD["MPESA_PASSKEY"])
    assert settings.bulk == Bulk("600996")
    assert settings.initiator is not None
    assert settings.initiator.name == "testapi"
    assert decrypted(settings.initiator.security_credential.reveal()) == b"Safcom-nobody-may-see#%"
    assert settings.results_url == "https://shop.example/results/"
    assert settings.registered_secret == Secret(SIGNING[1])
    assert (settings.payouts, settings.payout_max, settings.payout_daily_max) == ("on", 20_000, 500_000)
    assert settings.payout_recipient_daily_max == 50_000
    assert str(settings.pull_number) == "254722000000"
    assert settings.bill_app_key == Secret("AG_2376487236_126732989KJ")
    assert not NEVER_SHOWN.search(repr(settings))


def test_a_certificate_may_stand_in_its_variable() -> None:
    text = PEM.decode().strip()
    for certificate in (text, text.replace("\n", "\\n")):
        initiator = config(
            MPESA_INITIATOR_NAME="testapi", MPESA_INITIATOR_PASSWORD="Safaricom999!*!", MPESA_CERTIFICATE=certificate
        ).initiator
        assert initiator is not None
        assert decrypted(initiator.security_credential.reveal()) == b"Safaricom999!*!"


def test_a_security_credential_needs_no_certificate() -> None:
    settings = config(MPESA_INITIATOR_NAME="testapi", MPESA_SECURITY_CREDENTIAL="nobody-may-see==")
    assert settings.initiator == Initiator("testapi", "nobody-may-see==")


@pytest.mark.parametrize(
    ("variables", "faults"),
    [
        ({"MPESA_INITIATOR_NAME": "testapi"}, {"security_credential": "is missing"}),
        ({"MPESA_SECURITY_CREDENTIAL": "nobody-may-see=="}, {"name": "is missing"}),
        (
            {"MPESA_CERTIFICATE": "/there/is/no.cer"},
            {
                "name": "is missing",
                "password": "is missing",
                "certificate": "names no file that can be read (FileNotFoundError); give the path of the certificate",
            },
        ),
        (
            {"MPESA_INITIATOR_NAME": "testapi", "MPESA_INITIATOR_PASSWORD": "nobody-may-see"},
            {"certificate": "is missing"},
        ),
        (
            {"MPESA_SECURITY_CREDENTIAL": "nobody-may-see==", "MPESA_INITIATOR_PASSWORD": "nobody-may-see"},
            {"password": "is set beside MPESA_SECURITY_CREDENTIAL, which is made from it; leave one of the two out"},
        ),
        ({"MPESA_BULK_SHORTCODE": "1"}, {"bulk": "'1' is not five to seven digits, as text"}),
        (
            {"MPESA_BULK_SHORTCODE": "1", "MPESA_BUSINESS_SHORTCODE": ""},
            {"bulk": "'1' is not five to seven digits, as text"},
        ),
        ({"MPESA_PAYOUTS": "yes"}, {"payouts": "'yes' is not known; use one of on, off"}),
        ({"MPESA_PAYOUT_MAX": "20,000"}, {"payout_max": "is not a whole number of shillings, in digits alone"}),
        ({"MPESA_PAYOUT_MAX": "0"}, {"payout_max": "is not a whole number of shillings above 0"}),
        ({"MPESA_PAYOUT_MAX": " 5"}, {"payout_max": "has a blank before or after it; leave it out"}),
        (
            {"MPESA_RESULTS_URL": "https://<your-url>/"},
            {"results_url": "has the placeholder '<'; put the address of your own server in its place"},
        ),
    ],
)
def test_faults_of_other_products_are_named(variables: Mapping[str, str], faults: Mapping[str, str]) -> None:
    told = faults_of({**GOOD, **variables})
    assert {field: fault.partition(" (in the environment")[0] for field, fault in told.items()} == faults


@pytest.mark.parametrize(
    "other",
    [
        {"MPESA_BULK_SHORTCODE": "600996"},
        {"MPESA_RESULTS_URL": "https://shop.example/"},
        {"MPESA_REGISTERED_SECRET": SIGNING[0]},
    ],
)
def test_passkey_and_callback_address_are_optional_for_other_products(other: Mapping[str, str]) -> None:
    settings = config(**{"MPESA_PASSKEY": "", "MPESA_CALLBACK_URL": "", **other})
    assert (settings.business, settings.callback_url) == (PayBill("600111"), "")
    assert set(faults_of({**GOOD, "MPESA_PASSKEY": "", "MPESA_CALLBACK_URL": ""})) == {"passkey", "callback_url"}


def test_a_bulk_shortcode_alone_only_pays_out() -> None:
    settings = config(
        MPESA_BUSINESS_SHORTCODE="", MPESA_PASSKEY="", MPESA_CALLBACK_URL="", MPESA_BULK_SHORTCODE="600996"
    )
    assert settings.business == Bulk("600996")
    assert settings.payout_shortcode == "600996"


# ------------------------------------------------------------------------------------------------------------ pasted

AROUND: Final = {
    '"{}"': "has quotes around it",
    "'{}'": "has quotes around it",
    "{}\r": "ends with a carriage return, since the file has Windows line ends",
    "{}\n": "ends with a line end",
    "{} ": "has a blank before or after it",
    "\ufeff{}": "has an invisible character",
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("around", AROUND)
def test_characters_around_a_variable_are_named(name: str, around: str) -> None:
    faults = faults_of({**GOOD, name: around.format(GOOD[name])})
    assert [VARIABLES[field] for field in faults] == [name]
    (fault,) = faults.values()
    assert fault.startswith(AROUND[around])


# ---------------------------------------------------------------------------------------------------------- problems


def test_problems_are_data_and_nothing_is_raised() -> None:
    problems = Config.problems({**GOOD, "MPESA_PASSKEY": "", "MPESA_ENVIRONMENT": "staging"})
    assert [(problem.id, problem.field, problem.is_error) for problem in problems] == [
        ("daraja.E001", "passkey", True),
        ("daraja.E002", "environment", True),
    ]
    assert problems[0] == Problem(
        id="daraja.E001",
        field="passkey",
        words="is missing",
        hint="in the environment MPESA_PASSKEY; for example the 64 letters and digits that came with the shortcode",
    )
    assert str(problems[0]) == f"passkey is missing ({problems[0].hint})"


def test_problems_are_those_that_the_constructor_raises() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Config.from_env({})
    assert Config.problems({}) == caught.value.problems
    assert Config.problems(GOOD) == []


def test_doubts_are_problems_and_cause_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        problems = Config.problems({**GOOD, "MPESA_CALLBACK_URL": "https://shop.example/mpesa/"})
    assert [(problem.id, problem.field, problem.is_error, problem.hint) for problem in problems] == [
        ("daraja.W001", "callback_url", False, "")
    ]
    assert problems[0].words.startswith("holds mpesa, and Safaricom filters addresses")


# ------------------------------------------------------------------------------------------------------- environment


def test_no_environment_is_the_sandbox() -> None:
    assert (
        Config.from_env({name: GOOD[name] for name in GOOD if name != "MPESA_ENVIRONMENT"}).environment.name
        == "sandbox"
    )
    assert config(MPESA_ENVIRONMENT="").environment.name == "sandbox"


@pytest.mark.parametrize(
    "name",
    ["Production", " production", "sandbox ", " ", "live", "SANDBOX", "production\n", "https://api.safaricom.co.ke"],
)
def test_an_unknown_environment_is_refused(name: str) -> None:
    faults = faults_of({**GOOD, "MPESA_ENVIRONMENT": name})
    assert list(faults) == ["environment"]
    assert "(in the environment MPESA_ENVIRONMENT; for example sandbox)" in faults["environment"]


@pytest.mark.parametrize(
    ("name", "base_url", "expected"),
    [
        ("", "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("", "https://daraja.example/", "https://daraja.example"),
        ("", "https://api.safaricom.co.ke", "https://api.safaricom.co.ke"),
        ("simulator", "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("simulator", "http://[::1]:9000", "http://[::1]:9000"),
        ("simulator", "", "http://127.0.0.1:8765"),
        ("sandbox", "https://SANDBOX.safaricom.co.ke/", "https://sandbox.safaricom.co.ke"),
        ("production", "https://api.safaricom.co.ke:443", "https://api.safaricom.co.ke"),
    ],
)
def test_an_address_of_your_own(name: str, base_url: str, expected: str) -> None:
    assert config(MPESA_ENVIRONMENT=name, MPESA_BASE_URL=base_url).environment == Environment(expected)


@pytest.mark.parametrize(
    ("name", "base_url"),
    [
        ("production", "http://127.0.0.1:8765"),
        ("production", "https://sandbox.safaricom.co.ke"),
        ("production", "https://daraja.example"),
        ("sandbox", "https://api.safaricom.co.ke"),
        ("sandbox", "http://127.0.0.1:8765"),
        ("simulator", "https://api.safaricom.co.ke"),
        ("simulator", "https://daraja.example"),
    ],
)
def test_a_name_and_an_address_that_disagree_are_refused(name: str, base_url: str) -> None:
    faults = faults_of({**GOOD, "MPESA_ENVIRONMENT": name, "MPESA_BASE_URL": base_url})
    assert faults == {
        "environment": f"MPESA_ENVIRONMENT is {name} but MPESA_BASE_URL is {base_url}; leave one of them out"
    }


@pytest.mark.parametrize(
    "base_url",
    [
        "http://daraja.example",
        "https://user:nobody-may-see@daraja.example",
        "nowhere",
        "https://daraja.example/mpesa",
        "https://d\udc80",
    ],
)
@pytest.mark.parametrize("name", ["", "production", "simulator"])
def test_an_address_that_is_not_a_daraja_is_refused(name: str, base_url: str) -> None:
    faults = faults_of({**GOOD, "MPESA_ENVIRONMENT": name, "MPESA_BASE_URL": base_url})
    assert list(faults) == ["base_url"]
    assert "(in the environment MPESA_BASE_URL; for example http://127.0.0.1:8765)" in faults["base_url"]


# ---------------------------------------------------------------------------------------------------- callback secrets


@pytest.mark.parametrize(
    "text",
    [
        ",".join(SIGNING),
        " , ".join(SIGNING),
        f",{SIGNING[0]},, {SIGNING[1]} ,",
        "\n".join([f"{SIGNING[0]},", SIGNING[1]]),
    ],
)
def test_callback_secrets_stand_between_commas(text: str) -> None:
    assert config(MPESA_CALLBACK_SECRETS=text).callback_secrets == tuple(map(Secret, SIGNING))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nobody-may-see", "fewer than 16 characters"),
        (f"{SIGNING[0]},nobody-may-see", "fewer than 16 characters"),
        (f"{SIGNING[0]} {SIGNING[1]}", "holds a space"),
        (f"{SIGNING[0]};\x00", "not visible ASCII"),
        (f"{SIGNING[0]}\udc80", "not visible ASCII"),
    ],
)
def test_callback_secrets_that_cannot_be_right(text: str, words: str) -> None:
    faults = faults_of({**GOOD, "MPESA_CALLBACK_SECRETS": text})
    assert list(faults) == ["callback_secrets"]
    assert words in faults["callback_secrets"]
    assert "MPESA_CALLBACK_SECRETS" in faults["callback_secrets"]


def test_a_callback_secret_is_derived_if_none_is_set() -> None:
    (secret,) = config(MPESA_CALLBACK_SECRETS="").callback_secrets
    assert (secret,) == config(MPESA_CALLBACK_SECRETS=",,").callback_secrets
    assert (secret,) != config(MPESA_CALLBACK_SECRETS="", MPESA_CONSUMER_SECRET="another").callback_secrets
    assert GOOD["MPESA_CONSUMER_SECRET"] not in secret.reveal()


# -------------------------------------------------------------------------------------------------------- nothing shown

SECRETS: Final = ["MPESA_CONSUMER_KEY", "MPESA_CONSUMER_SECRET", "MPESA_PASSKEY"]


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("change", ["{}\n", " {}", "{}\x00", "{}\udc80", "{}\u200b", "{} {}", "é{}"], ids=repr)
def test_a_secret_that_was_copied_badly_is_found_and_not_shown(name: str, change: str) -> None:
    faults = faults_of({**GOOD, name: change.format(GOOD[name], GOOD[name])})
    assert [VARIABLES[field] for field in faults] == [name]


INITIATOR: Final = {VARIABLES[field] for field in ("name", "security_credential", "password", "certificate")}


@pytest.mark.parametrize("name", VARIABLES.values())
@pytest.mark.parametrize("secret", [GOOD[name] for name in SECRETS])
def test_a_secret_in_another_variables_place_is_not_shown(name: str, secret: str) -> None:
    try:
        settings = Config.from_env({**GOOD, name: secret})
    except ConfigurationError as error:
        named = [VARIABLES[field] for field in error.faults]
        assert set(named) <= INITIATOR if name in INITIATOR else named == [name]
        shown = everything_shown(error)
    else:
        shown = repr(settings)
    assert not NEVER_SHOWN.search(shown)


def test_a_warning_shows_no_secret_and_comes_once() -> None:
    with pytest.warns(ConfigurationWarning) as told:
        config(MPESA_CALLBACK_URL="https://shop.example/mpesa/")
    assert [str(warning.message) for warning in told] == [
        "callback_url holds mpesa, and Safaricom filters addresses with such words; choose other words"
    ]


@pytest.mark.parametrize("wrong", [{"MPESA_ENVIRONMENT": "simulater"}, {"MPESA_BASE_URL": "ftp://127.0.0.1"}])
def test_a_wrong_environment_causes_no_warning_about_the_sandbox(wrong: dict[str, str]) -> None:
    with warnings.catch_warnings(record=True) as warned, pytest.raises(ConfigurationError) as caught:
        Config.from_env({**GOOD, "MPESA_ENVIRONMENT": "", "MPESA_CALLBACK_URL": "http://127.0.0.1:8000/", **wrong})

    assert warned == []
    assert set(caught.value.faults) == {"environment" if "MPESA_ENVIRONMENT" in wrong else "base_url"}
