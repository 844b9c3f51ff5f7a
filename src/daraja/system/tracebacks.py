"""Tracebacks of what passes through us, without the secrets of the libraries underneath."""

__all__ = ["drop_inner_frames"]


def drop_inner_frames(error: BaseException, handled: BaseException | None, /) -> None:
    """Drop the frames that *error* has so far: their local variables hold access tokens and phone numbers.

    An error tracker reports the local variables of every frame, also for what is no error of ours but a signal's
    exception, ``KeyboardInterrupt``, ``SystemExit`` or ``CancelledError`` that passes through.

    Args:
        error: What passes through us.
        handled: What the caller was handling when it called us, from ``sys.exception()``. Its frames are the caller's.
    """
    seen = {id(handled)}
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        current.__traceback__ = None
        pending += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            pending += current.exceptions
