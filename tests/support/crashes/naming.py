"""Adds the point of an interruption to the message of a failure."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from daraja.http.flow import Effect, Send, StoreCall

__all__ = ["name_of", "named", "names", "place"]


@contextmanager
def named(case: str) -> Generator[None]:
    """Add the name of the case to every exception."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"The case: {case}.")
        raise


def names(effects: Sequence[Effect[Any]]) -> Sequence[str]:  # Any: effects of every type
    """Name effects; a request with its path."""
    return [name_of(effect) for effect in effects]


def name_of(effect: Effect[Any]) -> str:  # Any: as above
    """Name an effect: a request by its path, a call of the store by its method."""
    match effect:
        case Send(request):
            return f"Send {urlsplit(request.url).path}"
        case StoreCall(method):
            return method
        case _:
            return type(effect).__name__


def place(effects: Sequence[Effect[Any]], point: int) -> str:  # Any: as above
    """Name the place before effect *point* of a flow."""
    around = ["nothing", *names(effects), "the end"]
    return f"after {around[point]} and before {around[point + 1]} (effect {point} of {len(effects)})"
