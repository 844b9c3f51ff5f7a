"""The log of a local Daraja: its events in plain words, and its requests and responses."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.values.nairobi_time import EAT
from daraja.values.secret import mask_numbers

_EVENTS_KEPT: Final = 10_000
_EXCHANGES_KEPT: Final = 1_000
_LARGEST_BODY: Final = 16_384
_LONGEST_TEXT: Final = 80


class EventKind(StrEnum):
    """The kinds of events."""

    TOKEN = "token"  # noqa: S105 - the name of an event, no secret
    """An access token was issued."""
    REFUSED = "refused"
    """A request was refused; the text says why."""
    PUSH = "push"
    """A push was accepted: a prompt is on a phone."""
    REQUEST = "request"
    """A request of another product was accepted."""
    PAYMENT = "payment"
    """A customer pays by hand, or a shop accepts or rejects it."""
    PRESSED = "pressed"
    """A person answered a prompt, or ignored it."""
    DECIDED = "decided"
    """A push or another request has its result."""
    QUERY = "query"
    """A shop asked for the result of a push."""
    CALLBACK = "callback"
    """A callback was sent."""
    RECEIVER = "receiver"
    """The receiver of a callback answered it, or did not."""
    CONTROL = "control"
    """A developer advanced the time, revoked the tokens or held callbacks back."""
    FAULT = "fault"
    """A scenario raised an exception: a fault in the scenario, not in a request."""


@attrs.frozen
class Event:
    """One line of the event log.

    Args:
        at: When it happened.
        kind: What kind of event it is.
        text: What happened, without secrets and whole phone numbers.
        number: Its number in the log, from 1.
    """

    at: datetime
    kind: EventKind
    text: str
    number: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(EAT):%H:%M:%S}  {self.kind:<8}  {self.text}"


@attrs.frozen
class Exchange:
    """A request and its answer as they went over the wire; hidden in the repr, since they hold customers' numbers.

    Args:
        request: A request to the local Daraja, or a callback that it sent.
        response: The answer to a request; None for a callback, and where the answer was lost.
        callback: Whether it is a callback.
        product: The product that it belongs to, such as ``stk``; empty for none.
    """

    request: HttpRequest = attrs.field(repr=False)
    response: HttpResponse | None = attrs.field(default=None, repr=False)
    callback: bool = False
    product: str = ""


class EventLog:
    """The newest 10,000 events of a local Daraja, and the newest 1,000 exchanges.

    Args:
        on_event: Called with each event when it is noted.
    """

    def __init__(self, on_event: Callable[[Event], None] | None = None) -> None:
        self._events = deque[Event](maxlen=_EVENTS_KEPT)
        self._exchanges: dict[int, Exchange] = {}
        self._on_event = on_event
        self._last = 0

    @property
    def events(self) -> Sequence[Event]:
        """The events, oldest first."""
        return tuple(self._events)

    @property
    def last(self) -> int:
        """The number of the newest event; 0 before the first."""
        return self._last

    def note(self, kind: EventKind, text: str, at: datetime) -> int:
        """Add an event and return its number; *text* holds no secrets and no whole phone numbers."""
        self._last += 1
        event = Event(at, kind, text, self._last)
        self._events.append(event)
        if self._on_event is not None:
            self._on_event(event)
        return event.number

    def newest(self, limit: int, *, after: int) -> Sequence[Event]:
        """Return the newest events whose number is above *after*, at most *limit*, oldest first."""
        count = min(limit, max(0, self._last - after), len(self._events))
        return tuple(islice(reversed(self._events), count))[::-1]

    def keep(self, number: int, exchange: Exchange) -> None:
        """Keep the exchange that event *number* is about, unless its body is larger than any of Daraja's."""
        if len(exchange.request.body) > _LARGEST_BODY:
            return
        self._exchanges[number] = exchange
        if len(self._exchanges) > _EXCHANGES_KEPT:
            del self._exchanges[next(iter(self._exchanges))]

    def exchange(self, number: int) -> Exchange | None:
        """Return the exchange that an event is about; None for most events, and for all but the newest 1,000."""
        return self._exchanges.get(number)


def printable(text: str) -> str:
    """Make text from a request fit for an event: ASCII, one line, at most 80 characters, its phone numbers masked."""
    return mask_numbers(ascii(text[:_LONGEST_TEXT])[1:-1])
