"""What a shop's own function may give back: anything but what would have to be awaited."""

from inspect import isawaitable

__all__ = ["refuse_awaitable"]


def refuse_awaitable(given: object, /) -> None:
    """See that a function of the shop's has done its work by now.

    Raises:
        TypeError: If it gave something to be awaited, so that nothing was done yet.
    """
    if not isawaitable(given):
        return
    close = getattr(given, "close", None)
    if close is not None:
        close()  # or Python warns of a coroutine that was never awaited
    message = "on_success gave something to be awaited, and nobody would; give a function that does its work at once"
    raise TypeError(message)
