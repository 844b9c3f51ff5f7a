"""A method whose work is carried out by flows, as one that is awaited."""

import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from daraja.privacy import clear_locals

__all__ = ["awaited"]

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def awaited(
    method: Callable[Concatenate[Any, Arguments], Answer], /
) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Answer]]:
    """Give *method* of a class as a coroutine function of another, where what carries flows out has to be awaited.

    It is the very same method, with the same signature and the same words about it, so that nothing is written twice.
    Like ``hide_locals`` it keeps local variables out of tracebacks.
    """
    carry_out: Callable[..., Any] = method  # Any: its types are those of *method*, which the type checker has above

    @wraps(method)
    async def ask(self: object, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as above
        outside = sys.exception()
        try:
            return await carry_out(self, *args, **kwargs)
        except BaseException as error:
            clear_locals(error, outside)
            raise
        finally:
            del args, kwargs, outside  # this frame is in the traceback too

    return ask
