"""Tokens in Django's cache: shared, as old as they are, fetched by one process, missed by nobody when it is away."""

import logging
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.core.cache import cache, caches

from daraja import Daraja, Secret
from daraja.system.clock import SystemClock
from daraja.testing import ManualClock
from daraja.tokens import SharedTokenCache
from payments.tokens import CachedTokens
from tests.support.worlds import ScriptedTransport, accepted, settings, token
from tests.tokens.door import Door

ONE, TWO = Secret("token-1"), Secret("token-2")
ENTRY, LOCK = "daraja:token:key", "daraja:token:key:lock"


@pytest.fixture
def door(redis_url: str) -> Generator[Door]:
    parts = urlsplit(redis_url)
    with Door(parts.hostname or "127.0.0.1", parts.port or 6379) as door:
        yield door


@pytest.fixture(params=["locmem", "redis"])
def shared(request: pytest.FixtureRequest) -> None:
    """Run a test with the cache that every machine has, and with a real Redis."""
    if request.param == "redis":
        request.getfixturevalue("redis")


@pytest.fixture
def redis(settings: LazySettings, redis_url: str, door: Door) -> Door:
    """Have Django keep its cache in a real Redis, which is behind a door."""
    parts = urlsplit(redis_url)
    credentials, at, _ = parts.netloc.rpartition("@")
    address = parts._replace(netloc=f"{credentials}{at}127.0.0.1:{door.port}").geturl()
    patience = {"socket_timeout": 60, "socket_connect_timeout": 60}
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": address, "OPTIONS": patience}}
    return door


def behind(cache: Any) -> Any:  # Any: Redis's own client, of which Django's types know nothing
    return cache._cache.get_client()


def enter(tokens: CachedTokens) -> None:
    with tokens.alone("key", 60):
        pass


@pytest.mark.usefixtures("shared")
def test_what_one_process_keeps_the_others_find() -> None:
    CachedTokens().put("key", ONE, 60)

    assert CachedTokens().get("key") == ONE
    assert CachedTokens().get("another key") is None
    CachedTokens().put("key", TWO, 60)
    assert CachedTokens().get("key") == TWO


@pytest.mark.usefixtures("redis")
def test_it_ends_with_its_life() -> None:
    tokens = CachedTokens()
    tokens.put("key", ONE, 3539)
    client = behind(caches["default"])

    assert 3500 < client.ttl(cache.make_key(ENTRY)) <= 3539
    tokens.put("key", TWO, 0)
    assert CachedTokens().get("key") is None


@pytest.mark.parametrize(
    "value", [("two words", 0.0), ("x" * 4097, 0.0), "no pair", ("a", "b"), 7, ("line\r\nbreak", 0.0)]
)
def test_what_cannot_be_a_token_is_none_whoever_put_it_there(value: object) -> None:
    cache.set(ENTRY, value)

    assert CachedTokens().get("key") is None
    CachedTokens().put("key", ONE, 60)
    assert CachedTokens().get("key") == ONE


def test_a_client_takes_it_for_a_cache_of_many_processes() -> None:
    transport = ScriptedTransport([token("ours"), accepted(), accepted()])
    assert isinstance(CachedTokens(), SharedTokenCache)
    for _ in range(2):
        daraja = Daraja(settings(), transport=transport, tokens=CachedTokens(), clock=ManualClock())
        daraja.stk_push(phone="0712345678", amount=1, reference="A")

    assert transport.paths == ["generate", "processrequest", "processrequest"]


def test_nothing_shows_a_token() -> None:
    tokens = CachedTokens()
    tokens.put("key", Secret("never-shown"), 60)

    assert "never-shown" not in f"{tokens!r} {vars(tokens)}"


# The lock


