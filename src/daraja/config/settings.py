"""All settings of a client, checked together."""

import hmac
import warnings
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, get_args

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.config.business import Bulk, Business, Initiator
from daraja.config.callback_url import check_callback_url, doubts_about_callback_url
from daraja.config.checks import Setting, raise_setting_faults
from daraja.config.environment import Environment
from daraja.config.from_env import Switch, Variables
from daraja.errors import ConfigurationError, ConfigurationWarning, Problem
from daraja.fields import Fault, value_or_fault, values_of
from daraja.values.prompt import MAX_AMOUNT, normalise_phone
from daraja.values.secret import Secret, check_credential, hide_locals

_SANDBOX: Final = Environment.named("sandbox")
SANDBOX_SHORTCODE: Final = "174379"
SANDBOX_PASSKEY: Final = Secret("bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919")
"""Daraja's documentation prints both (MpesaExpressSimulate), so everybody knows them."""

_SHORTEST_SIGNING_SECRET: Final = 16
_FEWEST_DIFFERENT: Final = 6
"""The lowest number of different characters in a signing secret; 16 random hexadecimal digits have 8 to 13."""
_GUESSABLE: Final = (
    "has a secret that could be guessed, since it repeats a few characters or counts up; use a random one"
)
_FEWEST_NEW: Final = 13
"""Characters of a signing secret that the others do not foretell; of 16 random hexadecimal digits, 13 to 16."""
_PART: Final = 3
_LONGEST_TENANT: Final = 64
_CALLER: Final = 4
"""The frame that a warning points to. Below it are this class, the constructor of attrs and ``hide_locals``."""


def _consumer_key(value: str | Secret) -> Secret:
    return value_or_fault(_check_consumer_key, value)


def _business(value: Business) -> Business:
    hint = "give PayBill(shortcode, passkey=...), Till(store=..., till=...) or Bulk(shortcode)"
    return fields.instance(value, Business, hint)


def _environment(value: str | Environment | None) -> Environment:
    return value_or_fault(_check_environment, value)


def _callback_secrets(value: Sequence[str | Secret]) -> tuple[Secret, ...]:
    return value_or_fault(_check_callback_secrets, value)


def _signing_secret(value: str | Secret) -> Secret:
    return value_or_fault(_check_signing_secret, value)


def _initiator(value: Initiator) -> Initiator:
    return fields.instance(value, Initiator, "give Initiator(name, security_credential)")


def _bulk(value: Bulk) -> Bulk:
    return fields.instance(value, Bulk, "give Bulk(shortcode)")


def _switch(value: Switch) -> Switch:
    return fields.one_of(value, get_args(Switch))


def _shillings(value: int) -> int:
    return value_or_fault(_check_shillings, value)


def _number(value: str) -> str:
    return value_or_fault(_check_number, value)


def _tenant(value: str) -> str:
    return value_or_fault(_check_tenant, value)


