"""Turns a method of a sync class into a coroutine method."""

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from daraja.privacy import hide_locals_of_awaited

__all__ = ["awaited"]

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def awaited(
    method: Callable[Concatenate[Any, Arguments], Answer], /
) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Answer]]:
    """Return *method* of a sync class as a coroutine function for the async class that awaits its flows.

    It is the same method, with the same signature and docstring, so nothing is written twice.
    """
    mirrored: Any = method  # Any: what is awaited has no type on *method* itself; the signature above gives the types
    asked: Any = hide_locals_of_awaited(mirrored)
    return cast("Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Answer]]", asked)
