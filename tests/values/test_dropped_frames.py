"""An exception that passes through loses its frames, and nothing else."""

import sys
import traceback
from collections.abc import Callable

import pytest

from daraja.values.secret import drop_inner_frames


def raising(error: BaseException, cause: BaseException | None = None) -> Callable[[], None]:
    def inner() -> None:
        try:
            if cause is not None:
                raise cause
        finally:
            raise error

    return inner


def passed_through(function: Callable[[], None]) -> BaseException:
    """Return the exception of *function* after it passed through."""
    handled = sys.exception()
    try:
        function()
    except BaseException as error:  # noqa: BLE001 - whatever passes through
        drop_inner_frames(error, handled)
        return error
    raise AssertionError


def frames_of(error: BaseException | None) -> list[str]:
    return [] if error is None else [frame.name for frame in traceback.extract_tb(error.__traceback__)]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError])
def test_an_error_and_its_cause_lose_their_frames(kind: type[BaseException]) -> None:
    cause = ValueError()
    error = passed_through(raising(kind(), cause))

    assert error.__context__ is cause
    assert frames_of(error) == frames_of(cause) == []


def test_each_error_of_a_group_loses_its_frames() -> None:
    one = passed_through(raising(ValueError()))
    two = passed_through(raising(KeyboardInterrupt()))
    for error in (one, two):
        with pytest.raises(type(error)):
            raise error
    group = passed_through(raising(BaseExceptionGroup("both", [one, two])))

    assert frames_of(group) == frames_of(one) == frames_of(two) == []


def test_the_exception_that_the_caller_handles_keeps_its_frames() -> None:
    mine, theirs = ValueError(), KeyboardInterrupt()
    try:
        raising(mine)()
    except ValueError:
        passed_through(raising(theirs))

    assert theirs.__context__ is mine
    assert frames_of(theirs) == []
    assert frames_of(mine)[-1] == "inner"
