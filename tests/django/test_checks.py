"""``manage.py check`` names what is wrong before a customer meets it."""

from typing import Any, Final

import attrs
import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.core.checks import Warning as DjangoWarning
from django.core.checks import run_checks

import daraja.django
from daraja import Checkout
from daraja.django.checks import (
    check_database,
    check_deployment,
    check_mpesa,
    check_options,
    check_payouts,
    check_project,
    problems_of,
)
from daraja.errors import ConfigurationError
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE

GOOD: Final = {
    "MPESA_CONSUMER_KEY": "some-key",
    "MPESA_CONSUMER_SECRET": "some-secret",
    "MPESA_BUSINESS_SHORTCODE": SANDBOX_SHORTCODE,
    "MPESA_PASSKEY": SANDBOX_PASSKEY,
    "MPESA_ENVIRONMENT": "simulator",
    "MPESA_CALLBACK_URL": "http://127.0.0.1:8000/payments/callback/",
}


@attrs.frozen
class Mysql:
    """A connection to MySQL or MariaDB, as far as the check looks at it."""

    mysql_is_mariadb: bool
    mysql_version: tuple[int, ...]
    vendor: str = "mysql"
    display_name: str = "MySQL"


OWN: Final = GOOD | {
    "MPESA_ENVIRONMENT": "production",
    "MPESA_BUSINESS_SHORTCODE": "600123",
    "MPESA_PASSKEY": "a passkey of our own, of which nobody knows".replace(" ", ""),
    "MPESA_CALLBACK_URL": "https://shop.co.ke/payments/callback/",
}


def given(settings: LazySettings, values: dict[str, str]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


@pytest.fixture
def development(settings: LazySettings) -> LazySettings:
    """The settings that ``startproject`` writes; the test runner has changed these two."""
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = []
    return settings


def ids(found: list[Any]) -> list[str | None]:  # Any: Django's messages
    return [message.id for message in found]


def test_a_stock_project_with_good_settings_has_nothing_to_say(development: LazySettings) -> None:
    given(development, GOOD)
    assert run_checks() == []


@pytest.mark.parametrize(
    ("environment", "shortcode", "found"),
    [
        ("simulator", SANDBOX_SHORTCODE, ["daraja.E020"]),
        ("sandbox", SANDBOX_SHORTCODE, ["daraja.E020"]),
        ("simulator", "600123", []),
    ],
)
def test_a_public_shortcode_has_its_public_passkey(
    development: LazySettings, environment: str, shortcode: str, found: list[str]
) -> None:
    address = "http" if environment == "simulator" else "https"
    development.ALLOWED_HOSTS = ["127.0.0.1", "pay.example"]
    host = "127.0.0.1:8000" if environment == "simulator" else "pay.example"
    changes = {"MPESA_ENVIRONMENT": environment, "MPESA_BUSINESS_SHORTCODE": shortcode, "MPESA_PASSKEY": "zzz"}
    given(development, GOOD | changes | {"MPESA_CALLBACK_URL": f"{address}://{host}/payments/callback/"})
    assert ids(run_checks()) == found


def test_a_project_without_settings_is_warned_once_and_not_deployed() -> None:
    (found,) = check_mpesa()
    assert isinstance(found, DjangoWarning)
    assert ids(check_deployment()) == ["daraja.E014", "daraja.W007"]
    with pytest.raises(ConfigurationError):
        daraja.django.checkout()


def test_every_missing_variable_is_an_error(settings: LazySettings) -> None:
    settings.MPESA_CONSUMER_KEY = "some-key"
    found = check_mpesa()
    assert set(ids(found)) == {"daraja.E001"}
    assert any("MPESA_PASSKEY" in message.msg for message in found)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"MPESA_CALLBACK_URL": "http://127.0.0.1:8000/elsewhere/"}, "daraja.E010"),
        ({"MPESA_CALLBACK_URL": "http://127.0.0.1:8000/pay/"}, "daraja.E010"),
        ({"MPESA_CALLBACK_URL": "https://another.shop.co.ke/payments/callback/"}, "daraja.E011"),
        ({"MPESA_PASSKEY": "'quoted'"}, "daraja.E002"),
        ({"MPESA_ENVIRONMENT": "sandbox"}, "daraja.W001"),
    ],
)
def test_each_fault_has_an_id(development: LazySettings, changes: dict[str, str], expected: str) -> None:
    given(development, GOOD | changes)
    assert ids(check_mpesa()) == [expected]


