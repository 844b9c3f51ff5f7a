"""All settings of a client in one value that is right or does not exist."""

import hmac
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from daraja import fields
from daraja.config.business import Business, Initiator, PayBill, Till
from daraja.config.callback_url import check_callback_url, doubts_about_callback_url
from daraja.config.checks import VARIABLES, Setting, raise_setting_faults
from daraja.config.environment import Environment
from daraja.errors import ConfigurationError, ConfigurationWarning
from daraja.privacy import hide_locals
from daraja.validation import Fault, raise_faults, value_or_fault, values_of
from daraja.values.money import MAX_AMOUNT
from daraja.values.secret import Secret, check_credential

__all__ = ["Config"]

_SANDBOX: Final = Environment.named("sandbox")
_SANDBOX_SHORTCODE: Final = "174379"
_SANDBOX_PASSKEY: Final = Secret("bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919")
"""Both are printed in Daraja's documentation (MpesaExpressSimulate), so they belong to everybody."""

_SHORTEST_CALLBACK_SECRET: Final = 16
_CALLER: Final = 4
"""Whom a warning is for: below are what warns, the constructor that attrs makes, and what hides its arguments."""


def _consumer_key(value: str | Secret) -> Secret:
    return value_or_fault(_check_consumer_key, value)


def _callback_secrets(value: Sequence[str | Secret]) -> tuple[Secret, ...]:
    return value_or_fault(_check_callback_secrets, value)


def _environment(value: str | Environment | None) -> Environment:
    return value_or_fault(_check_environment, value)


def _business(value: Business) -> Business:
    return value_or_fault(_check_business, value)


def _initiator(value: Initiator | None) -> Initiator | None:
    return value_or_fault(_check_initiator, value)


def _max_amount(value: int) -> int:
    return value_or_fault(_check_max_amount, value)


@attrs.frozen(kw_only=True)
class Config(Setting):
    """The settings of one pay bill or till in one environment.

    >>> config = Config(
    ...     consumer_key="9v38Dtu5u2BpsITPmLcXNWGMsjZRWSTG",
    ...     consumer_secret="bclwIPkcRqw61yUt",
    ...     business=PayBill("174379", passkey="bfb279f9aa9bdbcf"),
    ...     environment="simulator",
    ...     callback_url="https://shop.example/api/payments/callback/",
    ... )
    >>> config.consumer_secret, config.environment.name
    (Secret(***), 'simulator')

    Args:
        consumer_key: The app's key on Daraja's portal.
        consumer_secret: The app's secret on Daraja's portal.
        business: Who is paid: a ``PayBill`` or a ``Till``.
        environment: ``sandbox`` (also where None is given), ``production``, ``simulator``, or an ``Environment``.
        callback_url: Where Safaricom reports what became of a payment: https and public in production.
        callback_secrets: What addresses of payments are signed with, 16 characters or more each: the first signs, all
            verify. Where none is given, one is derived from the consumer secret.
        initiator: The API user for products that need one; asking customers for money does not.
        max_amount: The highest amount of one payment, in KES.

    Raises:
        ConfigurationError: If anything is wrong; every field that is wrong is named at once.

    Warns:
        ConfigurationWarning: If the callback address will probably not be called.

    Source:
        Daraja, Authorization and MpesaExpressSimulate.
    """

    consumer_key: Secret = attrs.field(converter=_consumer_key)
    consumer_secret: Secret = attrs.field(converter=fields.credential)
    business: Business = attrs.field(converter=_business)
    environment: Environment = attrs.field(default=_SANDBOX, converter=_environment)
    callback_url: str
    callback_secrets: tuple[Secret, ...] = attrs.field(default=(), converter=_callback_secrets)
    initiator: Initiator | None = attrs.field(default=None, converter=_initiator)
    max_amount: int = attrs.field(default=MAX_AMOUNT, converter=_max_amount)

    def __attrs_post_init__(self) -> None:
        raise_setting_faults({**values_of(self), **_faults_between(self)})
        if not self.callback_secrets:
            object.__setattr__(self, "callback_secrets", (_derived_from(self.consumer_secret),))
        for doubt in doubts_about_callback_url(self.callback_url, self.environment):
            warnings.warn(f"callback_url {doubt}", ConfigurationWarning, stacklevel=_CALLER)

    @classmethod
    @hide_locals
    def from_env(cls, environ: Mapping[str, str] | None = None, /) -> "Config":
        """Read the settings from ``MPESA_*`` variables.

        ``MPESA_CONSUMER_KEY``, ``MPESA_CONSUMER_SECRET``, ``MPESA_BUSINESS_SHORTCODE`` (a till's store number),
        ``MPESA_PASSKEY`` and ``MPESA_CALLBACK_URL`` are needed; ``MPESA_ENVIRONMENT`` (none: the sandbox),
        ``MPESA_CALLBACK_SECRETS`` (comma-separated), ``MPESA_TILL_NUMBER`` and ``MPESA_BASE_URL`` are not.

        Args:
            environ: The variables, where they are not those of the process.

        Raises:
            ConfigurationError: If anything is missing or wrong; every variable that is wrong is named at once.
        """
        given = os.environ if environ is None else environ
        variables = {field: given.get(name) or "" for field, name in VARIABLES.items()}
        return cls(
            consumer_key=variables["consumer_key"],
            consumer_secret=variables["consumer_secret"],
            business=value_or_fault(_business_in, variables),
            environment=value_or_fault(_environment_in, variables),
            callback_url=variables["callback_url"],
            callback_secrets=[secret for part in variables["callback_secrets"].split(",") if (secret := part.strip())],
        )


