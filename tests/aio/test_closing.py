"""Closing a client that tasks share does not disturb the other tasks."""

import asyncio
from threading import Semaphore

import attrs

from daraja import AsyncCheckout, AsyncDaraja, Environment, Status
from daraja.stores import MemoryStore
from tests.support.scripted import accepted, settings, token
from tests.support.servers import Conversation, Seen, http, raw_server

PATIENCE = 30
"""Seconds until a test that hangs fails."""


def test_tasks_can_each_open_and_close_the_shared_client() -> None:
    turn, many = Semaphore(0), 5

    def one_by_one(conversation: Conversation, seen: Seen) -> bool:
        if seen.head.startswith("GET"):
            conversation.send(http(body=token().body))
        else:
            assert turn.acquire(timeout=PATIENCE)
            conversation.send(http(body=accepted().body))
        return True

    async def sell(daraja: AsyncDaraja) -> Status:
        async with daraja:
            payment = await AsyncCheckout(daraja, MemoryStore()).start(phone="0712345678", amount=5, reference="A")
        turn.release()
        return payment.status

    async def open_shop() -> list[Status]:
        daraja = AsyncDaraja(attrs.evolve(settings(), environment=Environment(server.address)))
        selling = [asyncio.create_task(sell(daraja)) for _ in range(many)]
        assert await asyncio.to_thread(server.saw, 1 + many)
        turn.release()
        return await asyncio.gather(*selling)

    with raw_server(one_by_one) as server:
        assert asyncio.run(open_shop()) == [Status.INITIATED] * many
    assert len(server.seen) == 1 + many