@pytest.mark.parametrize(
    ("values", "debug", "expected"),
    [
        (OWN, True, ["daraja.E012"]),
        (OWN, False, []),
        (GOOD, False, ["daraja.E013"]),
        (
            GOOD | {"MPESA_ENVIRONMENT": "sandbox", "MPESA_CALLBACK_URL": OWN["MPESA_CALLBACK_URL"]},
            False,
            ["daraja.W008"],
        ),
    ],
)
def test_the_environment_fits_the_project(
    settings: LazySettings, values: dict[str, str], *, debug: bool, expected: list[str]
) -> None:
    given(settings, values)
    settings.DEBUG = debug
    settings.ALLOWED_HOSTS = ["shop.co.ke", "127.0.0.1"]
    assert ids(check_mpesa()) == expected


@pytest.mark.parametrize("key", ["django-insecure-as-startproject-writes-it", "only-for-development"])
def test_a_secret_key_of_development_is_refused_where_real_money_moves(settings: LazySettings, key: str) -> None:
    given(settings, OWN)
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["shop.co.ke"]
    settings.SECRET_KEY = key
    assert ids(check_mpesa()) == ["daraja.E016"]


def test_settings_of_django_win_and_two_values_are_an_error(
    development: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(development, GOOD)
    development.MPESA_CALLBACK_SECRETS = ["a-first-secret-0123", "a-second-secret-4567"]
    monkeypatch.setenv("MPESA_PASSKEY", GOOD["MPESA_PASSKEY"])
    assert check_mpesa() == []
    monkeypatch.setenv("MPESA_CONSUMER_KEY", "another-key")
    (found,) = check_mpesa()
    assert found.id == "daraja.E003"
    assert "another-key" not in str(found)
    assert isinstance(daraja.django.checkout(), Checkout)


CAPS: Final = {
    "MPESA_PAYOUT_MAX": "1000",
    "MPESA_PAYOUT_DAILY_MAX": "2000",
    "MPESA_PAYOUT_RECIPIENT_DAILY_MAX": "1000",
}
INITIATOR: Final = {"MPESA_INITIATOR_NAME": "testapi", "MPESA_SECURITY_CREDENTIAL": "dGVzdA=="}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (GOOD, []),
        (GOOD | INITIATOR | CAPS, []),
        (GOOD | CAPS, ["daraja.E019"]),
        (GOOD | INITIATOR | {"MPESA_PAYOUTS": "on"}, ["daraja.E018"] * 3),
        (OWN | INITIATOR | CAPS, ["daraja.W009"]),
        (OWN | INITIATOR | CAPS | {"MPESA_PAYOUTS": "on"}, []),
        (GOOD | INITIATOR | CAPS | {"MPESA_RESULTS_URL": "http://127.0.0.1:8000/elsewhere/"}, ["daraja.E010"]),
        (GOOD | INITIATOR | CAPS | {"MPESA_RESULTS_URL": "http://127.0.0.1:8000/payments/callback/"}, []),
        (GOOD | CAPS | {"MPESA_CONSUMER_KEY": ""}, []),
    ],
)
def test_what_payouts_need_is_checked_where_there_are_caps(
    development: LazySettings, values: dict[str, str], expected: list[str]
) -> None:
    given(development, values)
    assert ids(check_payouts()) == expected


