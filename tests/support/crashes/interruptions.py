"""How a flow is interrupted at an effect: its process is killed, its task cancelled, or a part of the shop fails."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from daraja.http.flow import Effect
from daraja.lifecycle.ports import Notify, StoreCall
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
    """The process is gone: from here on nothing of a flow runs."""


class CancelledError(BaseException):
    """Somebody stopped waiting, as asyncio has it: the flow hears of it where it stands, and has to let it pass."""


class FailedError(Exception):
    """The store, or the shop's own function, did not do what it was asked to."""


class Interruption(Protocol):
    """Stands around every effect of a flow, those included that are carried out for ``SingleFlight``."""

    def __call__(self, number: int, effect: Effect[Any], act: Act, /) -> object:  # Any: effects of every type
        """Let effect *number*, counted from 0 as they are asked for, be carried out by *act*, or not."""
        ...


def undisturbed(_number: int, _effect: Effect[Any], act: Act, /) -> object:  # Any: as above
    """Let everything be carried out."""
    return act()


def killed_before(point: int) -> Interruption:
    """Kill the process before effect *point*, which to the world is the same as after the one before it."""

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
    """Cancel the flow while it waits for effect *point*, which is carried out all the same if *done*."""

    def around(number: int, _effect: Effect[Any], act: Act, /) -> object:  # Any: as above
        if number != point:
            return act()
        if done:
            with suppress(Exception):
                act()
        raise CancelledError

    return around


def failing_at(point: int, *, done: bool, for_good: bool) -> Interruption:
    """Let effect *point* fail, though it was carried out if *done*; *for_good*, with all that the shop does later."""

    def around(number: int, effect: Effect[Any], act: Act, /) -> object:  # Any: as above
        if number != point and not (for_good and number > point and is_for_the_shop(effect)):
            return act()
        if done and number == point:
            act()
        raise FailedError

    return around


def is_for_the_shop(effect: Effect[Any]) -> bool:  # Any: as above
    """Tell whether what the shop brings carries the effect out: its store, or its function that hears of success."""
    return isinstance(effect, _FOR_THE_SHOP)
