"""The lock in a real Redis: one process fetches while the others wait, and never for one that died."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, get_ident

import pytest
from redis import Redis

from daraja import Secret
from daraja.system.clock import SystemClock
from daraja.testing import ManualClock
from daraja.tokens.redis import RedisTokens

ONE, TWO = Secret("token-1"), Secret("token-2")
LOCK = "daraja:token:key:lock"


def enter(tokens: RedisTokens) -> None:
    with tokens.alone("key", 60):
        pass


def test_others_wait_until_the_block_ends(redis_url: str) -> None:
    happened: list[str] = []
    waits = Event()

    class Watched(SystemClock):
        def sleep(self, seconds: float, /) -> None:
            waits.set()
            super().sleep(seconds)

    def other() -> None:
        with RedisTokens(redis_url, clock=Watched()).alone("key", 60):
            happened.append("the other entered")

    with ThreadPoolExecutor(1) as pool:
        with RedisTokens(redis_url).alone("key", 60):
            entered = pool.submit(other)
            assert waits.wait(60)
            happened.append("the one left")
        entered.result(60)
    assert happened == ["the one left", "the other entered"]


@pytest.mark.parametrize("failure", [None, KeyboardInterrupt()])
def test_the_block_s_end_lets_the_next_one_in_however_it_ends(
    redis_url: str, failure: KeyboardInterrupt | None
) -> None:
    def block() -> None:
        with RedisTokens(redis_url).alone("key", 60):
            if failure is not None:
                raise failure

    if failure is None:
        block()
    else:
        with pytest.raises(KeyboardInterrupt):
            block()
    clock = ManualClock()
    enter(RedisTokens(redis_url, clock=clock))

    assert clock.slept == []


def test_who_died_in_it_holds_nobody_up_for_longer_than_the_deadline(redis_url: str, redis: Redis) -> None:
    clock = ManualClock()
    with RedisTokens(redis_url).alone("key", 35), RedisTokens(redis_url, clock=clock).alone("key", 10):
        assert 0 < int(str(redis.pttl(LOCK))) <= 35_000
        assert clock.monotonic() == pytest.approx(10, abs=0.1)
    assert max(clock.slept) <= 0.1


def test_nobody_waits_once_another_token_is_there(redis_url: str) -> None:
    here = RedisTokens(redis_url)

    class Meanwhile(ManualClock):
        def sleep(self, seconds: float, /) -> None:
            super().sleep(seconds)
            here.put("key", TWO, 60)

    here.put("key", ONE, 60)
    clock = Meanwhile()
    with here.alone("key", 60):
        enter(RedisTokens(redis_url, clock=clock))

    assert len(clock.slept) == 1


def test_only_the_one_who_has_the_lock_takes_it_away(redis_url: str, redis: Redis) -> None:
    here, there = RedisTokens(redis_url), RedisTokens(redis_url)
    with here.alone("key", 60):
        redis.delete(LOCK)  # as if its time were over
        with there.alone("key", 60):
            theirs = redis.get(LOCK)
            with RedisTokens(redis_url, clock=ManualClock()).alone("key", 1):
                pass
            assert redis.get(LOCK) == theirs
    assert not redis.exists(LOCK)


def test_the_first_one_leaves_the_second_one_s_lock_alone(redis_url: str, redis: Redis) -> None:
    first, second = RedisTokens(redis_url).alone("key", 60), RedisTokens(redis_url).alone("key", 60)
    first.__enter__()
    redis.delete(LOCK)  # as if its time were over
    second.__enter__()
    first.__exit__(None, None, None)
    assert redis.exists(LOCK)
    second.__exit__(None, None, None)
    assert not redis.exists(LOCK)


def test_each_key_has_a_lock_of_its_own(redis_url: str) -> None:
    clock = ManualClock()
    with RedisTokens(redis_url).alone("another key", 60):
        enter(RedisTokens(redis_url, clock=clock))

    assert clock.slept == []


def test_the_block_may_be_left_in_another_thread_than_it_was_entered_in(redis_url: str, redis: Redis) -> None:
    block = RedisTokens(redis_url).alone("key", 60)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(block.__enter__).result(60)
        assert pool.submit(get_ident).result(60) != get_ident()
    assert redis.exists(LOCK)
    block.__exit__(None, None, None)
    assert not redis.exists(LOCK)
