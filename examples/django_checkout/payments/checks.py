"""Checks of the settings for ``manage.py check``."""

import warnings
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's name for it
from django.db import connection
from django.http.request import validate_host
from django.urls import Resolver404, resolve

from daraja import Config
from daraja.config.checks import VARIABLES
from daraja.errors import ConfigurationError, ConfigurationWarning
from daraja.lifecycle.signed_url import Purpose, signed_url
from payments.api.callback import MpesaCallbackView

__all__ = ["check_database", "check_mpesa", "check_production", "check_redirect"]

_DATABASES: Final = ("postgresql", "sqlite")
_PER_PROCESS: Final = ("LocMemCache", "DummyCache")
_CONSOLE_MAIL: Final = "django.core.mail.backends.console.EmailBackend"
_CONSOLE_SMS: Final = "payments.receipts.sms.ConsoleSms"
_ENV: Final = "Set it in the environment or in .env; .env.example shows how."


@register("payments")
def check_mpesa(**_: Any) -> list[CheckMessage]:  # Any: what Django hands to every check
    """Check that the ``MPESA_*`` variables are complete, and that Safaricom can reach the callback address."""
    with warnings.catch_warnings(record=True) as doubts:
        warnings.simplefilter("always")
        try:
            config = Config.from_env()
        except ConfigurationError as error:
            return list(_faults(error))
    doubtful = [doubt for doubt in doubts if issubclass(doubt.category, ConfigurationWarning)]
    found: list[CheckMessage] = [Warning(str(doubt.message), hint=_ENV, id="payments.W001") for doubt in doubtful]
    return [*found, *_callback(config), *_environment(config)]


@register("payments")
def check_database(**_: Any) -> list[CheckMessage]:  # Any: as above
    """Check that the database can store payments, before ``migrate`` stops half-way."""
    found: list[CheckMessage] = []
    if connection.vendor not in _DATABASES:
        words = (
            f"Payments cannot be kept in {connection.display_name}: 'migrate' would stop with half of the tables made."
        )
        found.append(Error(words, hint="Set DATABASE_URL=postgresql://..., or sqlite:///...", id="payments.E007"))
    if not settings.USE_TZ:
        words = "USE_TZ is off, so the database keeps times without a zone, and they cannot be compared with daraja's."
        found.append(
            Error(
                words,
                hint="Set USE_TZ = True; TIME_ZONE still says in which zone pages show times.",
                id="payments.E008",
            )
        )
    return found


@register("payments")
def check_redirect(**_: Any) -> list[CheckMessage]:  # Any: as above
    """Check that a redirect to https does not repeat without end."""
    if not settings.SECURE_SSL_REDIRECT or settings.SECURE_PROXY_SSL_HEADER:
        return []
    words = "SECURE_SSL_REDIRECT is on and SECURE_PROXY_SSL_HEADER is empty."
    hint = (
        "Behind a proxy that takes https every request would be redirected for ever, and every callback lost: set "
        "SECURE_PROXY_SSL_HEADER=HTTP_X_FORWARDED_PROTO,https and have the proxy set that header itself."
    )
    return [Warning(words, hint=hint, id="payments.W003")]


@register("payments", deploy=True)
def check_production(**_: Any) -> list[CheckMessage]:  # Any: as above
    """Check the settings for several processes and for receipts."""
    found: list[CheckMessage] = []
    if settings.SECURE_PROXY_SSL_HEADER and not settings.NUM_PROXIES:
        words = "A proxy stands before the shop and NUM_PROXIES is 0, so that everybody seems to come from one address."
        hint = "Set NUM_PROXIES to how many proxies of your own add an address to X-Forwarded-For."
        found.append(Warning(words, hint=hint, id="payments.W007"))
    if settings.CACHES["default"]["BACKEND"].endswith(_PER_PROCESS):
        words = "The cache is not shared between processes, so that each counts attempts and fetches tokens by itself."
        found.append(Warning(words, hint="Set CACHE_URL=redis://...", id="payments.W004"))
    if not settings.SHOP_CONTACT:
        words = "Customers read 'please contact us' and not how."
        found.append(Warning(words, hint="Set SHOP_CONTACT to a phone number or an address.", id="payments.W008"))
    if _mail_backend() == _CONSOLE_MAIL:
        found.append(Warning("Receipts by e-mail are printed and not sent.", hint="Set EMAIL_URL.", id="payments.W005"))
    if settings.SMS_BACKEND == _CONSOLE_SMS:
        hint = "Set AFRICAS_TALKING_API_KEY, or SMS_BACKEND for another provider."
        found.append(Warning("Receipts by text message are printed and not sent.", hint=hint, id="payments.W005"))
    return found


