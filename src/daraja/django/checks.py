"""The checks of ``manage.py check``: each setting, and whether Safaricom's callbacks reach the view."""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name for it
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.models import Model
from django.http.request import validate_host
from django.urls import Resolver404, resolve

from daraja import Bulk, Config
from daraja.api.addresses import Purpose, signed_url
from daraja.config.checks import VARIABLES
from daraja.config.settings import SANDBOX_PASSKEY, SANDBOX_SHORTCODE
from daraja.disbursements.caps import CAPS
from daraja.django.apps import has_caps
from daraja.django.conf import DEFAULTS, HOOKS, hook, option, overruled, variables
from daraja.django.models import Expectation, payment_model
from daraja.django.receipt_store import RECEIPTS
from daraja.django.rows import Tables
from daraja.django.store import PAYOUTS, payment_tables
from daraja.django.views import CallbackView
from daraja.errors import ConfigurationWarning
from daraja.lifecycle.source_ip import read_addresses

Found: TypeAlias = list[CheckMessage]

_ANY_KEY: Final = "0" * 32
_LOCAL_HOSTS: Final = [".localhost", "127.0.0.1", "[::1]"]
"""The hosts that Django allows if ``DEBUG`` is on and ``ALLOWED_HOSTS`` is empty."""
_OLDEST_MYSQL: Final = (8, 0)
_OLDEST_MARIADB: Final = (10, 6)
_PER_PROCESS: Final = ("LocMemCache", "DummyCache")
_NOTHING_SET: Final = "M-Pesa is not set up yet, so nothing can be charged."
_NOTHING_HINT: Final = "Set the MPESA_* variables; MPESA_ENVIRONMENT=simulator needs no account at Safaricom."
_HINT: Final = "Set it in the environment or in Django's settings, under this name."


@register("daraja")
def check_mpesa(**_: Any) -> Found:  # Any: what Django hands to every check, here and below
    """Check the ``MPESA_*`` variables, and that callbacks reach the view."""
    given = variables()
    problems = Config.problems(given)
    if not any(given.values()):
        return [Warning(_NOTHING_SET, hint=_NOTHING_HINT, id="daraja.W002")]
    found: Found = []
    for problem in problems:
        kind = Error if problem.is_error else Warning
        words = f"{VARIABLES.get(problem.field, problem.field)} {problem.words}."
        found.append(kind(words, hint=problem.hint or _HINT, id=problem.id))
    for name in overruled():
        words = f"{name} has one value in Django's settings and another one in the environment."
        found.append(Error(words, hint="Leave it out in one of the two; Django's is used.", id="daraja.E003"))
    if any(problem.is_error for problem in problems):
        return found
    config = _read(given)
    return [*found, *_address(config, Purpose.PAYMENT), *_environment(config)]


@register("daraja")
def check_payouts(**_: Any) -> Found:
    """Check the settings that payouts need, in a project that has a cap on them or has switched them on."""
    given = variables()
    if any(problem.is_error for problem in Config.problems(given)):
        return []  # the check before this one says so
    config = _read(given)
    if not has_caps(config) and config.payouts == "off":
        return []
    missing = [VARIABLES[name] for name in CAPS if getattr(config, name) is None]
    hint = "A cap is the most that a mistake can cost, in whole KES."
    found: Found = [
        Error(f"{name} is missing, so nothing can be paid out.", hint=hint, id="daraja.E018") for name in missing
    ]
    if config.initiator is None:
        words = "The API operator is missing, and every payout names it."
        hint = "Set MPESA_INITIATOR_NAME, and MPESA_SECURITY_CREDENTIAL or the password and the certificate."
        found.append(Error(words, hint=hint, id="daraja.E019"))
    if not config.may_pay_out:
        words = "Payouts have caps and are switched off, so nothing is paid out."
        found.append(Warning(words, hint="Set MPESA_PAYOUTS to on once money may leave.", id="daraja.W009"))
    if option("APPROVAL_FROM") is None:
        words = "DARAJA['APPROVAL_FROM'] is None, so one person alone pays out."
        found.append(Warning(words, hint="Silence this if that is meant.", id="daraja.W010"))
    return [*found, *(_address(config, Purpose.RESULT) if config.results_url else ())]


