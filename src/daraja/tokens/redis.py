"""Access tokens in Redis, shared by all processes that use it; needs the extra ``redis``."""

import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeVar

from daraja.errors import ConfigurationError
from daraja.http.access_token import as_token
from daraja.system.clock import Clock, SystemClock
from daraja.system.fork_local import ForkLocal
from daraja.tokens.circuit_breaker import CircuitBreaker
from daraja.tokens.memory import MemoryTokens
from daraja.values.secret import Secret

try:
    from redis import Redis, RedisError
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ImportError as missing:
    message = 'daraja.tokens.redis needs the package redis: pip install "daraja-kit[redis]"'
    raise ImportError(message, name=missing.name) from None

__all__ = ["RedisTokens"]

Answer = TypeVar("Answer")

_PATIENCE: Final = 1.0
"""Seconds for Redis to take a connection, and to answer."""
_PAUSE: Final = 0.05
_FAILURES: Final = (RedisError, OSError, UnicodeError)
_RELEASE: Final = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class RedisTokens:
    """Keeps tokens in Redis, so that all processes that share it ask Daraja for one token between them.

    >>> from daraja import Config, Daraja
    >>> daraja = Daraja(Config.from_env(), tokens=RedisTokens("redis://localhost:6379/0"))  # doctest: +SKIP

    Where Redis is away, each process goes on by itself with the last token it saw, warns once in the log
    (``tokens.shared_cache_away``) and tries again every few seconds. It can be used from many threads and after a fork.

    A token lies in Redis as plain text, for less than an hour, and until it ends whoever reads it can speak to Daraja
    as your app: use a Redis that only your own programs reach, with a password, and ``rediss://`` across networks.

    Args:
        redis: The address of a Redis, ``redis://``, ``rediss://`` or ``unix://``; or a client of yours. Give that one
            short time-outs and no retries, since payments wait for it.
        prefix: What the names of all entries begin with.
        clock: Where the time comes from, if not from the machine.

    Raises:
        ConfigurationError: If *redis* is no such address or client; mend it.
    """

    def __init__(
        self, redis: "str | Secret | Redis", /, *, prefix: str = "daraja:token:", clock: Clock | None = None
    ) -> None:
        address = Secret(redis) if isinstance(redis, str) else redis
        redis = ""  # so that a traceback with local variables shows no password
        connect = _connector(address)
        self._prefix: Final = prefix
        self._clock: Final = SystemClock() if clock is None else clock
        self._memory: Final = MemoryTokens(self._clock)
        self._breakers: Final = ForkLocal(lambda: CircuitBreaker(connect(), _FAILURES, self._clock))

    def get(self, key: str, /) -> Secret | None:
        """Give the token kept under *key*, or None where there is none that still lives."""
        found = self._call(partial(_find, name=self._prefix + key), fallback=None)
        if found is None:
            return self._memory.get(key)
        text, seconds = found
        token = as_token(text)
        if token is not None:
            self._memory.put(key, token, seconds)
        return token

    def put(self, key: str, token: Secret, seconds: float, /) -> None:
        """Keep *token* under *key* for so many *seconds*, in place of the one before."""
        self._memory.put(key, token, seconds)
        self._call(
            lambda redis: redis.set(self._prefix + key, token.reveal(), px=_milliseconds(seconds)), fallback=None
        )

    @contextmanager
    def alone(self, key: str, seconds: float, /) -> Generator[None]:
        """Keep other processes out of blocks for *key*, at most *seconds* long; see ``SharedTokenCache.alone``."""
        name, owner = f"{self._prefix}{key}:lock", secrets.token_hex(16)
        kept, end = self.get(key), self._clock.monotonic() + seconds

        def taken(redis: Redis) -> bool:
            return not redis.set(name, owner, nx=True, px=_milliseconds(seconds))

        while self._call(taken, fallback=False) and self._clock.monotonic() < end and self.get(key) == kept:
            self._clock.sleep(_PAUSE)
        try:
            yield
        finally:
            # Only our own: where ours has ended, it is somebody else's by now.
            self._call(lambda redis: redis.eval(_RELEASE, 1, name, owner), fallback=None)

    def _call(self, function: Callable[[Redis], Answer], *, fallback: Answer) -> Answer:
        return self._breakers.get().call(function, fallback=fallback)


def _find(redis: Redis, /, *, name: str) -> tuple[object, float]:
    """Give the text that stands there and the seconds it still lives, whoever put it there."""
    with redis.pipeline() as pipeline:
        pipeline.mget(name)  # not `get`, which fails where something else than text stands
        pipeline.pttl(name)
        [value], milliseconds = pipeline.execute()
    if milliseconds <= 0:
        return None, 0.0  # nothing of ours lives for ever
    return value.decode("latin-1") if isinstance(value, bytes) else value, milliseconds / 1000


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))  # Redis knows no time of 0


def _connector(redis: object) -> Callable[[], Redis]:
    """Give what makes a client for a process; it connects only when it is first asked."""
    if isinstance(redis, Redis):
        return lambda: redis
    if not isinstance(redis, Secret):
        raise ConfigurationError({"redis": f"is neither an address nor a redis.Redis but {type(redis).__name__}"})

    def connect() -> Redis:
        return Redis.from_url(
            redis.reveal(),
            socket_connect_timeout=_PATIENCE,
            socket_timeout=_PATIENCE,
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
