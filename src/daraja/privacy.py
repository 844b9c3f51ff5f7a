"""Keep the local variables of the library out of tracebacks, since error trackers send them away."""

import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from functools import wraps
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from traceback import walk_tb
from types import FrameType, TracebackType
from typing import Any, Final, ParamSpec, TypeVar

__all__ = ["drop_inner_frames", "hide_locals", "hide_locals_of_awaited"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# Clearing the frame of a suspended generator or coroutine ends it, and a frame does not say whether it is suspended.
# See `_finished` for those that surely are not.
_SUSPENDABLE: Final = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR


def hide_locals(function: Callable[Arguments, Result], /) -> Callable[Arguments, Result]:
    """Clear the local variables of all frames below *function* before an exception leaves it.

    The traceback keeps its lines. Frames of the caller are not touched.

    Args:
        function: A function or a method that is not a coroutine function.
    """

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        outside = sys.exception()
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            _clear_locals(error, outside)
            del args, kwargs, outside  # this frame is in the traceback too
            raise

    return call


def hide_locals_of_awaited(
    function: Callable[Arguments, Awaitable[Result]], /
) -> Callable[Arguments, Coroutine[Any, Any, Result]]:  # Any: what tasks and event loops say to each other
    """Do the same as ``hide_locals`` for a function whose result is awaited.

    Args:
        function: A coroutine function, or a function that returns an awaitable.
    """

    @wraps(function)
    async def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        outside = sys.exception()
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            _clear_locals(error, outside)
            del args, kwargs, outside  # as above
            raise

    return call


def drop_inner_frames(error: BaseException, outside: BaseException | None, /) -> None:
    """Drop the frames that *error* has so far, with their local variables. A bare ``raise`` has to follow.

    For what passes through a library underneath ours. Nobody needs its frames, which hold access tokens and bodies, and
    those of coroutines cannot be cleared.

    Args:
        error: Whatever passes through us, also what is no error of ours, such as a signal's ``SystemExit``.
        outside: What the caller was handling before the call, from ``sys.exception()``. Its frames stay.
    """
    for current in _chain(error, outside):
        current.__traceback__ = None


def _clear_locals(error: BaseException, outside: BaseException | None) -> None:
    """Clear the frames of *error*, of its causes and contexts, but not of *outside*, which the caller was handling."""
    for current in _chain(error, outside):
        for frame in _finished(current.__traceback__):
            with suppress(RuntimeError):  # the frame is still running, like that of the decorator
                frame.clear()


def _chain(error: BaseException, outside: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and what it came of, but for what the caller was handling before the call."""
    seen = {id(outside)}
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            pending += current.exceptions
        yield current


def _finished(traceback: TracebackType | None) -> Iterator[FrameType]:
    """Yield all plain frames, and the frames of those flows of ours that the exception has just ended.

    The loop that runs a flow stands in the traceback twice if it has thrown the exception into the flow. Between these
    two places are the flows that the exception has ended. Behind the second one there may be flows of another call: it
    raised the same object, and one of its flows may be handling it at this moment.
    """
    passed: set[FrameType] = set()
    is_thrown = False
    for frame, _ in walk_tb(traceback):
        is_thrown = is_thrown or frame in passed
        passed.add(frame)
        if not frame.f_code.co_flags & _SUSPENDABLE or (_is_ours(frame) and not is_thrown):
            yield frame


def _is_ours(frame: FrameType) -> bool:
    module = frame.f_globals.get("__name__")
    return isinstance(module, str) and module.partition(".")[0] == "daraja"