@register("daraja")
def check_options(**_: Any) -> Found:
    """Check the entries of ``DARAJA``."""
    given = getattr(settings, "DARAJA", {})
    unknown = sorted(set(given) - set(DEFAULTS))
    known = ", ".join(DEFAULTS)
    found: Found = [
        Error(f"DARAJA has an entry {name!r}, which nobody reads.", hint=f"There are {known}.", id="daraja.E004")
        for name in unknown
    ]
    for name in HOOKS:
        try:
            function = hook(name)
        except (ImportError, AttributeError) as error:
            found.append(Error(f"DARAJA[{name!r}] cannot be imported: {error}.", id="daraja.E005"))
        else:
            if function is not None and not callable(function):
                found.append(Error(f"DARAJA[{name!r}] is no function.", id="daraja.E005"))
    if option("ON_SUCCESS") is None and option("AFTER_SUCCESS") is None:
        hint = 'Write DARAJA = {"ON_SUCCESS": "shop.orders.fulfil"} with your own function, which gets the payment.'
        found.append(Warning("Nothing happens when a payment succeeds.", hint=hint, id="daraja.W003"))
    if option("CACHE") not in settings.CACHES:
        found.append(Error(f"DARAJA['CACHE'] is {option('CACHE')!r}, which is not in CACHES.", id="daraja.E006"))
    proxies = option("NUM_PROXIES")
    if isinstance(proxies, bool) or not isinstance(proxies, int) or proxies < 0:
        found.append(Error("DARAJA['NUM_PROXIES'] is not a whole number from 0.", id="daraja.E007"))
    found += _amounts()
    try:
        read_addresses(option("SENDERS") or ())
    except (TypeError, ValueError) as error:
        found.append(Error(f"DARAJA['SENDERS']: {error}.", id="daraja.E008"))
    return found


def _amounts() -> Iterator[CheckMessage]:
    for name in ("APPROVAL_FROM", "LOW_FLOAT"):
        amount = option(name)
        if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int) or amount < 1):
            words = f"DARAJA[{name!r}] is neither None nor a whole number of shillings above 0."
            yield Error(words, id="daraja.E017")


@register("daraja")
def check_receipts(**_: Any) -> Found:
    """Check the settings for payments by hand, if a project has a secret for their addresses or a function for them."""
    given = variables()
    if any(problem.is_error for problem in Config.problems(given)):
        return []  # the first check says so
    config = _read(given)
    has_secret = config.registered_secret is not None
    hears = option("ON_RECEIVED") is not None or option("AFTER_RECEIVED") is not None
    found: Found = []
    if hears and not has_secret:
        words = "MPESA_REGISTERED_SECRET is missing, so nobody hears of payments by hand."
        hint = "Set it to what python -c 'import secrets; print(secrets.token_hex(32))' prints, and keep it for years."
        found.append(Warning(words, hint=hint, id="daraja.W012"))
    if has_secret and config.business.passkey is None and not isinstance(config.business, Bulk):
        words = "MPESA_PASSKEY is missing, so no phone can be asked and customers can only pay by hand."
        found.append(Warning(words, hint="Set it, or silence this if that is meant.", id="daraja.W013"))
    if has_secret and not hears:
        words = "Nothing happens when money comes in by hand."
        hint = 'Write DARAJA = {"ON_RECEIVED": "shop.orders.receive"} with your own function, which gets the receipt.'
        found.append(Warning(words, hint=hint, id="daraja.W011"))
    if option("PULL") and config.pull_number is None:
        words = "DARAJA['PULL'] is on and MPESA_PULL_NUMBER is missing, so Pull finds nothing."
        found.append(Error(words, hint="Set it to the number that was nominated for Pull.", id="daraja.E021"))
    return found


@register("daraja", Tags.database)
def check_database(databases: Any = None, **_: Any) -> Found:  # Any: a list of names, or None
    """Check that the database can keep payments: ``migrate`` and ``check --database`` run this."""
    alias = router.db_for_write(payment_model())
    return problems_of(connections[alias]) if databases and alias in databases else []


def problems_of(connection: Any, /) -> Found:  # Any: a connection of Django's, whose attributes depend on its kind
    """Check that a database can hold the tables."""
    if connection.vendor != "mysql":
        return []
    oldest = _OLDEST_MARIADB if connection.mysql_is_mariadb else _OLDEST_MYSQL
    if connection.mysql_version >= oldest:
        return []
    words = f"Payments cannot be kept in this version of {connection.display_name}."
    return [Error(words, hint="Use MySQL 8 or newer, MariaDB 10.6 or newer, or PostgreSQL.", id="daraja.E009")]


@register("daraja")
def check_project(**_: Any) -> Found:
    """Check settings of Django's that change what this app does."""
    found: Found = []
    if not settings.USE_TZ:
        words = "USE_TZ is off, so times of payments are kept as those of TIME_ZONE, without their zone."
        hint = "Set USE_TZ = True, or never change TIME_ZONE once there are payments."
        found.append(Warning(words, hint=hint, id="daraja.W004"))
    if settings.SECURE_SSL_REDIRECT and not settings.SECURE_PROXY_SSL_HEADER:
        words = "SECURE_SSL_REDIRECT is on and SECURE_PROXY_SSL_HEADER is empty."
        hint = (
            "Behind a proxy that takes https every callback would be redirected and lost: set SECURE_PROXY_SSL_HEADER "
            "to the header that your proxy sets itself. Without a proxy silence this check."
        )
        found.append(Warning(words, hint=hint, id="daraja.W005"))
    alias = router.db_for_write(payment_model())
    found += [*_scattered(payment_tables()), *_scattered(PAYOUTS), *_scattered(RECEIPTS, Expectation)]
    if settings.DATABASES[alias].get("ATOMIC_REQUESTS"):
        which = "" if alias == DEFAULT_DB_ALIAS else f'(using="{alias}")'
        words = "ATOMIC_REQUESTS is on, and a payment is written in a transaction of its own."
        decorator = f"@transaction.non_atomic_requests{which}"
        hint = f"Put {decorator} on each view that calls checkout().charge(), then silence this."
        found.append(Warning(words, hint=hint, id="daraja.W006"))
    return found


