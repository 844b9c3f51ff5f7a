"""Access tokens in Redis, shared by all processes that use it; needs the extra ``redis``."""

from collections.abc import Callable
from typing import Final

from daraja.errors import ConfigurationError
from daraja.system.fork_local import ForkLocal
from daraja.system.machine import Clock
from daraja.tokens.cache import CacheTokens
from daraja.values.secret import Secret, hide_locals

try:
    from redis import Redis, RedisError
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ImportError as missing:
    message = 'daraja.tokens.redis needs the package redis: pip install "daraja-kit[redis]"'
    raise ImportError(message, name=missing.name) from None

__all__ = ["RedisTokens"]

_TIMEOUT: Final = 1.0
"""Seconds for Redis to take a connection, and to answer."""
_FAILURES: Final = (RedisError, OSError, UnicodeError)


class RedisTokens(CacheTokens):
    """Keeps tokens in Redis, so that all processes that share it ask Daraja for one token between them.

    >>> from daraja import Config, Daraja
    >>> daraja = Daraja(Config.from_env(), tokens=RedisTokens("redis://localhost:6379/0"))  # doctest: +SKIP

    While Redis is away, each process goes on by itself with the last token it saw, warns once in the log
    (``tokens.shared_cache_away``) and tries again every few seconds. It can be used from many threads and after a fork.

    A token lies in Redis as plain text, for less than an hour. Until it ends, anybody who reads it can speak to Daraja
    as your app, so use a Redis that only your own programs reach, with a password, and ``rediss://`` across networks.

    Args:
        redis: The address of a Redis, ``redis://``, ``rediss://`` or ``unix://``; or a client of yours. Give that one
            short time-outs and no retries, since payments wait for it.
        prefix: The names of all entries begin with it.
        clock: Where the time comes from, if not from the machine.

    Raises:
        ConfigurationError: If *redis* is no such address or client; mend it.
    """

    @hide_locals  # the address has a password
    def __init__(
        self, redis: "str | Secret | Redis", /, *, prefix: str = "daraja:token:", clock: Clock | None = None
    ) -> None:
        address = Secret(redis) if isinstance(redis, str) else redis
        super().__init__(_RedisCache(_connector(address)), prefix=prefix, clock=clock, failures=_FAILURES)


class _RedisCache:
    """Redis as a ``Cache``, with a client for each process."""

    def __init__(self, connect: "Callable[[], Redis]") -> None:
        self._clients: Final = ForkLocal(connect)

    def get(self, key: str, /) -> object:
        [value] = self._clients.get().mget(key)  # not `get`, which fails if something else than text stands
        return value

    def set(self, key: str, value: str, seconds: int, /) -> object:
        return self._clients.get().set(key, value, ex=seconds)

    def add(self, key: str, value: str, seconds: int, /) -> object:
        return self._clients.get().set(key, value, ex=seconds, nx=True)

    def delete(self, key: str, /) -> object:
        return self._clients.get().delete(key)


def _connector(redis: object) -> Callable[[], Redis]:
    """Return the function that makes a client for a process. The client connects when it is first used."""
    if isinstance(redis, Redis):
        return lambda: redis
    if not isinstance(redis, Secret):
        raise ConfigurationError({"redis": f"is neither an address nor a redis.Redis but {type(redis).__name__}"})

    def connect() -> Redis:
        return Redis.from_url(
            redis.reveal(),
            socket_connect_timeout=_TIMEOUT,
            socket_timeout=_TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        )

    try:
        connect().connection_pool.make_connection()
        usable = True
    except (ValueError, TypeError):
        usable = False
    if not usable:
        raise ConfigurationError({"redis": "is no address of a Redis; write it like redis://:password@host:6379/0"})
    return connect
