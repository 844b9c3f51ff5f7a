"""Says in a failure at which point, of the many that one test goes through, it came about."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from daraja.http.flow import Effect, Send

__all__ = ["named", "names", "place"]


@contextmanager
def named(case: str) -> Generator[None]:
    """Add the name of the case to whatever is raised."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"The case: {case}.")
        raise


def names(effects: Sequence[Effect[Any]]) -> Sequence[str]:  # Any: see `perform`
    """Name effects; a request with its path."""
    return [
        f"Send {urlsplit(effect.request.url).path}" if isinstance(effect, Send) else type(effect).__name__
        for effect in effects
    ]


def place(effects: Sequence[Effect[Any]], point: int) -> str:  # Any: as above
    """Name the place before effect *point* of a flow."""
    around = ["nothing", *names(effects), "the end"]
    return f"after {around[point]} and before {around[point + 1]} (effect {point} of {len(effects)})"
