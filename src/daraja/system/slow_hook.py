"""Functions of the shop's, timed: customers and Safaricom wait for them."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from daraja.events import Event
from daraja.system.reporting import report

__all__ = ["timed"]

_SLOW: Final = 1.0
"""Seconds."""


@contextmanager
def timed(hook: object, /, clock: Callable[[], float] = monotonic) -> Generator[None]:
    """Report the name of *hook* if the block, which calls it, takes more than a second.

    Args:
        hook: The function.
        clock: Returns seconds that never jump back.
    """
    began = clock()
    try:
        yield
    finally:
        seconds = clock() - began
        if seconds > _SLOW:
            name = getattr(hook, "__qualname__", type(hook).__qualname__)
            fields = {"hook": f"{_module(hook)}.{name}", "seconds": round(seconds, 1)}
            report(Event("payment.slow_hook", "warning", fields))


def _module(hook: object) -> str:
    return str(getattr(hook, "__module__", None) or type(hook).__module__)
