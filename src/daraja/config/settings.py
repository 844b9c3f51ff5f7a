"""All settings of a client in one value that is right or does not exist."""

import hmac
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import attrs

from daraja.config.business import Business, Initiator, PayBill, Till
from daraja.config.callback_url import check_callback_url, doubts_about_callback_url
from daraja.config.checks import VARIABLES, check_secret, settle
from daraja.config.environment import Environment
from daraja.errors import ConfigurationError, ConfigurationWarning
from daraja.validation import Faults
from daraja.values.money import MAX_AMOUNT
from daraja.values.secret import Secret

__all__ = ["Config"]

_SANDBOX_SHORTCODE: Final = "174379"
_SANDBOX_PASSKEY: Final = Secret("bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919")
"""Both are printed in Daraja's documentation (MpesaExpressSimulate), so they belong to everybody."""

_SHORTEST_CALLBACK_SECRET: Final = 16


@attrs.frozen(init=False, kw_only=True)
class Config:
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

    consumer_key: Secret
    consumer_secret: Secret
    business: Business
    environment: Environment
    callback_url: str
    callback_secrets: tuple[Secret, ...]
    initiator: Initiator | None
    max_amount: int

    def __init__(  # noqa: PLR0913 - a keyword for each setting
        self,
        *,
        consumer_key: str | Secret,
        consumer_secret: str | Secret,
        business: Business,
        environment: str | Environment | None = None,
        callback_url: str,
        callback_secrets: Sequence[str | Secret] = (),
        initiator: Initiator | None = None,
        max_amount: int = MAX_AMOUNT,
    ) -> None:
        faults = Faults()
        consumer_key = faults.check("consumer_key", _check_consumer_key, consumer_key)
        consumer_secret = faults.check("consumer_secret", check_secret, consumer_secret)
        signing = faults.check("callback_secrets", _check_callback_secrets, callback_secrets)
        callback_secrets = ()
        if "consumer_secret" not in faults:
            signing = signing or (_derived_from(consumer_secret),)
        environment = faults.check("environment", _check_environment, environment)
        business = faults.check("business", _check_business, business)
        if "business" not in faults and "environment" not in faults:
            _refuse_public_credentials(faults, business, environment)
        asked = Environment.named("sandbox") if "environment" in faults else environment
        callback_url = faults.check("callback_url", partial(check_callback_url, environment=asked), callback_url)
        initiator = faults.check("initiator", _check_initiator, initiator)
        if isinstance(max_amount, bool) or not isinstance(max_amount, int) or max_amount < 1:
            faults.add("max_amount", "is not a whole number of shillings above 0")
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue] - attrs makes it
            consumer_key=consumer_key,
            consumer_secret=consumer_secret,
            business=business,
            environment=environment,
            callback_url=callback_url,
            callback_secrets=signing,
            initiator=initiator,
            max_amount=max_amount,
        )
        settle(faults)
        for doubt in doubts_about_callback_url(callback_url, environment):
            warnings.warn(f"callback_url {doubt}", ConfigurationWarning, stacklevel=2)

    @classmethod
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
        variables = _Variables(environ)
        environ = None  # so that a traceback with local variables shows no secret
        faults = Faults()
        business = faults.check("business", _Variables.business, variables)
        environment: Environment | str | None = faults.check("environment", _Variables.environment, variables)
        named = "environment" not in faults
        if not named or "base_url" in faults:
            environment = ""  # never the default of whoever meant another one

        def config(variables: _Variables) -> Config:
            return cls(
                consumer_key=variables["consumer_key"],
                consumer_secret=variables["consumer_secret"],
                business=business,
                environment=environment,
                callback_url=variables["callback_url"],
                callback_secrets=variables.callback_secrets(),
            )

        read = faults.check("config", config, variables)
        faults.forget("business")  # said already, in words about its own fields
        if named and environment == "":
            faults.forget("environment")  # said already, of the address
        settle(faults)
        return read


def _check_consumer_key(key: str | Secret) -> Secret:
    secret = check_secret(key)
    key = secret
    if ":" in secret.reveal():
        message = "holds a colon; the key and the secret go into two settings"
        raise ValueError(message)
    return secret


def _check_callback_secrets(secrets: Sequence[str | Secret]) -> tuple[Secret, ...]:
    if isinstance(secrets, str | bytes) or not isinstance(secrets, Iterable):
        message = f"is {type(secrets).__name__}; give a list of texts"
        secrets = ()
        raise ValueError(message)
    checked = tuple(check_secret(secret) for secret in secrets)
    secrets = checked
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


def _refuse_public_credentials(faults: Faults, business: Business, environment: Environment) -> None:
    if environment.name != "production":
        return
    if business.shortcode == _SANDBOX_SHORTCODE:
        faults.add(
            "shortcode", "is the sandbox's public shortcode; production needs your own (MPESA_BUSINESS_SHORTCODE)"
        )
    if business.passkey == _SANDBOX_PASSKEY:
        faults.add("passkey", "is the sandbox's public passkey; production needs your own (MPESA_PASSKEY)")


def _derived_from(consumer_secret: Secret) -> Secret:
    return Secret(hmac.digest(consumer_secret.reveal().encode(), b"daraja callback address 1", "sha256").hex())


class _Variables:
    """The ``MPESA_*`` variables, in an object that does not show them."""

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        given = os.environ if environ is None else environ
        self.__values: Final = {name: given.get(name) or "" for name in VARIABLES.values()}

    def __getitem__(self, field: str) -> str:
        return self.__values[VARIABLES[field]]

    def business(self) -> Business:
        """Read the till where there is one, else the pay bill."""
        if self["till"]:
            return Till(store=self["store"], till=self["till"], passkey=self["passkey"])
        return PayBill(self["shortcode"], passkey=self["passkey"])

    def environment(self) -> Environment | None:
        """Read the address where there is one, else the name, else nothing."""
        name, base_url = self["environment"], self["base_url"]
        faults = Faults()
        named = faults.check("environment", Environment.named, name) if name else None
        given = faults.check("base_url", _at, base_url) if base_url else None
        faults.settle(ConfigurationError)
        if given is None:
            return named
        agreed = named in {None, given} or (named == Environment.named("simulator") and given.is_local)
        if not agreed:
            fault = f"MPESA_ENVIRONMENT is {name} but MPESA_BASE_URL is {given.base_url}; leave one of them out"
            raise ConfigurationError({"environment": fault})
        return given

    def callback_secrets(self) -> tuple[str, ...]:
        """Read the secrets between the commas."""
        return tuple(secret.strip() for secret in self["callback_secrets"].split(",") if secret.strip())


def _at(base_url: str) -> Environment:
    try:
        return Environment(base_url)
    except ConfigurationError as error:
        faults = {"base_url": error.faults["environment"]}
    raise ConfigurationError(faults)
