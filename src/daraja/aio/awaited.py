"""A method whose work is carried out by flows, as one that is awaited."""

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from daraja.privacy import hide_locals_of_awaited

__all__ = ["awaited"]

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def awaited(
    method: Callable[Concatenate[Any, Arguments], Answer], /
) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Answer]]:
    """Give *method* of a class as a coroutine function of another, where what carries flows out has to be awaited.

    It is the very same method, with the same signature and the same words about it, so that nothing is written twice.
    """
    mirrored: Any = method  # Any: what is awaited has no type on *method* itself; the signature above gives the types
    asked: Any = hide_locals_of_awaited(mirrored)
    return cast("Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Answer]]", asked)
