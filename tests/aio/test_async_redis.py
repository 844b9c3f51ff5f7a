"""Async processes that share a real Redis fetch one token together, and a cancelled one blocks no other."""

import asyncio

import pytest
from redis import Redis

from daraja import AsyncDaraja
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.tokens.redis import RedisTokens
from tests.support.scripted import accepted, settings, token


class Daraja:
    """Counts its tokens; the first request may hang."""

    def __init__(self, *, hangs: bool) -> None:
        self.hangs = hangs
        self.asked = asyncio.Event()
        self.fetched = 0

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        if "/oauth/" not in request.url:
            return accepted()
        self.fetched += 1
        self.asked.set()
        if self.hangs and self.fetched == 1:
            await asyncio.Event().wait()
        return token()


@pytest.mark.parametrize("hangs", [True, False])
def test_two_clients_fetch_one_token_also_after_a_cancelled_task_released_the_lock(
    redis_url: str, *, hangs: bool
) -> None:
    async def use(*clients: Redis) -> Daraja:
        line = Daraja(hangs=hangs)
        one, other = (AsyncDaraja(settings(), transport=line, tokens=RedisTokens(client)) for client in clients)

        async def push(daraja: AsyncDaraja) -> None:
            await daraja.stk_push(phone="0712345678", amount=1, reference="A")

        if hangs:
            first = asyncio.create_task(push(one))
            await line.asked.wait()
            first.cancel()
            await asyncio.wait([first])
        async with asyncio.timeout(20):  # a lock that is not released lasts for 35 s
            await asyncio.gather(*[push(daraja) for daraja in (one, other) for _ in range(20)])
        return line

    with Redis.from_url(redis_url) as here, Redis.from_url(redis_url) as there:
        assert asyncio.run(use(here, there)).fetched == 1 + hangs
