"""A conversation with Daraja as a generator: it yields effects and receives their results."""

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

import attrs

from daraja.config import Config
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.values.secret import Secret

__all__ = [
    "Effect",
    "Flow",
    "GetToken",
    "Log",
    "Monotonic",
    "Now",
    "Operation",
    "PutToken",
    "Random",
    "Send",
    "SingleFlight",
    "Sleep",
    "StoreCall",
    "TimeLeft",
    "TokenAge",
    "Within",
    "ask",
]

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Effect(Generic[T_co]):
    """Something that a flow asks of the world. The parameter is the type of the result.

    An effect is iterable, so that ``now = yield from Now()`` asks for it and has the right type.
    """

    __slots__ = ()

    def __iter__(self) -> Generator["Effect[Any]", Any, T_co]:  # Any: as in Flow
        """Yield the effect itself and return its result."""
        result: T_co = yield self
        return result


Flow = Generator[Effect[Any], Any, T]  # Any: one generator yields effects of many types; each `yield from` narrows one
"""A conversation that returns a ``T``."""


class Operation(Protocol[T_co]):
    """A request to Daraja as a value. ``Daraja.run`` carries out anything that has a ``flow``."""

    def flow(self, config: Config, /) -> Flow[T_co]:
        """Start the conversation that carries out the request.

        Args:
            config: The settings of the client that runs it.

        Returns:
            A generator. It sends nothing before it is run.
        """
        ...


@attrs.frozen
class Send(Effect[HttpResponse]):
    """Send a request and wait for the response. Raises ``NotSent`` or ``OutcomeUnknown``."""

    request: HttpRequest


@attrs.frozen
class Sleep(Effect[None]):
    """Wait for so many seconds."""

    seconds: float


@attrs.frozen
class Now(Effect[datetime]):
    """Return the time of day, with its time zone."""


@attrs.frozen
class Monotonic(Effect[float]):
    """Return the seconds of a clock that never jumps back, counted from any moment."""


@attrs.frozen
class Random(Effect[float]):
    """Draw a random number from 0 up to, but not including, 1."""


@attrs.frozen
class Log(Effect[None]):
    """Write one line to the log.

    Args:
        event: A stable name, such as ``payment.moved``.
        fields: What the line is about. No secrets and no personal data.
        warning: Whether somebody should look at it.
        once: Whether only the first of several identical lines is written.
        every: Seconds for which the next line of the same event is left out, because anybody can cause it as often as
            they like. The line after that says how many were ``skipped``.
    """

    event: str
    fields: Mapping[str, object] = attrs.field(factory=dict[str, object])
    warning: bool = False
    once: bool = False
    every: float = 0


@attrs.frozen
class GetToken(Effect["Secret | None"]):
    """Look up the access token that is cached under *key*. None if there is none that is still valid."""

    key: str


@attrs.frozen
class PutToken(Effect[None]):
    """Cache an access token under *key* for so many seconds."""

    key: str
    token: Secret
    seconds: float


@attrs.frozen
class TokenAge(Effect[float]):
    """Return how many seconds ago this process last fetched a token for *key*. Infinity if it never did."""

    key: str


@attrs.frozen
class SingleFlight(Effect[T_co]):
    """Carry out *flow* once for all callers that ask for the same *key* at the same time; they share its result.

    A caller with a deadline waits for another caller no longer than that, and then gets ``NotSent``.

    Args:
        key: What the callers ask for.
        flow: Starts the work.
    """

    key: str
    flow: Callable[[], "Flow[T_co]"]


@attrs.frozen
class Within(Effect[T_co]):
    """Carry out *flow* under a deadline, its waits and its token included.

    The deadline interrupts nothing. The flow asks for ``TimeLeft`` and ends in good order before its time is over.
    The monotonic clock counts, so that a change of the time of day moves no deadline.

    Args:
        seconds: The time that the flow may take.
        flow: Starts the work.
    """

    seconds: float
    flow: Callable[[], "Flow[T_co]"]


@attrs.frozen
class TimeLeft(Effect[float]):
    """Return the seconds left until the deadline of this flow. Infinity if it has none."""


@attrs.frozen
class StoreCall(Effect[T_co]):
    """Call a method of the store.

    Args:
        method: The name of the method, of ``RecordStore``.
        arguments: Its arguments; hidden in reprs.
    """

    method: str
    arguments: tuple[object, ...] = attrs.field(repr=False)


def ask(method: Callable[Concatenate[Any, P], T], /, *arguments: P.args, **_: P.kwargs) -> StoreCall[T]:
    """Make the effect for a call of the store.

    In a flow: ``record = yield from ask(Records.load, key)``. One effect stands for every method of a store. The type
    checker still sees the arguments and the result.

    Args:
        method: The method, named through its protocol.
        *arguments: What it takes.
    """
    return StoreCall(method.__name__, arguments)
