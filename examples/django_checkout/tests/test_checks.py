"""``manage.py check`` tells what would cost customers or money, with what to do, and never a secret."""

from typing import Any, Final

import pytest
from django.conf import LazySettings
from django.core.checks import CheckMessage, run_checks
from django.db import connection

from mail import send_mail_by
from shops import ENVIRON

PRODUCTION: Final = {
    "MPESA_ENVIRONMENT": "production",
    "MPESA_BASE_URL": "",
    "MPESA_CONSUMER_KEY": "never-shown-key",
    "MPESA_CONSUMER_SECRET": "never-shown-secret",
    "MPESA_BUSINESS_SHORTCODE": "600111",
    "MPESA_PASSKEY": "never-shown-passkey",
    "MPESA_CALLBACK_URL": "https://shop.example/api/payments/callback/",
}


@pytest.fixture(autouse=True)
def production(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    settings.ALLOWED_HOSTS = ["shop.example"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.NUM_PROXIES = 1
    settings.SHOP_CONTACT = "help@shop.example"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://h"}}
    send_mail_by(settings, "django.core.mail.backends.smtp.EmailBackend")
    settings.SMS_BACKEND = "payments.receipts.africas_talking.AfricasTalking"


def found(*, deploy: bool = False) -> list[CheckMessage]:
    return run_checks(tags=["payments"], include_deployment_checks=deploy)


def ids(**options: Any) -> list[str | None]:
    return [message.id for message in found(**options)]


def test_production_as_it_should_be_is_fine() -> None:
    assert found(deploy=True) == []


def test_all_wrong_variables_are_named_at_once_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPESA_CONSUMER_KEY", "never-shown:key")
    monkeypatch.setenv("MPESA_PASSKEY", "")
    monkeypatch.setenv("MPESA_CALLBACK_URL", "http://shop.example/api/payments/callback/")
    messages = found()

    assert [message.id for message in messages] == ["payments.E001"] * 3
    assert {message.msg.split()[0] for message in messages} == {
        *("MPESA_CONSUMER_KEY", "MPESA_PASSKEY", "MPESA_CALLBACK_URL"),
    }
    assert all(message.is_serious() and ".env.example" in str(message.hint) for message in messages)
    assert "never-shown" not in str(messages)


def test_without_any_settings_a_developer_gets_one_sentence(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    for name in PRODUCTION:
        monkeypatch.setenv(name, "")
    assert set(ids()) == {"payments.E001"}

    settings.DEBUG = True
    [message] = found()
    assert (message.id, message.is_serious()) == ("payments.W006", False)
    assert all(name in message.msg for name in ("MPESA_CONSUMER_KEY", "MPESA_PASSKEY", "MPESA_CALLBACK_URL"))


@pytest.mark.parametrize(
    "path",
    ["", "/", "/callback/", "/api/payments/", "/api/payments/mpesa/callback/extra/", "/admin/", "/api/users/me/"],
)
def test_a_callback_address_that_leads_elsewhere_is_an_error(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("MPESA_CALLBACK_URL", f"https://shop.example{path}")
    errors = [message for message in found() if message.id == "payments.E002"]

    assert [error.is_serious() for error in errors] == [True]
    assert "https://shop.example/api/payments/callback/" in str(errors[0].hint)


@pytest.mark.parametrize("end", ["", "/", "?from=safari"])
def test_the_right_one_may_end_as_it_likes(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setenv("MPESA_CALLBACK_URL", f"https://shop.example/api/payments/callback{end}")

    assert ids() == []


def test_a_callback_to_a_host_that_is_not_allowed_is_an_error(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["www.shop.example"]
    [message] = found()

    assert (message.id, message.hint) == ("payments.E003", "Add shop.example to ALLOWED_HOSTS.")


def test_words_that_safaricom_filters_are_a_warning(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    monkeypatch.setenv("MPESA_CALLBACK_URL", "https://mpesa.shop.example/api/payments/callback/")
    settings.ALLOWED_HOSTS = [".shop.example"]

    assert ids() == ["payments.W001"]
    assert "mpesa" in found()[0].msg


def test_a_simulated_daraja_in_production_is_an_error_and_in_development_none(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    assert ids() == ["payments.E004"]

    settings.DEBUG = True
    assert ids() == []


def test_the_sandbox_with_debug_off_is_a_warning(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    monkeypatch.delenv("MPESA_ENVIRONMENT")
    assert ids() == ["payments.W002"]

    settings.DEBUG = True
    assert ids() == []


@pytest.mark.parametrize(
    ("setting", "value"), [("BUSINESS_SHORTCODE", "174379"), ("PASSKEY", ENVIRON["MPESA_PASSKEY"])]
)
def test_sandbox_settings_are_an_error_in_production(monkeypatch: pytest.MonkeyPatch, setting: str, value: str) -> None:
    monkeypatch.setenv(f"MPESA_{setting}", value)

    assert ids() == ["payments.E001"]
    assert "is the sandbox's public" in found()[0].msg


def test_a_redirect_to_https_that_never_ends_is_a_warning(settings: LazySettings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = None
    assert ids() == ["payments.W003"]
    assert "HTTP_X_FORWARDED_PROTO,https" in str(found()[0].hint)

    settings.SECURE_SSL_REDIRECT = False
    assert ids() == []


@pytest.mark.parametrize(
    ("setting", "value", "warning"),
    [
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, "payments.W004"),
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}, "payments.W004"),
        ("SMS_BACKEND", "payments.receipts.sms.ConsoleSms", "payments.W005"),
        ("NUM_PROXIES", 0, "payments.W007"),
        ("SHOP_CONTACT", "", "payments.W008"),
    ],
)
def test_check_deploy_reports_faults_that_matter_only_in_production(
    settings: LazySettings, setting: str, value: object, warning: str
) -> None:
    setattr(settings, setting, value)

    assert ids() == []
    assert ids(deploy=True) == [warning]
    assert found(deploy=True)[0].hint


def test_check_deploy_reports_mail_that_is_only_printed(settings: LazySettings) -> None:
    send_mail_by(settings, "django.core.mail.backends.console.EmailBackend")

    assert [message.msg for message in found(deploy=True)] == ["Receipts by e-mail are printed and not sent."]


def test_transactions_around_requests_are_fine(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ATOMIC_REQUESTS", value=True)

    assert found(deploy=True) == []


@pytest.mark.parametrize(
    ("setting", "value", "error"), [("DEBUG", True, "E005"), ("SECRET_KEY", "only-for-development", "E006")]
)
def test_development_settings_with_production_s_money_are_an_error(
    settings: LazySettings, setting: str, value: object, error: str
) -> None:
    setattr(settings, setting, value)
    assert ids() == [f"payments.{error}"]
    assert found()[0].is_serious()


def test_development_settings_with_the_sandbox_are_fine(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    monkeypatch.setenv("MPESA_ENVIRONMENT", "sandbox")
    settings.DEBUG = True
    settings.SECRET_KEY = settings.DEVELOPMENT_KEY
    assert ids() == []


@pytest.mark.parametrize("vendor", ["mysql", "oracle"])
def test_a_database_that_cannot_keep_payments_is_an_error_before_it_is_migrated(
    monkeypatch: pytest.MonkeyPatch, vendor: str
) -> None:
    monkeypatch.setattr(connection, "vendor", vendor)
    [message] = found()
    assert (message.id, message.is_serious(), "DATABASE_URL" in str(message.hint)) == ("payments.E007", True, True)


def test_times_without_a_zone_are_an_error(settings: LazySettings) -> None:
    settings.USE_TZ = False
    [message] = found()
    assert (message.id, message.is_serious(), "USE_TZ = True" in str(message.hint)) == ("payments.E008", True, True)
