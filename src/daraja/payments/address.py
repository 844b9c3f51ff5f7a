"""The signed callback address of one payment: Safaricom signs nothing, so the address itself has to be unguessable."""

import hmac
import re
from typing import Final

from daraja.config import Config
from daraja.values.secret import Secret

__all__ = ["callback_address", "key_in"]

_VERSION: Final = "1"
_TOKEN: Final = re.compile(r"([0-9a-f]{32})([0-9a-f]{64})")


def callback_address(config: Config, key: str, /) -> Secret:
    """Give the address for the callback of the payment *key*: the configured one and one more path segment.

    The segment is lowercase hex, in which none of the words can be spelled that Safaricom filters.
    """
    address, question_mark, query = config.callback_url.partition("?")
    signature = _signature(config, config.callback_secrets[0], key)
    return Secret(f"{address.rstrip('/')}/{key}{signature}/{question_mark}{query}")


def key_in(config: Config, token: str, /) -> str | None:
    """Give the key of the payment whose address ends in *token*, or None where we did not sign it.

    Every secret is tried, each in constant time, so that neither a rotation nor a stop-watch lets anybody in.
    """
    found = _TOKEN.fullmatch(token)
    key, given = found.groups() if found else ("0" * 32, "0" * 64)
    signed = [hmac.compare_digest(_signature(config, secret, key), given) for secret in config.callback_secrets]
    return key if found and any(signed) else None


def _signature(config: Config, secret: Secret, key: str) -> str:
    message = f"{_VERSION}\n{config.environment.name}\n{config.business.shortcode}\n{key}"
    return hmac.digest(secret.reveal().encode(), message.encode(), "sha256").hex()