def _mail_backend() -> str:
    mailers: dict[str, dict[str, str]] | None = getattr(settings, "MAILERS", None)  # there from Django 6.1 on
    return settings.EMAIL_BACKEND if mailers is None else mailers["default"]["BACKEND"]


def _faults(error: ConfigurationError) -> Iterable[CheckMessage]:
    """Return every fault; in development without any settings, only one hint."""
    missing = all("is missing" in fault for fault in error.faults.values())
    if settings.DEBUG and missing:
        hint = "Copy .env.example to .env, or run demo.py, which needs none of it."
        names = ", ".join(sorted({VARIABLES.get(field, field) for field in error.faults}))
        yield Warning(f"M-Pesa is not set up yet: {names} missing.", hint=hint, id="payments.W006")
        return
    for field, fault in error.faults.items():
        yield Error(f"{VARIABLES.get(field, field)} {fault}.", hint=_ENV, id="payments.E001")


def _callback(config: Config) -> Iterable[CheckMessage]:
    parts = urlsplit(signed_url(config, Purpose.PAYMENT, "0" * 32).reveal())
    ours = f"{parts.scheme}://{parts.netloc}/api/payments/callback/"
    try:
        view = getattr(resolve(parts.path).func, "view_class", None)
    except Resolver404:
        view = None
    if view is not MpesaCallbackView:
        words = "MPESA_CALLBACK_URL leads to nothing that takes callbacks, so that no payment would be heard of."
        yield Error(words, hint=f"In this shop it is {ours}; each payment adds its own token.", id="payments.E002")
    if parts.hostname and not validate_host(parts.hostname, settings.ALLOWED_HOSTS):
        words = "The host of MPESA_CALLBACK_URL is not in ALLOWED_HOSTS, so that every callback would be answered 400."
        yield Error(words, hint=f"Add {parts.hostname} to ALLOWED_HOSTS.", id="payments.E003")


def _environment(config: Config) -> Iterable[CheckMessage]:
    if config.environment.name == "production":
        yield from _development_settings()
    if settings.DEBUG:
        return
    if config.environment.is_local:
        words = "A simulated Daraja says who has paid, while DEBUG is off: everybody could buy for nothing."
        yield Error(words, hint="Set MPESA_ENVIRONMENT=production and leave MPESA_BASE_URL out.", id="payments.E004")
    elif config.environment.name == "sandbox":
        words = "Safaricom's sandbox says who has paid, while DEBUG is off: no money will come."
        hint = "Set MPESA_ENVIRONMENT=production with the credentials of your own app; on a test server silence this."
        yield Warning(words, hint=hint, id="payments.W002")


def _development_settings() -> Iterable[CheckMessage]:
    if settings.DEBUG:
        words = "DEBUG is on while real money moves: every error page would show settings and customers' numbers."
        yield Error(words, hint="Set DEBUG=false, or MPESA_ENVIRONMENT=sandbox.", id="payments.E005")
    if settings.SECRET_KEY == settings.DEVELOPMENT_KEY:
        words = "SECRET_KEY is the one of the example, with which everybody can forge a login."
        hint = "Set SECRET_KEY to what python -c 'import secrets; print(secrets.token_urlsafe(50))' prints."
        yield Error(words, hint=hint, id="payments.E006")
