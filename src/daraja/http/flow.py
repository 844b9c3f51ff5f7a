"""A conversation with Daraja as a generator: it yields effects and is handed their answers."""

from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import attrs

from daraja.config import Config
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.values.secret import Secret

__all__ = [
    "Alone",
    "Chance",
    "Effect",
    "Flow",
    "KeepToken",
    "KeptToken",
    "Now",
    "Operation",
    "Send",
    "Sleep",
    "TimeLeft",
    "TokenAge",
    "Warn",
    "perform",
]

Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)


class Effect(Generic[Answer_co]):
    """Something that a flow asks of the world; the parameter is the type of the answer."""

    __slots__ = ()


Flow = Generator[Effect[Any], Any, Answer]  # Any: a generator has one type for all its answers; `perform` narrows it
"""A conversation that ends in an ``Answer``."""


def perform(effect: Effect[Answer]) -> Flow[Answer]:
    """Ask for *effect*; the one place where an answer gets its type."""
    answer: Answer = yield effect
    return answer


class Operation(Protocol[Answer_co]):
    """A request to Daraja as a value: whatever has a ``flow`` can be given to ``Daraja.run``."""

    def flow(self, config: Config, /) -> Flow[Answer_co]:
        """Start the conversation that carries the request out.

        Args:
            config: The settings of the client that runs it.

        Returns:
            A generator; nothing is sent before it is run.
        """
        ...


@attrs.frozen
class Send(Effect[HttpResponse]):
    """Send a request and wait for its answer; raises ``NotSent`` or ``OutcomeUnknown``."""

    request: HttpRequest


@attrs.frozen
class Sleep(Effect[None]):
    """Wait so many seconds."""

    seconds: float


@attrs.frozen
class Now(Effect[datetime]):
    """Tell the time of day, zone included."""


@attrs.frozen
class Chance(Effect[float]):
    """Draw a number from 0 up to 1."""


@attrs.frozen
class KeptToken(Effect["Secret | None"]):
    """Look up the access token kept under *key*; None where there is none that lives."""

    key: str


@attrs.frozen
class KeepToken(Effect[None]):
    """Keep an access token under *key* for so many seconds."""

    key: str
    token: Secret
    seconds: float


@attrs.frozen
class TokenAge(Effect[float]):
    """Tell how many seconds ago a token was last fetched here for *key*; infinity where none was."""

    key: str


@attrs.frozen
class Warn(Effect[None]):
    """Tell whoever reads the log, the first time only; *words* begin with a stable name and hold no secret."""

    words: str


@attrs.frozen
class TimeLeft(Effect[float]):
    """Tell how many seconds are left to whoever has set a limit to this flow; infinity where nobody has."""


@attrs.frozen
class Alone(Effect[Answer_co]):
    """Carry out *flow* once for all who ask for the same *key* at the same time; they share its end.

    Args:
        key: What is asked for.
        flow: What is to be done for it.
        patience: Seconds to wait for whoever does it already; raises ``NotSent`` once they are over.
    """

    key: str
    flow: Callable[[], "Flow[Answer_co]"]
    patience: float | None = None
