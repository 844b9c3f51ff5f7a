"""The addresses that Safaricom calls: the signed one of a record, and those for the result of a request.

Safaricom signs nothing, so the address of a record must be unguessable.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from daraja.config import Config
from daraja.config.callback_url import check_callback_url
from daraja.config.checks import raise_setting_faults
from daraja.fields import Fault, value_or_fault
from daraja.values.secret import Secret


class Purpose(StrEnum):
    """The kind of message that Safaricom sends to an address. A token for one purpose proves nothing for another."""

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
"""The callbacks that come to ``results_url`` of the settings, if they have one."""
_REGISTERED: Final = frozenset({Purpose.VALIDATION, Purpose.CONFIRMATION})
"""The callbacks of addresses that are registered once and last for years. They have a secret of their own."""
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
    """Return the purpose that a path claims, to choose which part verifies it; None if it claims none.

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


def below(address: str, segment: str, /) -> str:
    """Return *address* with one more segment at the end of its path.

    >>> below("https://shop.example/results?shop=1", "timeout")
    'https://shop.example/results/timeout/?shop=1'
    """
    path, question_mark, query = address.partition("?")
    return f"{path.rstrip('/')}/{segment}/{question_mark}{query}"


def address_for(config: Config, given: Secret | None, segment: str, /) -> str:
    """Return the address that is given, or the one in the settings with a segment for its purpose.

    Args:
        config: The settings. If they have no ``results_url``, the callback address takes its place.
        given: An address of the caller's own, if there is one.
        segment: ``result`` or ``timeout``.
    """
    return given.reveal() if given is not None else below(config.results_url or config.callback_url, segment)


def missing_address(config: Config, /, **given: Secret | None) -> Mapping[str, object]:
    """Give the fault of settings without an address, by its field; nothing if none is needed.

    Args:
        config: The settings.
        given: The addresses of the caller's own.
    """
    if config.results_url or config.callback_url or None not in given.values():
        return {}
    return {"results_url": Fault(f"is missing; results need an address, here or as {' and '.join(given)}")}


def address_faults(config: Config, /, **given: Secret | None) -> dict[str, object]:
    """Give the faults of the addresses of the caller's own, by their names.

    Args:
        config: The settings, which say whether an address must be public.
        given: The addresses.
    """
    return {name: value_or_fault(_check, address, config) for name, address in given.items()}


def _check(address: Secret | None, config: Config) -> None:
    if address is not None:
        check_callback_url(address.reveal(), config.environment)
