"""The checks that settings share, and the variable and the example that each fault of a setting names."""

import re
from collections.abc import Mapping
from typing import Final

from daraja.errors import ConfigurationError
from daraja.validation import Faults
from daraja.values.secret import Secret

__all__ = ["VARIABLES", "check_secret", "check_shortcode", "settle"]

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


def settle(faults: Faults, /) -> None:
    """Raise ``ConfigurationError`` with all *faults*, each with its variable and an example, if there are any."""
    faults.amend(_with_example)
    faults.settle(ConfigurationError)


def _with_example(field: str, fault: str) -> str:
    if field not in VARIABLES or VARIABLES[field] in fault:
        return fault
    return f"{fault} (in the environment {VARIABLES[field]}; for example {_EXAMPLES[field]})"


_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_LONGEST_SHOWN: Final = 8
"""What is longer in the place of a shortcode may be a passkey or somebody's phone number, and is not shown."""


def check_shortcode(number: str, /) -> str:
    """Check a shortcode, till or store number: five to seven ASCII digits, as text."""
    if number == "":
        message = "is missing"
        raise ValueError(message)
    if not isinstance(number, str) or not _SHORTCODE.fullmatch(number):
        shown = repr(number)
        shown = shown if len(shown) <= _LONGEST_SHOWN else "this"
        message = f"{shown} is not five to seven digits in quotes"
        raise ValueError(message)
    return number


def check_secret(value: str | Secret, /) -> Secret:
    """Check a credential: visible ASCII characters only, since a copied newline is the usual reason for a refusal."""
    secret = Secret(value)
    if not secret:
        message = "is missing"
        raise ValueError(message)
    if not _VISIBLE.fullmatch(secret.reveal()):
        value = secret
        message = "holds a space, a line break or another character that is not visible ASCII; copy it again"
        raise ValueError(message)
    return secret
