"""What belongs to one process: a fork starts without it and makes its own."""

import os
from collections.abc import Callable
from typing import Final, Generic, TypeVar

__all__ = ["ForkLocal"]

Thing = TypeVar("Thing")


class ForkLocal(Generic[Thing]):
    """Gives one thing in each process, as connections and locks must not be shared with a fork's parent.

    Args:
        make: Makes the thing for the process that asks.
    """

    def __init__(self, make: Callable[[], Thing], /) -> None:
        self._make: Final = make
        self._made: Final[dict[int, Thing]] = {}

    def get(self) -> Thing:
        """Give this process's own."""
        process = os.getpid()
        thing = self._made.get(process)
        # setdefault is atomic, so that two threads never get two of them; the parent's stay, open but untouched
        return self._made.setdefault(process, self._make()) if thing is None else thing
