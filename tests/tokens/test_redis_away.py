"""Where Redis is away, the process goes on by itself, says so once, and comes back to Redis when it can."""

import logging
import socket
from collections.abc import Generator
from urllib.parse import urlsplit

import pytest
from redis import Redis

from daraja import Secret
from daraja.testing import ManualClock
from daraja.tokens.redis import RedisTokens
from tests.tokens.door import Door

ONE, TWO = Secret("token-1"), Secret("token-2")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_where_redis_is_away_from_the_start_the_process_goes_on_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    tokens = RedisTokens(f"redis://:never-shown@127.0.0.1:{free_port()}/0", clock=clock)
    with caplog.at_level(logging.INFO, "daraja"):
        assert tokens.get("key") is None
        with tokens.alone("key", 60):
            tokens.put("key", ONE, 60)
        for _ in range(11):
            assert tokens.get("key") == ONE
            clock.advance(5)
        clock.advance(5)
        assert tokens.get("key") is None, "its life is over"

    assert [record.getMessage() for record in caplog.records] == ["tokens.shared_cache_away reason=ConnectionError"]
    assert clock.slept == []


def test_a_redis_that_hangs_is_waited_for_once_and_then_left_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tokens = RedisTokens(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", clock=ManualClock())
        assert tokens.get("key") is None
        silent.accept()[0].close()
        with tokens.alone("key", 60):
            tokens.put("key", ONE, 60)
        assert tokens.get("key") == ONE
        silent.setblocking(False)  # noqa: FBT003 - the standard library's own
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_a_wrong_password_is_a_redis_that_is_away(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    parts = urlsplit(redis_url)
    wrong = parts._replace(netloc=f":never-shown@{parts.hostname}:{parts.port}").geturl()
    assert RedisTokens(wrong).get("key") is None

    assert [record.getMessage().split()[0] for record in caplog.records] == ["tokens.shared_cache_away"]
    assert "never-shown" not in caplog.text


@pytest.fixture
def door(redis_url: str) -> Generator[Door]:
    parts = urlsplit(redis_url)
    with Door(parts.hostname or "127.0.0.1", parts.port or 6379) as door:
        yield door


def through(door: Door, redis_url: str) -> str:
    parts = urlsplit(redis_url)
    credentials, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{credentials}{at}127.0.0.1:{door.port}").geturl()


def test_redis_may_go_and_come_back(redis_url: str, redis: Redis, door: Door, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    with caplog.at_level(logging.INFO, "daraja"):
        tokens = RedisTokens(through(door, redis_url), clock=clock)
        RedisTokens(redis_url).put("key", ONE, 600)
        assert tokens.get("key") == ONE
        door.shut()
        assert tokens.get("key") == ONE, "the last one that was seen, whoever fetched it"
        with tokens.alone("key", 60):
            assert clock.slept == []
        tokens.put("key", TWO, 600)
        assert tokens.get("key") == TWO
        door.open()
        assert tokens.get("key") == TWO, "it is left alone for a while"
        clock.advance(5)
        assert tokens.get("key") == ONE, "what all the others have"
        tokens.put("key", TWO, 600)
        assert redis.get("daraja:token:key") == b"token-2"

    assert [record.getMessage() for record in caplog.records] == [
        "tokens.shared_cache_away reason=ConnectionError",
        "tokens.shared_cache_back",
    ]


def test_redis_may_go_while_one_has_the_lock(redis_url: str, door: Door) -> None:
    tokens = RedisTokens(through(door, redis_url))
    with tokens.alone("key", 60):
        door.shut()
        tokens.put("key", ONE, 60)
    assert tokens.get("key") == ONE
