"""Tokens in a real Redis: the contract of shared caches, and what is Redis's own."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from redis import Redis

from daraja import Secret
from daraja.errors import ConfigurationError
from daraja.system.machine import Clock
from daraja.testing import ManualClock, SharedTokenCacheContract
from daraja.tokens.redis import RedisTokens
from tests.support.leaks import everything_shown
from tests.tokens.door import Door

ONE = Secret("token-1")
ENTRY, LOCK = "daraja:token:key", "daraja:token:key:lock"


class TestRedisTokens(SharedTokenCacheContract):
    @pytest.fixture(autouse=True)
    def redis_behind_a_door(self, redis_url: str) -> Iterator[None]:
        parts = urlsplit(redis_url)
        with Door(parts.hostname or "127.0.0.1", parts.port or 6379) as self.door:
            credentials, at, _ = parts.netloc.rpartition("@")
            self.url = parts._replace(netloc=f"{credentials}{at}127.0.0.1:{self.door.port}").geturl()
            yield

    @pytest.fixture
    def tokens_with(self) -> Callable[[Clock], RedisTokens]:
        return lambda clock: RedisTokens(self.url, clock=clock)

    def disconnect(self) -> None:
        self.door.shut()

    def reconnect(self) -> None:
        self.door.open()


def test_prefixes_and_addresses_may_be_of_any_kind(redis_url: str) -> None:
    RedisTokens(redis_url).put("key", ONE, 60)

    assert RedisTokens(Secret(redis_url)).get("key") == ONE
    assert RedisTokens(redis_url, prefix="another-shop:").get("key") is None


@pytest.mark.parametrize("decode", [True, False])
def test_a_user_s_own_client_works_with_and_without_decoding(redis_url: str, *, decode: bool) -> None:
    own = RedisTokens(Redis.from_url(redis_url, decode_responses=decode))
    own.put("key", ONE, 60)

    assert (own.get("key"), RedisTokens(redis_url).get("key")) == (ONE, ONE)


# Expiry


def test_redis_lets_a_token_end_with_its_life_and_a_lock_with_its_time(redis_url: str, redis: Redis) -> None:
    tokens = RedisTokens(redis_url)
    tokens.put("key", ONE, 3539)
    assert 3_500_000 < int(str(redis.pttl(ENTRY))) <= 3_539_000
    for seconds, life in ((35, 35), (0.2, 1)):
        with tokens.alone("key", seconds):
            assert 0 < int(str(redis.pttl(LOCK))) <= life * 1000
    assert not redis.exists(LOCK)


# Strangers


@pytest.mark.parametrize("value", ["token-for-ever", b"\xff\xfe"])
def test_a_foreign_value_in_the_cache_is_not_a_token(redis_url: str, redis: Redis, value: str | bytes) -> None:
    redis.set(ENTRY, value)

    assert RedisTokens(redis_url).get("key") is None


def test_a_value_that_is_not_text_is_ignored(redis_url: str, redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    redis.rpush(ENTRY, "token")
    redis.expire(ENTRY, 60)
    tokens = RedisTokens(redis_url)

    assert tokens.get("key") is None
    assert caplog.records == []
    tokens.put("key", ONE, 60)
    assert tokens.get("key") == ONE


def test_bytes_that_a_client_cannot_decode_are_as_good_as_a_redis_that_is_away(redis_url: str, redis: Redis) -> None:
    redis.set(ENTRY, b"\xff\xfe", ex=60)

    assert RedisTokens(Redis.from_url(redis_url, decode_responses=True)).get("key") is None


# Processes


FORKS = """
import os, sys
from daraja import Secret
from daraja.tokens.redis import RedisTokens

tokens = RedisTokens(sys.argv[1])
tokens.put("key", Secret("token-1"), 60)
told = [tokens.get("key").reveal()]
read, write = os.pipe()
if (child := os.fork()) == 0:
    os.write(write, tokens.get("key").reveal().encode())
    with tokens.alone("key", 60):
        tokens.put("key", Secret("token-2"), 60)
    os._exit(0)
os.waitpid(child, 0)
told += [os.read(read, 100).decode(), tokens.get("key").reveal()]
print(", ".join(told))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not fork")
def test_a_fork_has_a_connection_of_its_own(redis_url: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FORKS, redis_url], capture_output=True, text=True, check=True, timeout=60
    )

    assert (run.stdout, run.stderr) == ("token-1, token-1, token-2\n", "")


def test_without_the_package_it_says_which_extra_is_missing() -> None:
    program = "import sys; sys.modules['redis'] = None; import daraja.tokens.redis"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)

    assert run.stderr.splitlines()[-1] == (
        'ImportError: daraja.tokens.redis needs the package redis: pip install "daraja-kit[redis]"'
    )


# Away


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


# Settings


@pytest.mark.parametrize(
    "address",
    [
        "",
        "never-shown:6379",
        "https://never-shown.example",
        "redis://:never-shown@host:port/0",
        "redis://:never-shown@host:6379/0?socket_timeout=soon",
        "redis://:never-shown@host:6379/0?unheard=of",
    ],
)
def test_the_error_about_a_wrong_address_does_not_show_it(address: str) -> None:
    with pytest.raises(ConfigurationError, match="redis: is no address of a Redis") as caught:
        RedisTokens(address)

    assert "never-shown" not in everything_shown(caught.value)


def test_the_error_names_a_value_that_is_neither_an_address_nor_a_client() -> None:
    with pytest.raises(ConfigurationError, match=r"neither an address nor a redis\.Redis but int"):
        RedisTokens(6379)  # type: ignore[arg-type] # as a caller without a type checker may


def test_nothing_shows_a_token_or_the_address() -> None:
    tokens = RedisTokens("redis://:never-shown@127.0.0.1:1/0")
    tokens.put("key", Secret("never-shown"), 60)

    assert "never-shown" not in repr(vars(tokens)) + repr(tokens)