def _check_consumer_key(value: str | Secret) -> Secret:
    key = check_credential(value)
    if ":" in key.reveal():
        message = "holds a colon; the key and the secret go into two settings"
        raise ValueError(message)
    return key


def _check_callback_secrets(secrets: Sequence[str | Secret]) -> tuple[Secret, ...]:
    if isinstance(secrets, str | bytes) or not isinstance(secrets, Iterable):
        message = f"is {type(secrets).__name__}; give a list of texts"
        raise ValueError(message)
    checked = tuple(check_credential(secret) for secret in secrets)
    if any(len(secret.reveal()) < _SHORTEST_CALLBACK_SECRET for secret in checked):
        message = f"has a secret of fewer than {_SHORTEST_CALLBACK_SECRET} characters, which could be guessed"
        raise ValueError(message)
    return checked


def _check_environment(environment: str | Environment | None) -> Environment:
    if isinstance(environment, Environment):
        return environment
    return Environment.named("sandbox" if environment is None else environment)


def _check_business(business: Business) -> Business:
    if not isinstance(business, PayBill | Till):
        message = f"is {type(business).__name__}; give PayBill(shortcode, passkey=...) or Till(store=..., till=...)"
        raise ValueError(message)
    return business


def _check_initiator(initiator: Initiator | None) -> Initiator | None:
    if initiator is not None and not isinstance(initiator, Initiator):
        message = f"is {type(initiator).__name__}; give Initiator(name, credential=...)"
        raise ValueError(message)
    return initiator


def _check_max_amount(amount: int) -> int:
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 1:
        message = "is not a whole number of shillings above 0"
        raise ValueError(message)
    return amount


def _faults_between(config: Config) -> Mapping[str, object]:
    """Check what two fields say together, as far as each of them is right by itself."""
    business, environment = config.business, config.environment
    # Whoever meant an environment that there is not hears about the form of the address alone.
    asked = _SANDBOX if isinstance(environment, Fault) else environment
    found: dict[str, object] = {"callback_url": value_or_fault(check_callback_url, config.callback_url, asked)}
    if isinstance(business, Fault) or asked.name != "production":
        return found
    if business.shortcode == _SANDBOX_SHORTCODE:
        words = "is the sandbox's public shortcode; production needs your own (MPESA_BUSINESS_SHORTCODE)"
        found["shortcode"] = Fault({"": words})
    if business.passkey == _SANDBOX_PASSKEY:
        words = "is the sandbox's public passkey; production needs your own (MPESA_PASSKEY)"
        found["passkey"] = Fault({"": words})
    return found


def _derived_from(consumer_secret: Secret) -> Secret:
    return Secret(hmac.digest(consumer_secret.reveal().encode(), b"daraja callback address 1", "sha256").hex())


def _business_in(variables: Mapping[str, str]) -> Business:
    """Read the till where there is one, else the pay bill."""
    if variables["till"]:
        return Till(store=variables["store"], till=variables["till"], passkey=variables["passkey"])
    return PayBill(variables["shortcode"], passkey=variables["passkey"])


def _environment_in(variables: Mapping[str, str]) -> Environment:
    """Read the address where there is one, else the name, else the sandbox."""
    name, base_url = variables["environment"], variables["base_url"]
    named = value_or_fault(Environment.named, name) if name else None
    given = value_or_fault(Environment, base_url) if base_url else None
    raise_faults({"environment": named, "base_url": given})
    if given is None:
        return named or _SANDBOX
    agreed = named in {None, given} or (named == Environment.named("simulator") and given.is_local)
    if not agreed:
        fault = f"MPESA_ENVIRONMENT is {name} but MPESA_BASE_URL is {given.base_url}; leave one of them out"
        raise ConfigurationError({"environment": fault})
    return given
