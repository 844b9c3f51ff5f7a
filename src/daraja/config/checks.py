"""The variable and the example that each fault of a setting names."""

from collections.abc import Mapping
from typing import Final

from daraja.errors import ConfigurationError
from daraja.validation import Checked, faults_in, values_of

__all__ = ["VARIABLES", "Setting", "raise_setting_faults"]

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
}

_EXAMPLES: Final[Mapping[str, str]] = {
    "consumer_key": "9v38Dtu5u2BpsITPmLcXNWGMsjZRWSTG",
    "consumer_secret": "bclwIPkcRqw61yUt",
    "shortcode": "174379",
    "store": "174379",
    "till": "5050505",
    "passkey": "the 64 letters and digits that came with the shortcode",
    "environment": "sandbox",
    "base_url": "http://127.0.0.1:8765",
    "callback_url": "https://shop.example/api/payments/callback/",
    "callback_secrets": "what python -c 'import secrets; print(secrets.token_hex(32))' prints",
}


class Setting(Checked):
    """The base of an attrs value that is part of the settings: it raises ``ConfigurationError`` with all faults."""

    __slots__ = ()

    def __attrs_post_init__(self) -> None:
        raise_setting_faults(values_of(self))


def raise_setting_faults(values: Mapping[str, object], /) -> None:
    """Raise ``ConfigurationError`` with all the faults among *values*, each with its variable and an example.

    Args:
        values: What the fields hold, by their names.

    Raises:
        ConfigurationError: If there is a fault.
    """
    faults = faults_in(values)
    if faults:
        raise ConfigurationError({field: _with_example(field, words) for field, words in faults.items()})


def _with_example(field: str, fault: str) -> str:
    if field not in VARIABLES or VARIABLES[field] in fault:
        return fault
    return f"{fault} (in the environment {VARIABLES[field]}; for example {_EXAMPLES[field]})"
