"""Tokens in any cache of text that has the methods of Django's caches."""

import logging
import traceback
from datetime import UTC, datetime, timedelta

import pytest

from daraja import Secret
from daraja.system.machine import Clock, SystemClock
from daraja.testing import ManualClock, SharedTokenCacheContract
from daraja.tokens import CacheTokens

ONE = Secret("token-1")
ENTRY = "daraja:token:key"


class Memcached:
    """A cache that answers in bytes and takes a life of 0 for ever, as memcached does; it can be away."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.kept: dict[str, tuple[str, float]] = {}
        self.away = False

    def get(self, key: str, /) -> bytes | None:
        if self.away:
            raise ConnectionResetError
        value, until = self.kept.get(key, ("", -1.0))
        return value.encode() if self.clock.monotonic() < until else None

    def set(self, key: str, value: str, seconds: int, /) -> None:
        if self.away:
            raise ConnectionResetError
        assert seconds == int(seconds) > 0
        self.kept[key] = value, self.clock.monotonic() + seconds

    def add(self, key: str, value: str, seconds: int, /) -> bool:
        is_free = self.get(key) is None
        if is_free:
            self.set(key, value, seconds)
        return is_free

    def delete(self, key: str, /) -> None:
        if self.away:
            raise ConnectionResetError
        self.kept.pop(key, None)


class TestCacheTokens(SharedTokenCacheContract):
    def setup_method(self) -> None:
        self.cache = Memcached()

    def make_tokens(self, clock: Clock, /) -> CacheTokens:
        return CacheTokens(self.cache, clock=clock)

    def disconnect(self) -> None:
        self.cache.away = True

    def reconnect(self) -> None:
        self.cache.away = False


@pytest.mark.parametrize(
    "value",
    ["", "token", "0 ", "0 two words", "0 line\r\nbreak", "0 ключ", f"0 {'x' * 4097}", "0 \x00", "soon token", "nan"],
)
def test_an_invalid_token_in_the_cache_is_ignored(value: str, caplog: pytest.LogCaptureFixture) -> None:
    cache = Memcached()
    cache.set(ENTRY, value, 60)
    tokens = CacheTokens(cache)

    assert tokens.get("key") is None
    assert caplog.records == []
    tokens.put("key", ONE, 60)
    assert tokens.get("key") == ONE


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=-1)])
def test_a_machine_whose_clock_is_wrong_shares_tokens_all_the_same(ahead: timedelta) -> None:
    cache = Memcached()
    right, wrong = CacheTokens(cache), CacheTokens(cache, clock=ManualClock(datetime.now(UTC) + ahead))
    right.put("key", ONE, 60)
    assert wrong.get("key") == ONE
    wrong.put("another-key", ONE, 60)
    assert right.get("another-key") == ONE


def test_without_the_cache_no_token_lives_longer_than_an_hour_with_any_clock() -> None:
    cache, clock = Memcached(), ManualClock(datetime.now(UTC))
    tokens = CacheTokens(cache, clock=clock)
    CacheTokens(cache, clock=ManualClock(datetime.now(UTC) + timedelta(days=1))).put("key", ONE, 60)
    assert tokens.get("key") == ONE
    cache.away = True
    clock.advance(3599)
    assert tokens.get("key") == ONE
    clock.advance(1)
    assert tokens.get("key") is None


def test_the_log_says_once_that_the_cache_is_away_and_once_that_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    cache, clock = Memcached(), ManualClock()
    tokens = CacheTokens(cache, clock=clock)
    with caplog.at_level(logging.INFO, "daraja"):
        for away in (True, True, False):
            cache.away = away
            tokens.get("key")
            tokens.put("key", ONE, 60)
            clock.advance(5)
            tokens.get("key")

    assert [record.getMessage() for record in caplog.records] == [
        "tokens.shared_cache_away reason=ConnectionResetError",
        "tokens.shared_cache_back",
    ]


def test_exceptions_show_no_token() -> None:
    class Interrupted(Memcached):
        def set(self, key: str, value: str, seconds: int, /) -> None:
            raise KeyboardInterrupt(key, len(value), seconds)

    with pytest.raises(KeyboardInterrupt) as caught:
        CacheTokens(Interrupted()).put("key", ONE, 60)

    names = [frame.name for frame in traceback.extract_tb(caught.tb)]
    assert names == [
        "test_exceptions_show_no_token",
        "put",
    ]
