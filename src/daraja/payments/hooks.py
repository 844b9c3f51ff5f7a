"""What a shop's own function for its payments has to be: one that does its work when called, unless it is awaited."""

from inspect import isawaitable, iscoroutinefunction

__all__ = ["check_hook", "refuse_awaitable"]


def check_hook(hook: object, /, *, awaited: bool = False) -> None:
    """See that a function can be called, and need not be awaited unless somebody would.

    Args:
        hook: The function; None for none.
        awaited: Whether somebody awaits what it gives.

    Raises:
        ValueError: If not.
    """
    if hook is None or (callable(hook) and (awaited or not iscoroutinefunction(hook))):
        return
    message = "has to be a function" if awaited else "has to be a function that is called and not awaited"
    raise ValueError(message)


def refuse_awaitable(given: object, /) -> None:
    """See that a function has done its work by now, from what it gave back.

    Raises:
        TypeError: If it gave something to be awaited, so that nothing was done yet.
    """
    if not isawaitable(given):
        return
    close = getattr(given, "close", None)
    if close is not None:
        close()  # or Python warns of a coroutine that was never awaited
    message = "your function gave something to be awaited, and nobody would; give one that does its work at once"
    raise TypeError(message)
