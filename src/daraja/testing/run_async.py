"""Async parts of a shop, called from tests that do not await."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from inspect import isawaitable, iscoroutine
from typing import Any

from daraja.errors import InvalidInput


def run_async(given: Any) -> Any:  # noqa: ANN401 - what a part of a shop returns
    """Return *given*, or its result in an event loop of its own if it has to be awaited."""
    if not isawaitable(given):
        return given
    # In a thread, as the event loop of an async test runs in this one.
    with ThreadPoolExecutor(1, "daraja-testing") as thread:
        return thread.submit(lambda: asyncio.run(_await(given))).result()


def refuse_coroutine(payment: object) -> None:
    """Refuse a coroutine of ``AsyncCheckout`` that nobody has awaited.

    Raises:
        InvalidInput: If *payment* is a coroutine.
    """
    if iscoroutine(payment):
        payment.close()  # or Python would warn that it was never awaited
        fault = "is a coroutine, not yet a payment; await it first, or write asyncio.run(checkout.payment(key))"
        raise InvalidInput({"payment": fault})


async def _await(given: Any) -> Any:  # noqa: ANN401 - as above
    return await given
