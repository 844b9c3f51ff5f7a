"""The rules for an address that Safaricom can call."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from daraja.config.environment import Environment, is_loopback
from daraja.values.pasted import check_unwrapped

_FILTERED: Final = re.compile("m-?pesa|safaricom|exec?|cmd|sql|query", re.IGNORECASE)
_TUNNELS: Final = re.compile(r"ngrok|mockbin|requestbin", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(
    r"[<>{}]|\$[a-z_]+|%[a-z_]+%|(?<![a-z])change[-_]?me|(?<![a-z])(?:your|my)[-_.]?(?:domain|host|hostname|site|website|server|url|address|subdomain|tunnel|ngrok)",
    re.IGNORECASE,
)
"""Words that documentation uses in the place of a real address."""
_NOBODY: Final = re.compile(r"(?:^|\.)(example\.(?:com|net|org))\.?$")
"""Reserved names, which nobody can register (RFC 2606, section 3)."""
_NEVER_PUBLIC: Final = (".local", ".internal", ".test", ".invalid", ".lan", ".home.arpa")


def check_callback_url(address: str, /, environment: Environment) -> str:
    """Check that Safaricom can call *address*.

    For the sandbox and a local Daraja the address must be complete and no placeholder. In production it must also be
    https and public; otherwise no callback ever arrives.

    Raises:
        ValueError: If Safaricom cannot call it. The message says what to change.

    Source:
        Daraja FAQ; CustomerToBusinessRegisterURL (production takes public HTTPS only).
    """
    parts = _split(address)
    host = parts.hostname or ""
    if found := _PLACEHOLDER.search(address) or _NOBODY.search(host):
        message = f"has the placeholder {found[0].strip('.')!r}; put the address of your own server in its place"
        raise ValueError(message)
    if environment.name == "sandbox" or environment.is_local:
        return address
    if parts.scheme != "https":
        raise ValueError("is not https; outside the sandbox Safaricom calls https addresses only")
    if not is_public(host):
        message = f"{host} cannot be reached from the internet, so Safaricom could not call it; use a public address"
        raise ValueError(message)
    return address


def doubts_about_callback_url(address: str, environment: Environment, /) -> list[str]:
    """List the probable problems of an address that passed ``check_callback_url``.

    Source:
        Daraja FAQ; CustomerToBusinessRegisterURL (words that are filtered, tunnels).
    """
    doubts: list[str] = []
    words = sorted({word.lower() for word in _FILTERED.findall(address)})
    if words:
        doubts.append(f"holds {', '.join(words)}, and Safaricom filters addresses with such words; choose other words")
    host = _split(address).hostname or ""
    if environment.name == "production" and _TUNNELS.search(host):
        doubts.append("is a tunnel, and Safaricom refuses tunnels in production; use an address of your own")
    if environment.name == "sandbox" and is_loopback(host):
        doubts.append("is this machine, where Safaricom's sandbox cannot call; use a tunnel or the simulator")
    return doubts


def _split(address: str) -> SplitResult:
    if address == "":
        raise ValueError("is missing")
    if isinstance(address, str):
        check_unwrapped(address)
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except (ValueError, AttributeError, TypeError):
        parts, host = urlsplit(""), None
    whole = host and parts.scheme in {"http", "https"}
    if not whole or not address.isascii() or not address.isprintable() or " " in address:
        raise ValueError("is not a whole address without spaces")
    if parts.fragment or parts.username is not None:
        raise ValueError("has a user name or a #fragment, which Safaricom does not send back")
    return parts


def is_public(host: str, /) -> bool:
    """Return whether a host can be public, judged by its name or address alone."""
    try:
        return ip_address(host).is_global
    except ValueError:
        host = host.removesuffix(".")
        top = host.rpartition(".")[2]
        # A name that ends in a number, such as 127.1, is an IP address in an old notation.
        return top != host and top[:1].isalpha() and not is_loopback(host) and not host.endswith(_NEVER_PUBLIC)
