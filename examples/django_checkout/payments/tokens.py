"""Daraja's access token in Django's cache, so that all processes of a shop share one."""

import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from django.core.cache import BaseCache, caches

from daraja import Secret
from daraja.http.access_token import as_token
from daraja.system.clock import Clock, SystemClock
from daraja.system.fork_local import ForkLocal
from daraja.tokens import MemoryTokens
from daraja.tokens.circuit_breaker import CircuitBreaker

__all__ = ["CachedTokens"]

Answer = TypeVar("Answer")

_PAUSE: Final = 0.05


class CachedTokens:
    """A ``daraja.tokens.SharedTokenCache`` in one of Django's caches.

    Where the cache is away, the process goes on by itself with the last token it saw, says so once in the log and tries
    again every few seconds.

    Args:
        alias: Which of ``CACHES``; one that all processes share, so not ``locmem`` with more than one.
        clock: Where the time comes from, if not from the machine.
    """

    def __init__(self, alias: str = "default", *, clock: Clock | None = None) -> None:
        self._alias: Final = alias
        self._clock: Final = SystemClock() if clock is None else clock
        self._memory: Final = MemoryTokens(self._clock)
        # Each kind of cache fails in its own way.
        self._breakers: Final = ForkLocal(lambda: CircuitBreaker(alias, (Exception,), self._clock))

    def get(self, key: str, /) -> Secret | None:
        """See ``TokenCache.get``."""
        found = self._call(lambda cache: _read(cache.get(_name(key))), fallback=None)
        if found is None:
            return self._memory.get(key)
        token, ends = found
        if token is not None:
            self._memory.put(key, token, ends - self._clock.now().timestamp())
        return token

    def put(self, key: str, token: Secret, seconds: float, /) -> None:
        """See ``TokenCache.put``."""
        self._memory.put(key, token, seconds)
        ends = self._clock.now().timestamp() + seconds
        self._call(lambda cache: cache.set(_name(key), (token.reveal(), ends), seconds), fallback=None)

    @contextmanager
    def alone(self, key: str, seconds: float, /) -> Generator[None]:
        """See ``SharedTokenCache.alone``."""
        lock, owner = f"{_name(key)}:lock", secrets.token_hex(16)
        kept, end = self.get(key), self._clock.monotonic() + seconds

        def taken(cache: BaseCache) -> bool:
            return not cache.add(lock, owner, max(1, round(seconds)))  # Redis and memcached know whole seconds only

        def let_go(cache: BaseCache) -> None:
            if cache.get(lock) == owner:  # only our own: where ours has ended, it is somebody else's by now
                cache.delete(lock)

        while self._call(taken, fallback=False) and self._clock.monotonic() < end and self.get(key) == kept:
            self._clock.sleep(_PAUSE)
        try:
            yield
        finally:
            self._call(let_go, fallback=None)

    def _call(self, function: Callable[[BaseCache], Answer], *, fallback: Answer) -> Answer:
        # Looked up at every call, as each thread has a cache of its own.
        return self._breakers.get().call(lambda alias: function(caches[alias]), fallback=fallback)


def _name(key: str) -> str:
    return f"daraja:token:{key}"


def _read(kept: Any) -> tuple[Secret | None, float]:  # Any: whatever somebody put there
    """Give the token and the time of day when it ends."""
    text, ends = ("", 0.0) if kept is None else kept
    return as_token(text), float(ends)
