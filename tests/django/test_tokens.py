"""Tokens in each cache that Django has: in memory, in its database, in memcached and in Redis."""

from collections.abc import Callable, Generator
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.core.cache import cache, caches
from django.core.management import call_command
from django.db import connections

from daraja.system.machine import Clock
from daraja.testing import SharedTokenCacheContract
from daraja.tokens import CacheTokens
from tests.tokens.door import Door


class TestTheCacheOfEveryMachine(SharedTokenCacheContract):
    def make_tokens(self, clock: Clock, /) -> CacheTokens:
        return CacheTokens(cache, clock=clock)

    def in_thread(self, work: Callable[[], None], /) -> None:
        work()
        caches.close_all()


class TestDjangoWithItsDatabase(TestTheCacheOfEveryMachine):
    @pytest.fixture(autouse=True)
    def database_with_a_table(self, settings: LazySettings, transactional_db: None) -> None:  # noqa: ARG002 - as it says
        backend = "django.core.cache.backends.db.DatabaseCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "cached"}}
        call_command("createcachetable", verbosity=0)
        cache.clear()

    def in_thread(self, work: Callable[[], None], /) -> None:
        work()
        connections.close_all()


class TestDjangoWithMemcached(TestTheCacheOfEveryMachine):
    @pytest.fixture(autouse=True)
    def memcached_behind_a_door(self, settings: LazySettings, memcached: str) -> Generator[None]:
        host, _, port = memcached.partition(":")
        with Door(host, int(port)) as self.door:
            backend = "django.core.cache.backends.memcached.PyMemcacheCache"
            options = {"timeout": 60, "connect_timeout": 60, "retry_attempts": 0, "dead_timeout": 0}
            location = f"127.0.0.1:{self.door.port}"
            settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": location, "OPTIONS": options}}
            yield

    def disconnect(self) -> None:
        self.door.shut()

    def reconnect(self) -> None:
        self.door.open()


class TestDjangoWithRedis(TestTheCacheOfEveryMachine):
    @pytest.fixture(autouse=True)
    def redis_behind_a_door(self, settings: LazySettings, redis_url: str) -> Generator[None]:
        parts = urlsplit(redis_url)
        with Door(parts.hostname or "127.0.0.1", parts.port or 6379) as self.door:
            credentials, at, _ = parts.netloc.rpartition("@")
            address = parts._replace(netloc=f"{credentials}{at}127.0.0.1:{self.door.port}").geturl()
            backend = "django.core.cache.backends.redis.RedisCache"
            timeouts = {"socket_timeout": 60, "socket_connect_timeout": 60}
            settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": address, "OPTIONS": timeouts}}
            yield

    def disconnect(self) -> None:
        self.door.shut()

    def reconnect(self) -> None:
        self.door.open()