@attrs.frozen(kw_only=True)
class Config(Setting):
    """The settings of one organisation in one environment.

    >>> from daraja import Config, PayBill
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
        business: Who is paid, a ``PayBill`` or a ``Till``; or who only pays out, a ``Bulk``.
        environment: ``sandbox`` (also if None is given), ``production``, ``simulator``, or an ``Environment``.
        callback_url: The address to which Safaricom posts the results of payments: https and public in production. It
            is needed if *business* has a passkey.
        callback_secrets: The secrets of the addresses of payments, 16 characters or more each: the first signs, all
            verify. If none is given, one is derived from the consumer secret.
        results_url: Where Safaricom reports results and time-outs of payouts and questions. If it is empty, they go to
            *callback_url*, and the route there has to hand them to ``Payouts.receive``.
        registered_secret: The secret that signs registered addresses, 16 characters or more. They last for years, so
            it is not one of *callback_secrets*.
        initiator: The API user for products that need one; asking customers for money does not.
        bulk: The shortcode that pays out, if it is not that of *business*.
        payouts: ``on`` once money may leave; in the sandbox and a local Daraja it always may.
        payout_max: The highest amount of one payout, in KES.
        payout_daily_max: The highest amount of all payouts of a day, in KES.
        payout_recipient_daily_max: The highest amount for one recipient and day, in KES.
        pull_number: The mobile number that is registered for Pull.
        bill_app_key: The key that Bill Manager gave when you opted in.
        tenant: A name that keeps your payments apart from those of others who share the shortcode and the store, of
            at most 64 characters.
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
    callback_url: str = ""
    callback_secrets: tuple[Secret, ...] = attrs.field(default=(), converter=_callback_secrets)
    results_url: str = ""
    registered_secret: Secret | None = attrs.field(default=None, converter=optional(_signing_secret))
    initiator: Initiator | None = attrs.field(default=None, converter=optional(_initiator))
    bulk: Bulk | None = attrs.field(default=None, converter=optional(_bulk))
    payouts: Switch = attrs.field(default="off", converter=_switch)
    payout_max: int | None = attrs.field(default=None, converter=optional(_shillings))
    payout_daily_max: int | None = attrs.field(default=None, converter=optional(_shillings))
    payout_recipient_daily_max: int | None = attrs.field(default=None, converter=optional(_shillings))
    pull_number: str | None = attrs.field(default=None, converter=optional(_number))
    bill_app_key: Secret | None = attrs.field(default=None, converter=optional(fields.credential))
    tenant: str = attrs.field(default="", converter=_tenant)
    max_amount: int = attrs.field(default=MAX_AMOUNT, converter=_shillings)

    def __attrs_post_init__(self) -> None:
        raise_setting_faults({**values_of(self), **_faults_between(self)})
        if not self.callback_secrets:
            object.__setattr__(self, "callback_secrets", (_derived_from(self.consumer_secret),))
        for problem in _doubts(self):
            warnings.warn(str(problem), ConfigurationWarning, stacklevel=_CALLER)

    @property
    def payout_shortcode(self) -> str:
        """The shortcode that pays out, which is the bulk shortcode if there is one, else that of the business."""
        return (self.bulk or self.business).shortcode

    @property
    def may_pay_out(self) -> bool:
        """Whether money may leave. Outside the sandbox and this machine it may only with ``payouts="on"``."""
        return self.payouts == "on" or _is_trial(self.environment)

    @classmethod
    @hide_locals
    def from_env(cls, environ: Mapping[str, str] | None = None, /) -> "Config":
        """Read the settings from ``MPESA_*`` variables.

        ``MPESA_CONSUMER_KEY``, ``MPESA_CONSUMER_SECRET``, ``MPESA_BUSINESS_SHORTCODE`` (a till's store number),
        ``MPESA_PASSKEY`` and ``MPESA_CALLBACK_URL`` are needed. The last two are not if there is a
        ``MPESA_BULK_SHORTCODE``, a ``MPESA_RESULTS_URL`` or a ``MPESA_REGISTERED_SECRET``, whose products do without.
        The page on environment variables lists all others.

        Args:
            environ: The variables, if they are not those of the process.

        Raises:
            ConfigurationError: If anything is missing or wrong; every variable that is wrong is named at once.
        """
        read = Variables(environ)
        return cls(
            consumer_key=read.text("consumer_key"),
            consumer_secret=read.text("consumer_secret"),
            business=value_or_fault(read.business),
            environment=value_or_fault(read.environment),
            callback_url=value_or_fault(read.callback_url),
            callback_secrets=value_or_fault(read.callback_secrets),
            results_url=read.text("results_url"),
            registered_secret=read.optional("registered_secret"),
            initiator=value_or_fault(read.initiator),
            bulk=value_or_fault(read.bulk),
            payouts=value_or_fault(read.payouts),
            payout_max=value_or_fault(read.shillings, "payout_max"),
            payout_daily_max=value_or_fault(read.shillings, "payout_daily_max"),
            payout_recipient_daily_max=value_or_fault(read.shillings, "payout_recipient_daily_max"),
            pull_number=read.optional("pull_number"),
            bill_app_key=read.optional("bill_app_key"),
        )

    @classmethod
    @hide_locals
    def problems(cls, environ: Mapping[str, str] | None = None, /) -> Sequence[Problem]:
        """List the faults and doubts of the ``MPESA_*`` variables, for a check to print. It never raises or warns.

        Args:
            environ: The variables, if they are not those of the process.

        Returns:
            The problems, those that ``from_env`` raises before those that it warns of.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConfigurationWarning)
            try:
                return _doubts(cls.from_env(environ))
            except ConfigurationError as error:
                return error.problems


def _check_consumer_key(value: str | Secret) -> Secret:
    key = check_credential(value)
    if ":" in key.reveal():
        raise ValueError("holds a colon; the key and the secret go into two settings")
    return key


def _check_environment(environment: str | Environment | None) -> Environment:
    if isinstance(environment, Environment):
        return environment
    return Environment.named("sandbox" if environment is None else environment)


