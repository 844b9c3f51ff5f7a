"""Async code: one token for many tasks, and the cost of pushes compared with bare httpx2."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from time import perf_counter
from typing import Any, Final, Protocol

import httpx2

from bench.figures import Figure, count, medians, ratio
from bench.lean_daraja import LeanDaraja
from bench.lines import lines_of_its_transport, lines_only_for_async
from bench.pushes import what_a_push_sends
from daraja import AsyncDaraja, __version__
from daraja.http.messages import HttpRequest
from daraja.testing import sample_config

__all__ = ["measure"]

_TASKS: Final = 200
_FEWER_THAN: Final = 450
_OAUTH: Final = "/oauth/v1/generate?grant_type=client_credentials"


def measure(*, quick: bool) -> list[Figure]:
    """Compare pushes of many tasks at once with bare posts of the same headers and body to the same server.

    Both start without connections and without a token, then once more with them.
    """
    rounds = 1 if quick else 20
    with LeanDaraja() as server:
        asyncio.run(_ours(server.base_url, warm=False))
        fetched = server.seen()["oauth"]
        request = what_a_push_sends(server.base_url)
        ours, bare = partial(_ours, server.base_url), partial(_bare, server.base_url, request)
        pushing, posting = medians(rounds, partial(_first, ours), partial(_first, bare))
        warm_pushing, warm_posting = medians(rounds, partial(_again, ours), partial(_again, bare))
    lines = lines_only_for_async()
    of_what = f"{_TASKS} at once : bare httpx2 with the same bytes"
    return [
        count("tokens fetched by tasks", fetched, f"{_TASKS} tasks without a token", exactly=1),
        ratio("pushes of tasks", pushing, posting, f"{of_what}, clients, token and connections included", at_most=1.20),
        ratio("pushes of tasks, warm", warm_pushing, warm_posting, of_what, at_most=None),
        Figure(
            "lines only for async",
            str(lines),
            f"< {_FEWER_THAN}",
            lines < _FEWER_THAN,
            "lines of code of the async clients and their loop, without imports and docstrings; "
            f"the transport for httpx2 has {lines_of_its_transport()}",
            is_count=True,
        ),
    ]


class _Contender(Protocol):
    def __call__(self, *, warm: bool) -> Coroutine[Any, Any, float]: ...  # Any: as asyncio.run has it


def _first(contender: _Contender) -> float:
    return asyncio.run(contender(warm=False))


def _again(contender: _Contender) -> float:
    return asyncio.run(contender(warm=True))


async def _ours(base_url: str, *, warm: bool) -> float:
    started = perf_counter()
    async with AsyncDaraja(sample_config(base_url=base_url)) as daraja:
        ask = partial(
            daraja.stk_push, phone="0712 345 678", amount=500, reference="ORD-2026-001", description="Laundry"
        )
        if warm:
            await _crowd(ask)
            started = perf_counter()
        await _crowd(ask)
        return perf_counter() - started


async def _bare(base_url: str, request: HttpRequest, *, warm: bool) -> float:
    started = perf_counter()
    limits = httpx2.Limits(max_connections=100, max_keepalive_connections=100)  # like ours
    async with httpx2.AsyncClient(limits=limits) as client:
        headers = {"User-Agent": f"daraja-kit/{__version__}", **request.headers}
        post = partial(client.post, request.url, content=request.body, headers=headers)
        if warm:
            await _crowd(post)
            started = perf_counter()
        else:
            await client.get(base_url + _OAUTH)
        await _crowd(post)
        return perf_counter() - started


async def _crowd(ask: Callable[[], Awaitable[object]]) -> None:
    await asyncio.gather(*[ask() for _ in range(_TASKS)])
