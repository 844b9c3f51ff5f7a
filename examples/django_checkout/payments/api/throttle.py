"""Rate limits per customer. Without the cache nobody is limited."""

import unicodedata
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Any, Final

from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

from daraja.system.clock import SystemClock
from daraja.system.fork_local import ForkLocal
from daraja.tokens.circuit_breaker import CircuitBreaker

__all__ = ["TOO_OFTEN", "Counters", "Throttle", "ThrottleByName", "ThrottleOfAccount"]

TOO_OFTEN: Final = "That was a few times too often. Wait a little, then try again."
_ONE_CUSTOMER: Final = 64
"""A provider gives each of its customers all IPv6 addresses that begin with the same 64 bits."""


class Counters:
    """Counters in Django's cache. If the cache is not reachable, it is logged once and not called for a while."""

    def __init__(self) -> None:
        # Each kind of cache fails in its own way.
        self._breakers: Final = ForkLocal(lambda: CircuitBreaker(cache, (Exception,), SystemClock()))

    def get(self, key: str, otherwise: Any) -> Any:  # Any: whatever lies in a cache, here and below
        """Give a counter."""
        return self._breakers.get().call(lambda cache: cache.get(key, otherwise), fallback=otherwise)

    def set(self, key: str, value: Any, seconds: float) -> None:
        """Store a counter for this number of seconds."""
        self._breakers.get().call(lambda cache: cache.set(key, value, seconds), fallback=None)


class Throttle(ScopedRateThrottle):
    """Django REST framework's throttle, which allows everything while the cache is not reachable.

    Phones are still protected: ``payments.phones`` counts in the database.
    """

    cache = Counters()  # type: ignore[assignment] # it asks a cache for no more than this

    def get_ident(self, request: Request | HttpRequest) -> str:  # pages' requests as well
        """Return the address; for IPv6, the block of addresses of one customer."""
        return _block(super().get_ident(request))  # type: ignore[arg-type] # it reads META


class ThrottleByName(Throttle):
    """Counts logins by address and user name, because customers of a mobile network share a few addresses.

    A view names its rate in ``throttle_scope_by_name``; that of the address alone, in ``throttle_scope``, is larger.
    """

    scope_attr = "throttle_scope_by_name"

    def get_ident(self, request: Request | HttpRequest) -> str:
        """Give the address and the name."""
        return f"{super().get_ident(request)}-{_name_in(request)}"


class ThrottleOfAccount(Throttle):
    """Counts logins to one account from all addresses; a view names its rate in ``throttle_scope_of_account``."""

    scope_attr = "throttle_scope_of_account"

    def get_ident(self, request: Request | HttpRequest) -> str:
        """Give the name alone."""
        return _name_in(request)


def _block(address: str) -> str:
    try:
        ip = ip_address(address)
    except ValueError:
        return address  # as a proxy wrote it
    if ip.version == 4:  # noqa: PLR2004 - IPv4
        return address
    return str(ip.ipv4_mapped or ip_network((ip, _ONE_CUSTOMER), strict=False))


def _name_in(request: Request | HttpRequest) -> str:
    """Return the user name in the form of the login, as text of a fixed length."""
    form, field = (request.data, "email") if isinstance(request, Request) else (request.POST, "username")
    name = str(form.get(field)) if isinstance(form, dict) else ""
    same = unicodedata.normalize("NFKC", name).strip().casefold()
    return sha256(same.encode(errors="replace")).hexdigest()