def _check_callback_secrets(secrets: Sequence[str | Secret]) -> tuple[Secret, ...]:
    if isinstance(secrets, str | bytes) or not isinstance(secrets, Iterable):
        raise ValueError(f"is {type(secrets).__name__}; give a list of texts")
    return tuple(_check_signing_secret(secret) for secret in secrets)


def _check_signing_secret(value: str | Secret) -> Secret:
    """Check that a secret is long, has many different characters, and does not repeat one word."""
    secret = check_credential(value)
    text = secret.reveal()
    if len(text) < _SHORTEST_SIGNING_SECRET:
        raise ValueError(f"has a secret of fewer than {_SHORTEST_SIGNING_SECRET} characters, which could be guessed")
    # A text that repeats a shorter one is found in its own double, at the length of that one. Only that one counts.
    repeated = (text + text).index(text, 1)
    if len(set(text)) < _FEWEST_DIFFERENT or repeated < _SHORTEST_SIGNING_SECRET:
        raise ValueError(_GUESSABLE)
    return secret


def _guessable(config: Config) -> Mapping[str, object]:
    """Give the faults of the secrets that somebody could guess, by their fields: they are too weak for real money."""
    given = {"callback_secrets": config.callback_secrets, "registered_secret": (config.registered_secret,)}
    return {
        field: Fault(_GUESSABLE)
        for field, secrets in given.items()
        if not isinstance(secrets, Fault)
        and any(isinstance(secret, Secret) and _how_many_are_new(secret.reveal()) < _FEWEST_NEW for secret in secrets)
    }


def _how_many_are_new(text: str) -> int:
    """Count the characters that end no part which stood before, and no row such as ``abc``, ``321`` or ``aaa``."""

    def is_new(at: int) -> bool:
        part = text[max(0, at + 1 - _PART) : at + 1]
        steps = {ord(after) - ord(before) for before, after in pairwise(part)}
        is_row = len(steps) == 1 and steps <= {-1, 0, 1}
        return len(part) < _PART or not (is_row or part in text[:at])

    return sum(map(is_new, range(len(text))))


def _check_shillings(amount: int) -> int:
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 1:
        raise ValueError("is not a whole number of shillings above 0")
    return amount


def _check_number(value: str) -> str:
    try:
        return normalise_phone(value)
    except ValueError:
        message = "is not a Kenyan mobile number"
    raise ValueError(message)


def _check_tenant(tenant: str) -> str:
    if not isinstance(tenant, str) or len(tenant) > _LONGEST_TENANT or not tenant.isprintable():
        raise ValueError(f"is not text of at most {_LONGEST_TENANT} characters that can be printed")
    return tenant


def _is_trial(environment: Environment) -> bool:
    """Tell whether no real money moves there. Another address may be a gateway to production."""
    return environment.name == "sandbox" or environment.is_on_this_machine


def _faults_between(config: Config) -> Mapping[str, object]:
    """Check the fields against each other, if each of them is right by itself."""
    business, environment = config.business, config.environment
    # If the environment is wrong, only the form of the address is checked.
    asked = _SANDBOX if isinstance(environment, Fault) else environment
    found: dict[str, object] = {}
    if config.callback_url != "" or isinstance(business, Fault) or business.passkey is not None:
        found["callback_url"] = value_or_fault(check_callback_url, config.callback_url, asked)
    if config.results_url != "":
        found["results_url"] = value_or_fault(check_callback_url, config.results_url, asked)
    if not _is_trial(asked):
        found |= _guessable(config)
    if isinstance(business, Fault) or asked.name != "production":
        return found
    if business.shortcode == SANDBOX_SHORTCODE:
        words = "is the sandbox's public shortcode; production needs your own (MPESA_BUSINESS_SHORTCODE)"
        found["shortcode"] = Fault(words)
    if business.passkey == SANDBOX_PASSKEY:
        words = "is the sandbox's public passkey; production needs your own (MPESA_PASSKEY)"
        found["passkey"] = Fault(words)
    return found


def _doubts(config: Config) -> Sequence[Problem]:
    addresses = {"callback_url": config.callback_url, "results_url": config.results_url}
    return [
        Problem("daraja.W001", field, doubt, "")
        for field, address in addresses.items()
        if address
        for doubt in doubts_about_callback_url(address, config.environment)
    ]


def _derived_from(consumer_secret: Secret) -> Secret:
    return Secret(hmac.digest(consumer_secret.reveal().encode(), b"daraja callback address 1", "sha256").hex())