def _scattered(tables: Tables[Any], *more: type[Model]) -> Iterator[CheckMessage]:  # Any: records of any kind
    """Check that one database has all that one transaction reads and writes."""
    alias = router.db_for_write(tables.records)
    others = [model.__name__ for model in (*tables.models, *more) if router.db_for_write(model) != alias]
    if others:
        name = tables.record.kind.name
        words = f"A {name} and what belongs to it are in different databases, and one transaction needs them all."
        hint = f"Let your router give {alias!r} for {' and '.join(others)} of the app daraja, too."
        yield Error(words, hint=hint, id="daraja.E015")


@register("daraja", deploy=True)
def check_deployment(**_: Any) -> Found:
    """Check the settings that only matter in production."""
    found: Found = []
    if not any(variables().values()):
        found.append(Error(_NOTHING_SET, hint=_NOTHING_HINT, id="daraja.E014"))
    backend: str = settings.CACHES.get(option("CACHE"), {}).get("BACKEND", "")
    if backend.endswith(_PER_PROCESS):
        words = "The cache is not shared between processes, so each of them fetches an access token of its own."
        found.append(Warning(words, hint="Set CACHES to Redis or memcached.", id="daraja.W007"))
    return found


def _read(given: Mapping[str, str]) -> Config:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConfigurationWarning)  # they are among the problems
        return Config.from_env(given)


def _address(config: Config, purpose: Purpose) -> Iterator[CheckMessage]:
    """Check that callbacks to an address reach the view."""
    parts = urlsplit(signed_url(config, purpose, _ANY_KEY).reveal())
    name = "MPESA_CALLBACK_URL" if purpose is Purpose.PAYMENT else "MPESA_RESULTS_URL"
    try:
        view = getattr(resolve(parts.path).func, "view_class", None)
    except Resolver404:
        view = None
    if view is None or not issubclass(view, CallbackView):
        path = parts.path.rstrip("/").rpartition("/")[0]
        words = f"{name} leads to {path}/, which takes no callbacks, so no result would be heard of."
        hint = f'Write path("{path.strip("/")}/", include("daraja.django.urls")) in urls.py, or mend the address.'
        yield Error(words, hint=hint, id="daraja.E010")
    allowed = settings.ALLOWED_HOSTS or (_LOCAL_HOSTS if settings.DEBUG else [])
    if parts.hostname and not validate_host(parts.hostname, allowed):
        words = f"The host of {name} is not in ALLOWED_HOSTS, so every callback would be answered 400."
        yield Error(words, hint=f"Add {parts.hostname} to ALLOWED_HOSTS.", id="daraja.E011")


def _is_for_development(key: str) -> bool:
    """Tell whether a key says that it is not secret, as that of startproject does."""
    return "insecure" in key or "development" in key


def _environment(config: Config) -> Iterator[CheckMessage]:
    business, is_real = config.business, config.environment.name == "production"
    if not is_real and business.shortcode == SANDBOX_SHORTCODE and business.passkey not in (None, SANDBOX_PASSKEY):
        words = f"MPESA_PASSKEY is not the public passkey of {SANDBOX_SHORTCODE}, so every push would be refused."
        hint = "Copy it from Daraja's page MpesaExpressSimulate, or from what python -m daraja.simulator prints."
        yield Error(words, hint=hint, id="daraja.E020")
    if settings.DEBUG and is_real:
        words = "DEBUG is on while real money moves: every error page would show settings and customers' numbers."
        yield Error(words, hint="Set DEBUG = False, or MPESA_ENVIRONMENT to sandbox.", id="daraja.E012")
    if _is_for_development(settings.SECRET_KEY) and is_real:
        words = "SECRET_KEY is one for development while real money moves: everybody who reads it can forge a login."
        hint = "Set it to what python -c 'import secrets; print(secrets.token_urlsafe(50))' prints."
        yield Error(words, hint=hint, id="daraja.E016")
    if settings.DEBUG:
        return
    if config.environment.is_local:
        words = "A simulated Daraja says who has paid, while DEBUG is off: everybody could buy for nothing."
        yield Error(words, hint="Set MPESA_ENVIRONMENT to production.", id="daraja.E013")
    elif config.environment.name == "sandbox":
        words = "Safaricom's sandbox says who has paid, while DEBUG is off: no money will come."
        hint = "Set MPESA_ENVIRONMENT to production, with your own app's credentials; on a test server silence this."
        yield Warning(words, hint=hint, id="daraja.W008")
