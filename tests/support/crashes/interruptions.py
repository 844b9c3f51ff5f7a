"""Interruptions of a flow at an effect: a killed process, a cancelled task, or a failing part of the shop."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from daraja.http.flow import Effect, StoreCall
from daraja.lifecycle.effects import Notify
from tests.support.crashes.naming import name_of

__all__ = [
    "CancelledError",
    "FailedError",
    "Interruption",
    "KilledError",
    "cancelled_at",
    "failing_at",
    "is_for_the_shop",
    "killed_before",
    "killed_before_first",
    "undisturbed",
]

Act = Callable[[], object]
"""Carries one effect out."""

_FOR_THE_SHOP: Final = (StoreCall, Notify)


class KilledError(BaseException):
    """The process is killed: nothing more of the flow runs."""


class CancelledError(BaseException):
    """The task is cancelled, as in asyncio: the exception is raised in the flow, which has to pass it on."""


class FailedError(Exception):
    """The store or the shop's own function failed."""


class Interruption(Protocol):
    """Wraps every effect of a flow, also those that run inside ``SingleFlight``."""

    def __call__(self, number: int, effect: Effect[Any], act: Act, /) -> object:  # Any: effects of every type
        """Let *act* carry out effect *number*, counted from 0, or interrupt it."""
        ...


def undisturbed(_number: int, _effect: Effect[Any], act: Act, /) -> object:  # Any: as above
    """Run everything without an interruption."""
    return act()


def killed_before(point: int) -> Interruption:
    """Kill the process before effect *point*; outside, this is the same as after the effect before it."""

    def around(number: int, _effect: Effect[Any], act: Act, /) -> object:  # Any: as above
        if number == point:
            raise KilledError
        return act()

    return around


def killed_before_first(name: str) -> Interruption:
    """Kill the process before the first effect of one name, such as ``load`` or ``Notify``."""

    def around(_number: int, effect: Effect[Any], act: Act, /) -> object:  # Any: as above
        if name_of(effect) == name:
            raise KilledError
        return act()

    return around


def cancelled_at(point: int, *, done: bool) -> Interruption:
    """Cancel the flow while it waits for effect *point*; with *done*, the effect is still carried out."""

    def around(number: int, _effect: Effect[Any], act: Act, /) -> object:  # Any: as above
        if number != point:
            return act()
        if done:
            with suppress(Exception):
                act()
        raise CancelledError

    return around


def failing_at(point: int, *, done: bool, for_good: bool) -> Interruption:
    """Let effect *point* fail, with *done* after it ran; with *for_good*, all later effects of the shop fail, too."""

    def around(number: int, effect: Effect[Any], act: Act, /) -> object:  # Any: as above
        if number != point and not (for_good and number > point and is_for_the_shop(effect)):
            return act()
        if done and number == point:
            act()
        raise FailedError

    return around


def is_for_the_shop(effect: Effect[Any]) -> bool:  # Any: as above
    """Return whether a part of the shop handles the effect: its store or its ``on_success``."""
    return isinstance(effect, _FOR_THE_SHOP)
