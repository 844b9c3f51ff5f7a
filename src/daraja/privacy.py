"""No exception that leaves a public call carries the local variables of the library."""

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from traceback import walk_tb
from types import FrameType
from typing import Final, ParamSpec, TypeVar

__all__ = ["clear_locals", "hide_locals"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# To clear the frame of a generator that waits would end it, and nothing tells a waiting one from one that is over.
# A frame of this kind holds values that mask themselves (`Secret`, `Personal`) and nothing else that is private.
_MAY_WAIT: Final = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR


def hide_locals(function: Callable[Arguments, Result], /) -> Callable[Arguments, Result]:
    """Decorate a public function: an exception that leaves it has no local variables in its traceback.

    Error trackers and ``capture_locals`` show the local variables of every frame. The lines of the traceback stay.

    Args:
        function: A plain function or a method; ``awaited`` does the same for those that are awaited.
    """

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        outside = sys.exception()
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            clear_locals(error, outside)
            raise
        finally:
            del args, kwargs, outside  # this frame is in the traceback too

    return call


def clear_locals(error: BaseException, outside: BaseException | None, /) -> None:
    """Clear the local variables of all frames below the caller, in *error* and in what it came of.

    Args:
        error: What is about to leave.
        outside: What was being handled before the call, which is the caller's own; its frames stay as they are.
    """
    seen = {id(outside)}
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [current.__cause__, current.__context__]
        for frame, _ in walk_tb(current.__traceback__):
            if not frame.f_code.co_flags & _MAY_WAIT:
                _clear(frame)


def _clear(frame: FrameType) -> None:
    with suppress(RuntimeError):  # it still runs, as the caller's does
        frame.clear()
