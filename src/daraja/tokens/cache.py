"""Access tokens in a cache that processes share: Django's, memcached, Redis."""

import secrets
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar

from daraja.http.exchange import as_token
from daraja.system.fork_local import ForkLocal
from daraja.system.machine import Clock, MemoryTokens, SystemClock
from daraja.tokens.circuit_breaker import CircuitBreaker
from daraja.values.secret import Secret, drop_inner_frames

Answer = TypeVar("Answer")

_PAUSE: Final = 0.05
"""Seconds between two looks at a lock that another process has."""
_LONGEST_LIFE: Final = 3600.0
"""Seconds that a token lives (Daraja, Authorization), whatever the clock of another machine makes of it."""


class Cache(Protocol):
    """A cache of text, with the methods that Django's caches and clients of memcached have."""

    def get(self, key: str, /) -> object:
        """Return the value under *key*, as text or bytes; None if there is none that still lives.

        Args:
            key: Text without spaces, shorter than 100 characters.
        """
        ...

    def set(self, key: str, value: str, seconds: int, /) -> object:
        """Keep *value* under *key*, in place of the one before.

        Args:
            key: As for ``get``.
            value: Text of ASCII characters, shorter than 5,000.
            seconds: How long to keep it, from 1 to 3,600.
        """
        ...

    def add(self, key: str, value: str, seconds: int, /) -> object:
        """Keep *value* under *key* if there is none yet.

        Args:
            key: As for ``get``.
            value: As for ``set``.
            seconds: As for ``set``.

        Returns:
            Whether there was none; only its truth counts.
        """
        ...

    def delete(self, key: str, /) -> object:
        """Delete the value under *key*, if there is one.

        Args:
            key: As for ``get``.
        """
        ...


class CacheTokens:
    """Keeps tokens in a cache, so that all processes that share it ask Daraja for one token between them.

    In a Django project, over ``CACHES["default"]``::

        from django.core.cache import cache

        daraja = Daraja(Config.from_env(), tokens=CacheTokens(cache))

    In memcached, with the package pymemcache::

        from pymemcache.client.base import PooledClient

        client = PooledClient(("127.0.0.1", 11211), connect_timeout=1, timeout=1, default_noreply=False)
        daraja = Daraja(Config.from_env(), tokens=CacheTokens(client))

    While the cache is away, each process goes on by itself with the last token it saw, warns once in the log
    (``tokens.shared_cache_away``) and tries again every few seconds. It can be used from many threads and after a fork.

    A token lies in the cache as plain text, for less than an hour. Until it ends, anybody who reads it can speak to
    Daraja as your app, so use a cache that only your own programs reach.

    Args:
        cache: The cache, which all processes have to share, so not Django's ``locmem`` if there is more than one
            process. Django's file cache lets two processes fetch at once, its database cache does not. A client of
            pymemcache needs ``default_noreply=False``, since ``add`` has to say what it did, and short time-outs,
            since payments wait for it.
        prefix: The names of all entries begin with it.
        clock: Where the time comes from, if not from the machine.
        failures: The exceptions that mean that the cache is away.
    """

    def __init__(
        self,
        cache: Cache,
        /,
        *,
        prefix: str = "daraja:token:",
        clock: Clock | None = None,
        failures: tuple[type[Exception], ...] = (Exception,),
    ) -> None:
        self._prefix: Final = prefix
        self._clock: Final = SystemClock() if clock is None else clock
        self._memory: Final = MemoryTokens(self._clock)
        self._breakers: Final = ForkLocal(lambda: CircuitBreaker(cache, failures, self._clock))

    def get(self, key: str, /) -> Secret | None:
        """Return the token kept under *key*, or None if there is none that still lives."""
        found = self._call(lambda cache: _read(cache.get(self._prefix + key)), fallback=None)
        if found is None:
            return self._memory.get(key)
        token, ends = found
        if token is not None:
            # The cache says when it ends; this is how long the process may use it while the cache is away.
            self._memory.put(key, token, min(ends - self._clock.now().timestamp(), _LONGEST_LIFE))
        return token

    def put(self, key: str, token: Secret, seconds: float, /) -> None:
        """Keep *token* under *key* for so many *seconds*, in place of the one before."""
        self._memory.put(key, token, seconds)
        name, ends = self._prefix + key, self._clock.now().timestamp() + seconds
        if seconds < 1:  # some caches take a time of 0 for ever
            self._call(lambda cache: cache.delete(name), fallback=None)
        else:
            self._call(lambda cache: cache.set(name, f"{ends:.3f} {token.reveal()}", int(seconds)), fallback=None)

    @contextmanager
    def alone(self, key: str, seconds: float, /) -> Generator[None]:
        """Keep other processes out of blocks for *key*, at most *seconds* long; see ``SharedTokenCache.alone``."""
        name, owner = f"{self._prefix}{key}:lock", secrets.token_hex(16)
        kept, end = self.get(key), self._clock.monotonic() + seconds

        def is_taken(cache: Cache) -> bool:
            return not cache.add(name, owner, max(1, round(seconds)))

        def release(cache: Cache) -> None:
            if _as_text(cache.get(name)) == owner:  # only our own: if ours has ended, another process has it by now
                cache.delete(name)

        while self._call(is_taken, fallback=False) and self._clock.monotonic() < end and self.get(key) == kept:
            self._clock.sleep(_PAUSE)
        try:
            yield
        finally:
            self._call(release, fallback=None)

    def _call(self, function: Callable[[Cache], Answer], *, fallback: Answer) -> Answer:
        handled = sys.exception()
        try:
            return self._breakers.get().call(function, fallback=fallback)
        except BaseException as error:
            drop_inner_frames(error, handled)  # of a signal, for example
            raise


def _read(value: object) -> tuple[Secret | None, float]:
    """Return the token, if it can be one, and the time of day when it ends."""
    ends, _, text = _as_text(value).partition(" ")
    try:
        return as_token(text), float(ends)
    except ValueError:
        return None, 0.0


def _as_text(value: object) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return text if isinstance(text, str) else ""
