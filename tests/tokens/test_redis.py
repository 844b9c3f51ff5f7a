"""Tokens in a real Redis: shared, as old as they are, and checked, whoever put them there."""

import subprocess
import sys

import pytest
from redis import Redis

from daraja import Secret
from daraja.errors import ConfigurationError
from daraja.tokens import SharedTokenCache, TokenCache
from daraja.tokens.redis import RedisTokens
from tests.support.leaks import everything_shown

ONE, TWO = Secret("token-1"), Secret("token-2")
ENTRY = "daraja:token:key"


# Shared


def test_what_one_process_keeps_the_others_find(redis_url: str) -> None:
    RedisTokens(redis_url).put("key", ONE, 60)

    assert RedisTokens(redis_url).get("key") == ONE
    assert RedisTokens(Secret(redis_url)).get("key") == ONE
    assert RedisTokens(redis_url).get("another key") is None
    assert RedisTokens(redis_url, prefix="another-shop:").get("key") is None


def test_the_latest_token_counts(redis_url: str) -> None:
    here, there = RedisTokens(redis_url), RedisTokens(redis_url)
    here.put("key", ONE, 60)
    there.put("key", TWO, 60)

    assert here.get("key") == TWO


@pytest.mark.parametrize("decode", [True, False])
def test_a_client_of_one_s_own_will_do_whether_it_decodes_or_not(redis_url: str, *, decode: bool) -> None:
    own = RedisTokens(Redis.from_url(redis_url, decode_responses=decode))
    own.put("key", ONE, 60)

    assert (own.get("key"), RedisTokens(redis_url).get("key")) == (ONE, ONE)


def test_it_is_a_cache_of_many_processes(redis_url: str) -> None:
    tokens: TokenCache = RedisTokens(redis_url)

    assert isinstance(tokens, SharedTokenCache)


# Expiry


def test_redis_lets_a_token_end_with_its_life(redis_url: str, redis: Redis) -> None:
    RedisTokens(redis_url).put("key", ONE, 3539)

    assert 3_500_000 < int(str(redis.pttl(ENTRY))) <= 3_539_000


@pytest.mark.parametrize("seconds", [0, 0.0001])
def test_a_token_without_a_life_is_over_at_once(redis_url: str, redis: Redis, seconds: float) -> None:
    tokens = RedisTokens(redis_url)
    tokens.put("key", ONE, 60)
    tokens.put("key", TWO, seconds)

    assert int(str(redis.pttl(ENTRY))) <= 1


# Strangers


@pytest.mark.parametrize("value", ["", "two words", "line\r\nbreak", "ключ", b"\xff\xfe", "x" * 4097, "\x00"])
def test_what_cannot_be_a_token_is_none_whoever_put_it_there(
    redis_url: str, redis: Redis, value: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    redis.set(ENTRY, value, ex=60)
    tokens = RedisTokens(redis_url)

    assert tokens.get("key") is None
    assert caplog.records == []
    tokens.put("key", ONE, 60)
    assert tokens.get("key") == ONE


def test_what_is_no_text_at_all_is_none_too(redis_url: str, redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    redis.rpush(ENTRY, "token")
    redis.expire(ENTRY, 60)
    tokens = RedisTokens(redis_url)

    assert tokens.get("key") is None
    assert caplog.records == []
    tokens.put("key", ONE, 60)
    assert tokens.get("key") == ONE


def test_what_lives_for_ever_is_none_of_ours(redis_url: str, redis: Redis) -> None:
    redis.set(ENTRY, "token-for-ever")

    assert RedisTokens(redis_url).get("key") is None


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
def test_a_wrong_address_is_told_without_showing_it(address: str) -> None:
    with pytest.raises(ConfigurationError, match="redis: is no address of a Redis") as caught:
        RedisTokens(address)

    assert "never-shown" not in everything_shown(caught.value)


def test_what_is_neither_an_address_nor_a_client_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"neither an address nor a redis\.Redis but int"):
        RedisTokens(6379)  # type: ignore[arg-type] # as a caller without a type checker may


def test_nothing_shows_a_token_or_the_address() -> None:
    tokens = RedisTokens("redis://:never-shown@127.0.0.1:1/0")
    tokens.put("key", Secret("never-shown"), 60)

    assert "never-shown" not in repr(vars(tokens)) + repr(tokens)
