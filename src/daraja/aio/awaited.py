"""Turns a method of a sync class into a coroutine method."""

import sys
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from daraja.values.secret import clear_locals

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def hide_locals_of_awaited(
    function: Callable[Arguments, Awaitable[Answer]], /
) -> Callable[Arguments, Coroutine[Any, Any, Answer]]:  # Any: what tasks and event loops say to each other
    """Do the same as ``hide_locals`` for a function whose result is awaited.

    Args:
        function: A coroutine function, or a function that returns an awaitable.
    """

    @wraps(function)
    async def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        outside = sys.exception()
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            clear_locals(error, outside)
            del args, kwargs, outside  # this frame is in the traceback too
            raise

    return call


def awaited(
    method: Callable[Concatenate[Any, Arguments], Answer], /
) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Answer]]:
    """Return *method* of a sync class as a coroutine function for the async class that awaits its flows.

    It is the same method, with the same signature and docstring, so nothing is written twice.
    """
    mirrored: Any = method  # Any: what is awaited has no type on *method* itself; the signature above gives the types
    asked: Any = hide_locals_of_awaited(mirrored)
    return cast("Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Answer]]", asked)
