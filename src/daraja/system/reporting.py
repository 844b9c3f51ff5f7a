"""Events of parts that know no client, such as a store or a token cache: the client that calls them reports them."""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

from daraja.events import Event

__all__ = ["report", "reporter"]

_log: Final = logging.getLogger("daraja")
_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING}

reporter: Final[ContextVar[Callable[[Event], object] | None]] = ContextVar("daraja_reporter", default=None)
"""What the client that is at work here does with an event; None where no client is at work."""


def report(event: Event, /) -> None:
    """Report an event through the client that is at work, or write it to the log.

    Args:
        event: The event.
    """
    write = reporter.get()
    if write is None:
        _log.log(_LEVELS[event.level], "%s", event)
    else:
        write(event)
