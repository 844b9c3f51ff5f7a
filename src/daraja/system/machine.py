"""The parts of this machine that a client uses: the clock, the memory for access tokens, and the log."""

import logging
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from inspect import iscoroutinefunction
from math import inf
from typing import Final, Protocol
from urllib.parse import urlsplit

import attrs

from daraja.errors import NotSent, OutcomeUnknown
from daraja.events import Event
from daraja.http.error_response import without_secrets_of
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.policy import refuse_awaitable
from daraja.values.secret import Secret

__all__ = ["Clock", "EventLog", "MemoryTokens", "SystemClock", "check_on_event", "report", "reporter", "timed"]

_log: Final = logging.getLogger("daraja")
_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING}
_SLOW: Final = 1.0
"""Seconds after which a function of the shop's is slow: customers and Safaricom wait for it."""


class Clock(Protocol):
    """Where the library takes its time from. In tests, give a clock of your own to ``Daraja``."""

    def now(self) -> datetime:
        """Return the time of day, as a datetime with a time zone."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never jump back, to measure how old a token is."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait.

        Args:
            seconds: How long; 0 or more.
        """
        ...


class SystemClock:
    """The machine's time. Its ``sleep`` really waits."""

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never jump back."""
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        """Wait.

        Args:
            seconds: How long; 0 or more.
        """
        time.sleep(seconds)


@attrs.frozen
class _Kept:
    token: Secret
    until: float


class MemoryTokens:
    """Keeps tokens for one process, by the monotonic clock, so that a change of the time of day ends none.

    Args:
        clock: Its ``monotonic`` measures the age of a token; None for the machine's.
    """

    def __init__(self, clock: Clock | None = None, /) -> None:
        self._clock: Final[Clock] = SystemClock() if clock is None else clock
        self._kept: Final[dict[str, _Kept]] = {}

    def get(self, key: str, /) -> Secret | None:
        """Return the token kept under *key*, or None if there is none that still lives."""
        kept = self._kept.get(key)
        return kept.token if kept is not None and self._clock.monotonic() < kept.until else None

    def put(self, key: str, token: Secret, seconds: float, /) -> None:
        """Keep *token* under *key* for so many *seconds*, in place of the one before."""
        self._kept[key] = _Kept(token, self._clock.monotonic() + seconds)


def check_on_event(hook: object, /) -> None:
    """Check that *hook* can be called at once.

    Raises:
        ValueError: If not.
    """
    if hook is not None and (not callable(hook) or iscoroutinefunction(hook)):
        raise ValueError("must be a plain function, such as one that counts; it is called at once")


class EventLog:
    """Reports events.

    Args:
        clock: Tells when lines of an event are left out.
        on_event: Called with every event, also with those whose line is left out; None for nobody.
    """

    def __init__(self, clock: Clock, on_event: Callable[[Event], object] | None) -> None:
        self._clock: Final = clock
        self._on_event: Final = on_event
        self._logged: Final[set[str]] = set()
        self._throttled: Final[dict[str, tuple[float, int]]] = {}

    def write(self, event: Event, /, *, once: bool = False, every: float = 0) -> None:
        """Report an event.

        Args:
            event: The event.
            once: Whether only the first of several identical lines is written.
            every: Seconds for which the next line of the same event is left out.
        """
        self._tell(event)
        level = _LEVELS[event.level]
        if not _log.isEnabledFor(level):
            return
        text = str(event)
        if once:
            if text in self._logged:
                return
            self._logged.add(text)
        if every:
            skipped = self._skip(event, every)
            if skipped is None:
                return
            text += f" skipped={skipped}" * (skipped > 0)
        _log.log(level, "%s", text)

    @contextmanager
    def watch(self, request: HttpRequest, /) -> Generator[Callable[[object], HttpResponse]]:
        """Report how a request ends. The block passes its response through the function that this yields.

        Args:
            request: What is sent.
        """
        path = urlsplit(request.url).path
        started = self._clock.monotonic()

        def answered(response: object) -> HttpResponse:
            if not isinstance(response, HttpResponse):
                raise OutcomeUnknown(f"the transport returned {type(response).__name__}, which is no HttpResponse")
            milliseconds = (self._clock.monotonic() - started) * 1000
            fields = {"path": path, "status": response.status, "milliseconds": round(milliseconds)}
            self.write(Event("request.answered", "info", fields))
            return response

        try:
            yield answered
        except (NotSent, OutcomeUnknown) as error:
            # A transport of the user's may quote what it was to send.
            error.args = tuple(without_secrets_of(request, str(one)) for one in error.args)
            self.write(Event("request.failed", "warning", {"path": path, "reason": error}))
            raise

    def _tell(self, event: Event) -> None:
        if self._on_event is None:
            return
        try:
            refuse_awaitable(self._on_event(event))
        except Exception as error:  # noqa: BLE001 - a payment must not fail because of what counts it
            text = f"event.hook_failed event={event.name} error={type(error).__name__}"
            if text not in self._logged:
                self._logged.add(text)
                _log.warning("%s", text)

    def _skip(self, event: Event, every: float) -> int | None:
        """Return how many lines of this event were left out since the last one; None if this one is left out too."""
        now = self._clock.monotonic()
        last, skipped = self._throttled.get(event.name, (-inf, 0))
        if now - last < every:
            self._throttled[event.name] = last, skipped + 1
            return None
        self._throttled[event.name] = now, 0
        return skipped


reporter: Final[ContextVar[Callable[[Event], object] | None]] = ContextVar("daraja_reporter", default=None)
"""The function by which the client that is at work here reports an event; None if no client is at work."""


def report(event: Event, /) -> None:
    """Report an event of a part that knows no client, such as a store, through the client that calls it.

    If no client is at work, the event goes to the log.

    Args:
        event: The event.
    """
    write = reporter.get()
    if write is None:
        _log.log(_LEVELS[event.level], "%s", event)
    else:
        write(event)


@contextmanager
def timed(hook: object, /, clock: Callable[[], float] = time.monotonic) -> Generator[None]:
    """Report the name of *hook* if the block, which calls it, takes more than a second.

    Args:
        hook: The function.
        clock: Returns seconds that never jump back.
    """
    began = clock()
    try:
        yield
    finally:
        seconds = clock() - began
        if seconds > _SLOW:
            module = getattr(hook, "__module__", None) or type(hook).__module__
            name = getattr(hook, "__qualname__", type(hook).__qualname__)
            fields = {"hook": f"{module}.{name}", "seconds": round(seconds, 1)}
            report(Event("payment.slow_hook", "warning", fields))
