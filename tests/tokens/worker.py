"""A worker of a shop, as a program: for each line it reads it makes pushes from several threads, and tells their ends.

worker.py BASE_URL NUMBER [REDIS_URL | HOST:PORT of a memcached]
"""

import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from typing import Final

from pymemcache.client.base import PooledClient  # type: ignore[import-untyped] # it ships no types

from daraja import Config, Daraja, Environment, PayBill
from daraja.errors import AuthenticationError
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE
from daraja.tokens import CacheTokens
from daraja.tokens.redis import RedisTokens

THREADS: Final = 5
PUSHES: Final = 10
"""How many each thread makes."""


def main(base_url: str, number: str, cache: str | None = None) -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    config = Config(
        consumer_key="key",
        consumer_secret="secret",
        business=PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY),
        environment=Environment(base_url),
        callback_url="http://127.0.0.1:9/callback/",
    )
    tokens = None if cache is None else shared(cache)
    phones = count(254_711_000_000 + 100_000 * int(number))
    with Daraja(config, tokens=tokens) as daraja, ThreadPoolExecutor(THREADS) as pool:
        print("ready", flush=True)  # noqa: T201 - for the test that started it
        for _ in sys.stdin:
            together = Barrier(THREADS)
            threads = [pool.submit(push_all, daraja, phones, together) for _ in range(THREADS)]
            ends = Counter(end for thread in threads for end in thread.result())
            print(json.dumps(ends), flush=True)  # noqa: T201 - the same


def shared(cache: str) -> CacheTokens:
    if "://" in cache:
        return RedisTokens(cache)
    host, _, port = cache.partition(":")
    return CacheTokens(PooledClient((host, int(port)), default_noreply=False))


def push_all(daraja: Daraja, phones: Iterator[int], together: Barrier) -> list[str]:
    together.wait(60)
    return [push(daraja, str(next(phones))) for _ in range(PUSHES)]


def push(daraja: Daraja, phone: str) -> str:
    try:
        daraja.stk_push(phone=phone, amount=1, reference="A")
    except AuthenticationError as refused:
        return str(refused.code)
    return "accepted"


if __name__ == "__main__":
    main(*sys.argv[1:])
