"""Async parts of a shop, asked from tests that do not await."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from inspect import isawaitable, iscoroutine
from typing import Any

from daraja.errors import InvalidInput

__all__ = ["check_awaited", "finished"]


def finished(given: Any) -> Any:  # noqa: ANN401 - whatever a shop's part gives
    """Give what a call gave, or what that comes to in an event loop of its own, where it has to be awaited."""
    if not isawaitable(given):
        return given
    # In a thread, as the event loop of an async test runs in this one.
    with ThreadPoolExecutor(1, "daraja-testing") as thread:
        return thread.submit(lambda: asyncio.run(_await(given))).result()


def check_awaited(payment: object) -> None:
    """Refuse what an ``AsyncCheckout`` gives for a payment as long as nobody awaits it.

    Raises:
        InvalidInput: If it is that.
    """
    if iscoroutine(payment):
        payment.close()  # or Python would warn that it was never awaited
        fault = "is a coroutine, not yet a payment; await it first, or write asyncio.run(checkout.payment(key))"
        raise InvalidInput({"payment": fault})


async def _await(given: Any) -> Any:  # noqa: ANN401 - as above
    return await given
