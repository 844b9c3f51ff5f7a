"""Everything that an exception shows in a print, a log or an error tracker."""

import traceback
from pathlib import Path
from typing import Final

import daraja

__all__ = ["everything_shown"]

_OURS: Final = str(Path(daraja.__file__).parent)


def everything_shown(error: BaseException, /) -> str:
    """Return every text that *error* shows: its message, its parts, and the local variables of our own frames.

    Causes and contexts count as well, with all their frames: an error tracker shows them where a traceback does not.
    """
    shown: list[str] = []
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [current.__cause__, current.__context__]
        shown += [str(current), repr(current), repr(current.args), repr(vars(current))]
        report = traceback.TracebackException.from_exception(current, capture_locals=True)
        for frame in report.stack:
            if frame.filename.startswith((_OURS, "<attrs generated")):
                shown += [f"{name} = {value}" for name, value in (frame.locals or {}).items()]
    return "\n".join(shown)
