"""Ctrl-C for a program that runs until a person stops it."""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def until_interrupted() -> Generator[Callable[[], bool]]:
    """End the block quietly on Ctrl-C; the block asks between two runs whether it was pressed.

    Python drops a ``KeyboardInterrupt`` that is raised in a finalizer or in a callback of the garbage collector. A loop
    that only waits for the exception would then go on.
    """
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.default_int_handler(number, frame)

    try:
        before = signal.signal(signal.SIGINT, press)
    except ValueError:  # only the main thread may have handlers; in another one nobody presses Ctrl-C
        yield lambda: False
        return
    try:
        yield lambda: pressed
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, before)
