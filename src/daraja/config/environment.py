"""The Daraja to talk to: Safaricom's sandbox, production, the local simulator, or another address."""

import re
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

import attrs

from daraja.config.checks import Setting, raise_setting_faults
from daraja.fields import value_or_fault
from daraja.values.pasted import check_unwrapped
from daraja.values.secret import hide_locals

_NAMED: Final = {
    "sandbox": "https://sandbox.safaricom.co.ke",
    "production": "https://api.safaricom.co.ke",
    "simulator": "http://127.0.0.1:8765",
}
_LIKE_A_NAME: Final = re.compile("[A-Za-z]{1,12}")
"""Any other text in the place of a name may be a secret, so no error shows it."""
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|[0-9a-f:]+")
_CONTAINER: Final = re.compile(r"[a-z][a-z0-9-]*")
"""A name without a dot belongs to a container or the local network; no public name server knows it."""
_HOST_OF_CONTAINERS: Final = re.compile(r"(host|gateway)\.[a-z0-9-]+\.internal")
"""The machine on which a container runs, in the words of Docker, Podman, Lima and Minikube."""
_PRIVATE_NAMES: Final = (".internal", ".local", ".home.arpa")
"""Endings that no registry sells; only this network knows such a name."""
_PRIVATE: Final = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_NAMES: Final = {address: name for name, address in _NAMED.items()}


def _base_url(value: str) -> str:
    return value_or_fault(_check_base_url, value)


def _name(environment: "Environment") -> str:
    base_url = str(environment.base_url)  # it is a fault if the address is none
    return _NAMES.get(base_url, base_url)


@attrs.frozen
class Environment(Setting):
    """A Daraja to talk to.

    >>> Environment.named("sandbox")
    Environment(base_url='https://sandbox.safaricom.co.ke')
    >>> Environment("http://127.0.0.1:9000").name
    'http://127.0.0.1:9000'

    Args:
        base_url: Scheme, host and perhaps a port: https; or http to this machine, to a container by its name, or to a
            private address. Over http your keys travel unencrypted through that network, so use the sandbox's there.

    Raises:
        ConfigurationError: If it is another kind of address.
    """

    base_url: str = attrs.field(converter=_base_url)
    name: str = attrs.field(default=attrs.Factory(_name, takes_self=True), init=False, eq=False, repr=False)
    """``sandbox``, ``production`` or ``simulator``; for any other address the address itself."""

    @classmethod
    @hide_locals
    def named(cls, name: str, /) -> "Environment":
        """Return the environment called ``sandbox``, ``production`` or ``simulator``.

        Args:
            name: One of the three, in lower case.

        Raises:
            ConfigurationError: If there is no such name. No name stands for another environment.
        """
        raise_setting_faults({"environment": value_or_fault(_check_name, name)})
        return cls(_NAMED[name])

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine or in a container, or without encryption in a private network."""
        # With encryption it may be a gateway to production, which calls back from outside.
        return self.is_on_this_machine or urlsplit(self.base_url).scheme == "http"

    @property
    def is_on_this_machine(self) -> bool:
        """Whether it runs on this machine or in a container. An address elsewhere may lead to production."""
        return _is_here(urlsplit(self.base_url).hostname or "")


def is_loopback(host: str, /) -> bool:
    """Return whether a host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check_name(name: str) -> str:
    if isinstance(name, str):
        check_unwrapped(name)
    if not isinstance(name, str) or name not in _NAMED:
        shown = repr(name) if isinstance(name, str) and _LIKE_A_NAME.fullmatch(name) else "this name"
        known = ", ".join(_NAMED)
        message = f"{shown} is not known; use one of {known}, or Environment(address) for an address of your own"
        raise ValueError(message)
    return name


def _is_here(host: str) -> bool:
    return is_loopback(host) or any(name.fullmatch(host) for name in (_CONTAINER, _HOST_OF_CONTAINERS))


def _is_near(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return _is_here(host) or host.endswith(_PRIVATE_NAMES)
    return address.is_loopback or any(address in network for network in _PRIVATE)


def _check_base_url(address: str) -> str:
    way_out = (
        "use https://host, or http://127.0.0.1:port for a Daraja on this machine, or http://name:port for a container "
        "or a private address"
    )
    if isinstance(address, str):
        check_unwrapped(address)
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except (ValueError, AttributeError, TypeError):
        parts, host, port = urlsplit(""), "", None
    usable = isinstance(address, str) and address.isprintable() and " " not in address
    if not usable or not _HOST.fullmatch(host) or port == 0:
        raise ValueError(f"is not the address of a Daraja; {way_out}")
    if parts.username is not None or parts.path.rstrip("/") or parts.query or parts.fragment:
        raise ValueError(f"has more than scheme, host and port; {way_out}")
    if not (parts.scheme == "https" or (parts.scheme == "http" and _is_near(host))):
        raise ValueError(f"would send credentials unencrypted or not at all; {way_out}")
    host = f"[{host}]" if ":" in host else host
    usual = port in {None, _DEFAULT_PORTS[parts.scheme]}
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{port}"
