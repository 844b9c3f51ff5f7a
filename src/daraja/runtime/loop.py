"""The one loop that carries a flow out. Sync code runs it to its end; async code awaits it."""

from collections.abc import Callable  # noqa: TC003 - as everywhere else here
from functools import partial
from inspect import isawaitable
from typing import Any, Protocol, TypeVar

from daraja.http.flow import Effect, Flow

__all__ = ["Runtime", "arun", "run"]

T = TypeVar("T")


class Runtime(Protocol):
    """Answers the effects of a flow."""

    def answer(self, effect: Effect[Any], /) -> object:  # Any: effects of every type
        """Do what *effect* asks for, and return the result or an awaitable of it."""
        ...


async def arun(flow: Flow[T] | Effect[T], runtime: Runtime, /) -> T:
    """Carry *flow* out to its end and return its result.

    Args:
        flow: The conversation, as an operation's ``flow(config)`` starts it; or a single effect.
        runtime: Answers its effects, such as ``AsyncDaraja.runtime``.

    Raises:
        DarajaError: What the flow raises.
    """
    steps: Flow[T] = iter(flow) if isinstance(flow, Effect) else flow
    resume: Callable[[], Effect[Any]] = partial(next, steps)  # Any: as in Flow
    while True:
        try:
            effect = resume()
        except StopIteration as end:
            result: T = end.value
            return result
        try:
            answer = runtime.answer(effect)
            if isawaitable(answer):
                answer = await answer
        except BaseException as error:  # noqa: BLE001 - the flow decides what an error means; a cancellation passes too
            resume = partial(steps.throw, error)
        else:
            resume = partial(steps.send, answer)


def run(flow: Flow[T] | Effect[T], runtime: Runtime, /) -> T:
    """Carry *flow* out to its end and return its result, without an event loop.

    Args:
        flow: The conversation, as an operation's ``flow(config)`` starts it; or a single effect.
        runtime: Answers its effects, such as ``Daraja.runtime``. Nothing that it returns may have to be awaited.

    Raises:
        DarajaError: What the flow raises.
        TypeError: If something would have to be awaited; use the async client for it.
    """
    # A coroutine that never has to wait runs to its end at the first send, so the loop stands only once.
    conversation = arun(flow, runtime)
    try:
        conversation.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    conversation.close()
    message = "a transport, token cache, store or hook returned an awaitable; give it to AsyncDaraja or AsyncCheckout"
    raise TypeError(message)
