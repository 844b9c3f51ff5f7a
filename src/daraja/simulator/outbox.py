"""The callbacks still to go out, in the order of their times, and those that went."""

from collections.abc import Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from urllib.parse import urlsplit

import attrs

from daraja.http.messages import HttpRequest
from daraja.simulator.events import EventKind, Record
from daraja.simulator.journal import Exchange, Journal
from daraja.simulator.pushes import Push
from daraja.values.phone import mask_phone

__all__ = ["Delivery", "Outbox", "receiver_of"]


@attrs.frozen
class Delivery:
    """A callback that went out, and what came of it.

    Args:
        callback: What was sent; hidden in the repr, since its address may be signed.
        replies: What came of each time that it was delivered, such as ``answered HTTP 200``; oldest first.
    """

    callback: HttpRequest = attrs.field(repr=False)
    replies: Sequence[str]


@attrs.frozen(order=True)
class _Letter:
    at: datetime
    number: int
    push: Push = attrs.field(order=False)
    request: HttpRequest = attrs.field(order=False)


class Outbox:
    """Callbacks on their way.

    Args:
        record: Where each callback that goes out is noted.
        journal: Where it is kept as it went over the wire.
    """

    def __init__(self, record: Record, journal: Journal) -> None:
        self._record = record
        self._journal = journal
        self._numbers = count()
        self._letters: list[_Letter] = []
        self._early: list[_Letter] = []
        self._sent: list[_Letter] = []
        self._replies: dict[int, list[str]] = {}
        """By the identity of the request, of which every sending has one of its own."""

    @property
    def sent(self) -> Sequence[HttpRequest]:
        """Every callback that was handed out, oldest first."""
        return tuple(letter.request for letter in self._sent)

    @property
    def deliveries(self) -> Sequence[Delivery]:
        """The same callbacks, each with what its receiver answered."""
        return tuple(Delivery(request, tuple(self._replies[id(request)])) for request in self.sent)

    def put(self, push: Push, request: HttpRequest, at: datetime, *, early: bool) -> None:
        """Keep a callback until its time; an early one is for ``early`` to hand out before that."""
        letter = _Letter(at, next(self._numbers), push, request)
        if early:
            self._early.append(letter)
        else:
            heappush(self._letters, letter)

    def again(self, request: HttpRequest, now: datetime) -> None:
        """Let a callback that went out go out once more.

        Raises:
            LookupError: If it never did.
        """
        letter = next((letter for letter in reversed(self._sent) if letter.request == request), None)
        if letter is None:
            message = "no such callback went out from here; give one of `callbacks`"
            raise LookupError(message)
        self.put(letter.push, attrs.evolve(letter.request), now, early=False)

    def delivered(self, callback: HttpRequest, reply: str, now: datetime) -> None:
        """Note how the receiver of a callback answered."""
        self._record.note(now, EventKind.RECEIVER, f"{receiver_of(callback)} {reply}")
        self._replies.get(id(callback), []).append(reply)

    def early(self, now: datetime) -> Sequence[HttpRequest]:
        """Hand out the callbacks that shall arrive before the answer to their push, each only once."""
        letters, self._early = self._early, []
        return self._hand_out(letters, now)

    def due(self, now: datetime) -> Sequence[HttpRequest]:
        """Hand out the callbacks whose time has come, in order and each only once."""
        letters, self._early = self._early, []
        while self._letters and self._letters[0].at <= now:
            letters.append(heappop(self._letters))
        return self._hand_out(letters, now)

    def next_due(self) -> datetime | None:
        """Give the time of the next callback, or None."""
        return min((letter.at for letter in (*self._early[:1], *self._letters[:1])), default=None)

    def _hand_out(self, letters: Sequence[_Letter], now: datetime) -> Sequence[HttpRequest]:
        for letter in letters:
            to = f"for {mask_phone(letter.push.phone)} to {receiver_of(letter.request)}"
            number = self._record.note(now, EventKind.CALLBACK, to)
            self._journal.keep(number, Exchange(letter.request, callback=True))
            self._replies[id(letter.request)] = []
        self._sent += letters
        return tuple(letter.request for letter in letters)


def receiver_of(callback: HttpRequest) -> str:
    """Name the receiver of a callback; without path and user, since the address may be signed."""
    parts = urlsplit(callback.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
