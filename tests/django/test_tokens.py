"""Tokens in each cache that Django has: in memory, in its database, in memcached and in Redis."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from threading import get_ident
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.core.cache import cache, caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import call_command
from django.db import connections

from daraja import Checkout
from daraja.django import checkout
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


class CacheOfOneThread(LocMemCache):
    """A cache that no two threads may share, such as that of pylibmc."""

    strangers: ClassVar[list[int]]

    def __init__(self, name: str, params: dict[str, Any]) -> None:  # Any: as Django has it
        super().__init__(name, params)
        self._owner = get_ident()

    def get(self, key: str, default: object = None, version: int | None = None) -> object:
        if get_ident() != self._owner:
            self.strangers.append(get_ident())
        return super().get(key, default, version)


@pytest.mark.django_db(transaction=True)
def test_each_thread_uses_a_cache_of_its_own(settings: LazySettings, daraja_django: Checkout) -> None:
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.CacheOfOneThread"}}
    CacheOfOneThread.strangers = []

    def charge(order: str, phone: str) -> None:
        checkout().charge(order=order, phone=phone, amount=500)

    def charge_and_leave() -> None:
        charge("ORD-2", "254733444555")
        connections.close_all()

    charge("ORD-1", "254712345678")
    with ThreadPoolExecutor(max_workers=1) as other:
        other.submit(charge_and_leave).result()
    assert daraja_django.order("ORD-2").prompted
    assert CacheOfOneThread.strangers == []
