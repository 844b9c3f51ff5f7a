"""Values that belong to one process: a fork starts without them and makes its own."""

import os
from collections.abc import Callable
from typing import Final, Generic, TypeVar

Value = TypeVar("Value")


class ForkLocal(Generic[Value]):
    """Holds one value for each process: connections and locks must not be shared with the parent of a fork.

    The value is made when a process first asks for it. If gunicorn loads the shop before it forks (``--preload``),
    and gevent patches each worker after that, a lock is then of the patched kind.

    Args:
        make: Makes the value for the process that asks.
    """

    def __init__(self, make: Callable[[], Value], /) -> None:
        self._make: Final = make
        self._made: Final[dict[int, Value]] = {}

    def get(self) -> Value:
        """Return the value of this process."""
        process = os.getpid()
        value = self._made.get(process)
        # setdefault is atomic, so that two threads never get two of them; the parent's stay, open but untouched
        return self._made.setdefault(process, self._make()) if value is None else value
