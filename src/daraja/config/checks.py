"""How a setting is checked: every fault names the environment variable and an example."""

from collections.abc import Mapping
from typing import Final

from daraja.errors import ConfigurationError
from daraja.fields import Checked, faults_in, values_of

VARIABLES: Final[Mapping[str, str]] = {
    "consumer_key": "MPESA_CONSUMER_KEY",
    "consumer_secret": "MPESA_CONSUMER_SECRET",
    "shortcode": "MPESA_BUSINESS_SHORTCODE",
    "store": "MPESA_BUSINESS_SHORTCODE",
    "till": "MPESA_TILL_NUMBER",
    "passkey": "MPESA_PASSKEY",
    "environment": "MPESA_ENVIRONMENT",
    "base_url": "MPESA_BASE_URL",
    "callback_url": "MPESA_CALLBACK_URL",
    "callback_secrets": "MPESA_CALLBACK_SECRETS",
    "results_url": "MPESA_RESULTS_URL",
    "registered_secret": "MPESA_REGISTERED_SECRET",
    "bulk": "MPESA_BULK_SHORTCODE",
    "name": "MPESA_INITIATOR_NAME",
    "security_credential": "MPESA_SECURITY_CREDENTIAL",
    "password": "MPESA_INITIATOR_PASSWORD",
    "certificate": "MPESA_CERTIFICATE",
    "payouts": "MPESA_PAYOUTS",
    "payout_max": "MPESA_PAYOUT_MAX",
    "payout_daily_max": "MPESA_PAYOUT_DAILY_MAX",
    "payout_recipient_daily_max": "MPESA_PAYOUT_RECIPIENT_DAILY_MAX",
    "pull_number": "MPESA_PULL_NUMBER",
    "bill_app_key": "MPESA_BILL_APP_KEY",
}

_PRINTED_SECRET: Final = "what python -c 'import secrets; print(secrets.token_hex(32))' prints"  # noqa: S105 - a command

EXAMPLES: Final[Mapping[str, str]] = {
    "consumer_key": "9v38Dtu5u2BpsITPmLcXNWGMsjZRWSTG",
    "consumer_secret": "bclwIPkcRqw61yUt",
    "shortcode": "174379",
    "store": "174379",
    "till": "5050505",
    "passkey": "the 64 letters and digits that came with the shortcode",
    "environment": "sandbox",
    "base_url": "http://127.0.0.1:8765",
    "callback_url": "https://shop.example/api/payments/callback/",
    "callback_secrets": _PRINTED_SECRET,
    "results_url": "https://shop.example/api/payments/results/",
    "registered_secret": _PRINTED_SECRET,
    "bulk": "600996",
    "name": "testapi",
    "security_credential": "the base64 text that daraja.security_credential() gives",
    "password": "the API user's password on the organisation portal",
    "certificate": "ProductionCertificate.cer, the path of the file from Daraja's portal",
    "payouts": "on",
    "payout_max": "20000",
    "payout_daily_max": "500000",
    "payout_recipient_daily_max": "50000",
    "pull_number": "254722000000",
    "bill_app_key": "the app_key that opting in to Bill Manager answered",
}


class Setting(Checked):
    """The base of an attrs value that is part of the settings: it raises ``ConfigurationError`` with all faults."""

    __slots__ = ()

    def __attrs_post_init__(self) -> None:
        raise_setting_faults(values_of(self))


def raise_setting_faults(values: Mapping[str, object], /) -> None:
    """Raise ``ConfigurationError`` with all the faults among *values*, each with its variable and an example.

    Args:
        values: The values of the fields, by the names of the fields.

    Raises:
        ConfigurationError: If there is a fault.
    """
    faults = faults_in(values)
    if faults:
        raise ConfigurationError(faults, {field: hint_about(field, words) for field, words in faults.items()})


def hint_about(field: str, words: str, /) -> str:
    """Return the variable of a field and an example; nothing if there is no variable or *words* name it already."""
    if field not in VARIABLES or VARIABLES[field] in words:
        return ""
    return f"in the environment {VARIABLES[field]}; for example {EXAMPLES[field]}"
