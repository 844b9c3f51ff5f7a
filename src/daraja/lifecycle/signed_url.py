"""The signed callback address of one record. Safaricom signs nothing, so the address itself must be unguessable."""

import hmac
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from daraja.config import Config
from daraja.config.callback_url import below
from daraja.config.checks import raise_setting_faults
from daraja.fields import Fault
from daraja.values.secret import Secret

__all__ = ["TOKEN", "Purpose", "claimed_purpose", "last_segment", "read_token", "sign", "signed_url", "verify"]


class Purpose(StrEnum):
    """What Safaricom sends to an address. A token for one purpose proves nothing for another."""

    PAYMENT = "payment"
    """The result of an STK push."""
    RESULT = "result"
    """The result of a payout, a reversal or a balance request."""
    TIMEOUT = "timeout"
    """The notice that such a request waited too long in a queue."""
    ANSWER = "answer"
    """The answer to a transaction status query."""
    VALIDATION = "validation"
    """The question whether a C2B payment is welcome."""
    CONFIRMATION = "confirmation"
    """The notice of a C2B payment."""


# A token is lowercase hex: its version, one letter for its purpose, the key, the signature. Safaricom filters some
# words in addresses, and none of them can be spelled in hex.
_VERSION: Final = "1"
_LETTERS: Final = dict(zip(Purpose, "abcdef", strict=True))
_PURPOSES: Final = {letter: purpose for purpose, letter in _LETTERS.items()}
TOKEN: Final = re.compile(rf"{_VERSION}([a-f])([0-9a-f]{{32}})([0-9a-f]{{64}})")
_OF_REQUESTS: Final = frozenset({Purpose.RESULT, Purpose.TIMEOUT, Purpose.ANSWER})
"""What comes to ``results_url`` of the settings, where they have one."""
_REGISTERED: Final = frozenset({Purpose.VALIDATION, Purpose.CONFIRMATION})
"""What comes to addresses that are registered once and last for years. They have a secret of their own."""
_NO_TOKEN: Final = "a", "0" * 32, "0" * 64


def signed_url(config: Config, purpose: Purpose, key: str, /) -> Secret:
    """Return the callback address of the record *key*: the configured address and a signed token as its last segment.

    Args:
        config: The settings, with the address and the secrets. The first secret signs.
        purpose: What Safaricom will send there.
        key: The record's key, 32 hex digits.
    """
    address = (config.results_url if purpose in _OF_REQUESTS else "") or config.callback_url
    return Secret(below(address, sign(config, purpose, key)))


def sign(config: Config, purpose: Purpose, key: str, /) -> str:
    """Return the token of the record *key* for one purpose.

    Raises:
        ConfigurationError: If it is for a registered address, and the settings have no secret for those.
    """
    if not (secrets := _secrets(config, purpose)):
        raise_setting_faults({"registered_secret": Fault("is missing, and registered addresses are signed with it")})
    return f"{_VERSION}{_LETTERS[purpose]}{key}{_signature(config, secrets[0], purpose, key)}"


def last_segment(path: str | None, /) -> str:
    """Return the place of the token in a path, which may be the token alone; empty without a path."""
    return "" if path is None else path.strip("/").rpartition("/")[2]


def claimed_purpose(path: str | None, /) -> Purpose | None:
    """Return what a path says that it was signed for, to choose who verifies it; None if it says nothing.

    Args:
        path: A path whose last segment is a token, or the token alone.
    """
    found = TOKEN.fullmatch(last_segment(path))
    return None if found is None else _PURPOSES[found[1]]


def verify(config: Config, purpose: Purpose, token: str, /) -> str | None:
    """Return the key of the record whose address ends in *token*, or None if we did not sign it for that purpose."""
    signed_for, key = read_token(config, token) or (None, None)
    return key if signed_for is purpose else None


def read_token(config: Config, token: str, /) -> tuple[Purpose, str] | None:
    """Return the purpose and the key that *token* was signed for, or None if we did not sign it.

    Every secret is tried, each in constant time, so that a rotation locks nobody out and timing tells nothing.
    """
    found = TOKEN.fullmatch(token)
    letter, key, given = found.groups() if found else _NO_TOKEN
    purpose = _PURPOSES[letter]
    matches = [
        hmac.compare_digest(_signature(config, secret, purpose, key), given) for secret in _secrets(config, purpose)
    ]
    return (purpose, key) if found and any(matches) else None


def _secrets(config: Config, purpose: Purpose) -> Sequence[Secret]:
    if purpose not in _REGISTERED:
        return config.callback_secrets
    return () if config.registered_secret is None else (config.registered_secret,)


def _signature(config: Config, secret: Secret, purpose: Purpose, key: str) -> str:
    message = f"{_VERSION}\n{purpose}\n{config.environment.name}\n{config.business.shortcode}\n{key}"
    return hmac.digest(secret.reveal().encode(), message.encode(), "sha256").hex()
