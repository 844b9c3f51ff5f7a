"""Tokens in a real memcached: the contract of shared caches, as a user writes it."""

from collections.abc import Iterator

import pytest
from pymemcache.client.base import PooledClient  # type: ignore[import-untyped] # it ships no types

from daraja.system.machine import Clock
from daraja.testing import SharedTokenCacheContract
from daraja.tokens import CacheTokens
from tests.tokens.door import Door


class TestMemcached(SharedTokenCacheContract):
    @pytest.fixture(autouse=True)
    def memcached_behind_a_door(self, memcached: str) -> Iterator[None]:
        host, _, port = memcached.partition(":")
        self.clients: list[PooledClient] = []
        with Door(host, int(port)) as self.door:
            yield
            for client in self.clients:
                client.close()

    def make_tokens(self, clock: Clock, /) -> CacheTokens:
        server = "127.0.0.1", self.door.port
        client = PooledClient(server, connect_timeout=60, timeout=60, default_noreply=False)
        self.clients.append(client)
        return CacheTokens(client, clock=clock)

    def disconnect(self) -> None:
        self.door.shut()

    def reconnect(self) -> None:
        self.door.open()
