"""The checks that settings share; each gives the checked value or a ``ValueError`` that says what to mend."""

import re
from typing import Final

from daraja.secret import Secret

__all__ = ["check_secret", "check_shortcode"]

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