@pytest.mark.usefixtures("shared")
def test_others_wait_until_the_block_ends() -> None:
    happened: list[str] = []
    waits = Event()

    class Watched(SystemClock):
        def sleep(self, seconds: float, /) -> None:
            waits.set()
            super().sleep(seconds)

    def other() -> None:
        with CachedTokens(clock=Watched()).alone("key", 60):
            happened.append("the other entered")
        caches.close_all()

    with ThreadPoolExecutor(1) as pool:
        with CachedTokens().alone("key", 60):
            entered = pool.submit(other)
            assert waits.wait(60)
            happened.append("the one left")
        entered.result(60)
    assert happened == ["the one left", "the other entered"]


@pytest.mark.usefixtures("shared")
def test_the_block_s_end_lets_the_next_one_in_however_it_ends() -> None:
    with pytest.raises(KeyboardInterrupt), CachedTokens().alone("key", 60):
        raise KeyboardInterrupt
    clock = ManualClock()
    enter(CachedTokens(clock=clock))

    assert clock.slept == []


@pytest.mark.usefixtures("shared")
def test_who_died_in_it_holds_nobody_up_for_longer_than_the_deadline() -> None:
    clock = ManualClock()
    with CachedTokens().alone("key", 35), CachedTokens(clock=clock).alone("key", 10):
        assert clock.monotonic() == pytest.approx(10, abs=0.1)
    assert max(clock.slept) <= 0.1


@pytest.mark.usefixtures("redis")
def test_the_lock_itself_ends_with_the_deadline() -> None:
    client = behind(caches["default"])
    for seconds, life in ((35, 35), (0.2, 1)):
        with CachedTokens().alone("key", seconds):
            assert 0 < client.pttl(cache.make_key(LOCK)) <= life * 1000


@pytest.mark.usefixtures("shared")
def test_nobody_waits_once_another_token_is_there() -> None:
    here = CachedTokens()

    class Meanwhile(ManualClock):
        def sleep(self, seconds: float, /) -> None:
            super().sleep(seconds)
            here.put("key", TWO, 60)

    here.put("key", ONE, 60)
    clock = Meanwhile()
    with here.alone("key", 60):
        enter(CachedTokens(clock=clock))

    assert len(clock.slept) == 1


@pytest.mark.usefixtures("shared")
def test_only_the_one_who_has_the_lock_takes_it_away() -> None:
    first, second = CachedTokens().alone("key", 60), CachedTokens().alone("key", 60)
    first.__enter__()
    cache.delete(LOCK)  # as if its time were over
    second.__enter__()
    first.__exit__(None, None, None)
    assert cache.get(LOCK) is not None
    second.__exit__(None, None, None)
    assert cache.get(LOCK) is None


# Away


def test_the_cache_may_go_and_come_back(redis: Door, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    with caplog.at_level(logging.INFO, "daraja"):
        tokens = CachedTokens(clock=clock)
        CachedTokens(clock=clock).put("key", ONE, 600)
        assert tokens.get("key") == ONE
        redis.shut()
        assert tokens.get("key") == ONE, "the last one that was seen, whoever fetched it"
        with tokens.alone("key", 60):
            assert clock.slept == []
        tokens.put("key", TWO, 600)
        assert tokens.get("key") == TWO
        redis.open()
        assert tokens.get("key") == TWO, "it is left alone for a while"
        clock.advance(5)
        assert tokens.get("key") == ONE, "what all the others have"

    assert [record.getMessage() for record in caplog.records] == [
        "tokens.shared_cache_away reason=ConnectionError",
        "tokens.shared_cache_back",
    ]


def test_a_cache_that_is_away_from_the_start_is_missed_by_nobody(redis: Door, caplog: pytest.LogCaptureFixture) -> None:
    redis.shut()
    clock = ManualClock()
    tokens = CachedTokens(clock=clock)
    assert tokens.get("key") is None
    with tokens.alone("key", 60):
        tokens.put("key", ONE, 60)
    for _ in range(11):
        assert tokens.get("key") == ONE
        clock.advance(5)
    clock.advance(5)
    assert tokens.get("key") is None, "its life is over"

    assert [record.getMessage() for record in caplog.records] == ["tokens.shared_cache_away reason=ConnectionError"]
