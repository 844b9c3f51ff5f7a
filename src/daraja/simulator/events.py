"""What happened in the local Daraja, in plain words that anyone may read."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import attrs

from daraja.values.nairobi_time import EAT
from daraja.values.phone import mask_numbers

__all__ = ["KEPT", "Event", "EventKind", "Record", "plain"]

KEPT: Final = 10_000
"""How many events are kept: the newest."""

_ENOUGH_TO_SHOW: Final = 80


class EventKind(StrEnum):
    """What sort of thing happened."""

    TOKEN = "token"  # noqa: S105 - the name of an event, no secret
    """An access token was given out."""
    REFUSED = "refused"
    """A request was refused; the text says why in plain words."""
    PUSH = "push"
    """A push was accepted: a prompt is on a phone."""
    PRESSED = "pressed"
    """Somebody answered a prompt, or ignored it."""
    DECIDED = "decided"
    """A push came to its result."""
    QUERY = "query"
    """Somebody asked what became of a push."""
    CALLBACK = "callback"
    """A callback went out."""
    RECEIVER = "receiver"
    """The receiver of a callback answered it, or did not."""
    CONTROL = "control"
    """A developer moved the time, ended the tokens or held callbacks back."""
    FAULT = "fault"
    """A scenario broke down, which is a fault in the scenario and in no request."""


@attrs.frozen
class Event:
    """One line of the record.

    Args:
        at: When it happened.
        kind: What sort of thing it was.
        text: What happened, without secrets and whole phone numbers.
        number: Its place in the record, from 1.
    """

    at: datetime
    kind: EventKind
    text: str
    number: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(EAT):%H:%M:%S}  {self.kind:<8}  {self.text}"


class Record:
    """The newest events of one local Daraja, oldest first.

    Args:
        on_event: Called with each event as it is noted.
    """

    def __init__(self, on_event: Callable[[Event], None] | None) -> None:
        self._events = deque[Event](maxlen=KEPT)
        self._on_event = on_event
        self._last = 0

    def note(self, at: datetime, kind: EventKind, text: str) -> int:
        """Write one event down and give its number."""
        self._last += 1
        event = Event(at, kind, text, self._last)
        self._events.append(event)
        if self._on_event is not None:
            self._on_event(event)
        return event.number

    @property
    def last(self) -> int:
        """The number of the newest event; 0 before the first."""
        return self._last

    @property
    def events(self) -> Sequence[Event]:
        """What happened so far; the newest 10,000 events are kept."""
        return tuple(self._events)


def plain(text: str) -> str:
    """Make a stranger's text fit for an event: ASCII, on one line, not too long, its phone numbers masked."""
    return mask_numbers(ascii(text[:_ENOUGH_TO_SHOW])[1:-1])