def test_payouts_by_one_person_alone_are_named(development: LazySettings) -> None:
    given(development, GOOD | INITIATOR | CAPS)
    development.DARAJA = {"APPROVAL_FROM": None}
    assert ids(check_payouts()) == ["daraja.W010"]


@pytest.mark.usefixtures("development")
def test_the_environment_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    assert check_mpesa() == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"ON_SUCES": "tests.django.project.shop.orders.fulfil"}, ["daraja.E004", "daraja.W003"]),
        ({"ON_SUCCESS": "tests.django.project.shop.orders.fulfill"}, ["daraja.E005"]),
        ({"ON_SUCCESS": "tests.django.project.nowhere.fulfil"}, ["daraja.E005"]),
        ({"ON_SUCCESS": "tests.django.project.shop.orders.__all__"}, ["daraja.E005"]),
        ({"ON_SUCCESS": print, "CACHE": "redis"}, ["daraja.E006"]),
        ({"AFTER_SUCCESS": print, "NUM_PROXIES": -1}, ["daraja.E007"]),
        ({"AFTER_SUCCESS": print, "SENDERS": ["somewhere"]}, ["daraja.E008"]),
        ({"AFTER_SUCCESS": print, "APPROVAL_FROM": 0, "LOW_FLOAT": "5"}, ["daraja.E017", "daraja.E017"]),
        ({"AFTER_SUCCESS": print, "ON_PAID": "tests.django.project.nowhere.hear"}, ["daraja.E005"]),
        ({}, ["daraja.W003"]),
        (
            {"ON_SUCCESS": "tests.django.project.shop.orders.fulfil", "NUM_PROXIES": 1, "SENDERS": ["196.201.214.200"]},
            [],
        ),
    ],
)
def test_every_option_is_checked(settings: LazySettings, options: dict[str, object], expected: list[str]) -> None:
    settings.DARAJA = options
    assert ids(check_options()) == expected


class Elsewhere:
    """A router that forgets all models but one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def db_for_write(self, model: type, **_: object) -> str | None:
        return "payments" if model.__name__ == self._name else None


@pytest.mark.skipif("payments" not in django_settings.DATABASES, reason="a second database is made in SQLite only")
@pytest.mark.parametrize("name", ["Payment", "Expectation"])
def test_what_one_transaction_needs_and_lies_in_two_databases_is_named(settings: LazySettings, name: str) -> None:
    settings.DATABASE_ROUTERS = [Elsewhere(name)]
    assert ids(check_project()) == ["daraja.E015"]


def test_settings_of_django_that_matter_are_named(settings: LazySettings) -> None:
    settings.USE_TZ = False
    settings.SECURE_SSL_REDIRECT = True
    settings.DATABASES["default"]["ATOMIC_REQUESTS"] = True
    try:
        assert ids(check_project()) == ["daraja.W004", "daraja.W005", "daraja.W006"]
    finally:
        settings.DATABASES["default"]["ATOMIC_REQUESTS"] = False
    settings.USE_TZ = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert check_project() == []


def test_a_cache_of_one_process_is_named_before_a_deployment(settings: LazySettings) -> None:
    given(settings, GOOD)
    assert ids(check_deployment()) == ["daraja.W007"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
    assert check_deployment() == []


def test_the_database_is_checked_where_django_checks_databases() -> None:
    assert check_database() == []
    assert check_database(databases=["default"]) == []


@pytest.mark.parametrize(
    ("is_mariadb", "version", "expected"),
    [
        (True, (10, 6, 1), []),
        (True, (10, 5, 9), ["daraja.E009"]),
        (False, (8, 0), []),
        (False, (5, 7), ["daraja.E009"]),
    ],
)
def test_a_version_that_is_too_old_is_refused(
    *, is_mariadb: bool, version: tuple[int, ...], expected: list[str]
) -> None:
    assert ids(problems_of(Mysql(mysql_is_mariadb=is_mariadb, mysql_version=version))) == expected
