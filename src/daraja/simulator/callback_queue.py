"""The callbacks that are to be sent, in the order of their times, and those that were sent."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

import attrs

from daraja.http.messages import HttpRequest
from daraja.simulator.clock import Schedule
from daraja.simulator.event_log import EventKind, EventLog, Exchange


class CallbackReply(str):
    """How the receiver of a callback answered, in a few words.

    Args:
        words: The words, for example ``answered HTTP 200``.
        body: The body of its answer; empty if it took nothing.
    """

    __slots__ = ("body",)
    body: bytes

    def __new__(cls, words: str, body: bytes = b"") -> Self:
        """Keep both."""
        reply = super().__new__(cls, words)
        reply.body = body
        return reply


@attrs.frozen(kw_only=True)
class Delivery:
    """A callback and the replies to it.

    Args:
        callback: The request; hidden in the repr, since its address may be signed.
        at: When it is due.
        product: The product that sends it, such as ``stk``.
        subject: Whom it is about, for the event log; a masked number.
        early: Whether it is sent before the answer to the request that caused it.
        on_reply: Called with the reply to it and the time, where the product waits for one.
        replies: How its receiver answered each time, for example ``answered HTTP 200``; oldest first.
    """

    callback: HttpRequest = attrs.field(repr=False)
    at: datetime
    product: str
    subject: str
    early: bool = False
    on_reply: Callable[[CallbackReply, datetime], None] | None = None
    replies: Sequence[str] = ()


class CallbackQueue:
    """The callbacks of a local Daraja.

    Args:
        schedule: Where each callback waits for its time.
        log: Where each callback that is sent is noted.
    """

    def __init__(self, schedule: Schedule, log: EventLog) -> None:
        self._schedule = schedule
        self._log = log
        self._early: list[Delivery] = []
        self._ready: list[Delivery] = []
        self._sent: dict[int, Delivery] = {}
        """By the identity of the request: a callback that is sent again is an equal request, but not the same."""

    @property
    def sent(self) -> Sequence[Delivery]:
        """Every callback that was handed out, oldest first."""
        return tuple(self._sent.values())

    def put(self, delivery: Delivery) -> None:
        """Keep a callback until it is due; an early one is ready at once."""
        if delivery.early:
            self._early.append(delivery)
        else:
            self._schedule.at(delivery.at, lambda _: self._ready.append(delivery))

    def send_again(self, callback: HttpRequest | None, now: datetime) -> None:
        """Make a callback that was sent due once more.

        Args:
            callback: A request that was sent; the newest one if None.
            now: The time.

        Raises:
            LookupError: If it was never sent.
        """
        newest_first = reversed(self._sent.values())
        found = next((sent for sent in newest_first if callback is None or sent.callback == callback), None)
        if found is None:
            message = "no such callback was sent from here; answer a prompt first, then give one of `callbacks`"
            raise LookupError(message)
        again = attrs.evolve(found.callback)
        self.put(attrs.evolve(found, callback=again, at=now, early=False, on_reply=None, replies=()))

    def early(self, now: datetime) -> Sequence[HttpRequest]:
        """Hand out the callbacks that are sent before the answer to the last request, each once."""
        early, self._early = self._early, []
        return self._hand_out(early, now)

    def due(self, now: datetime) -> Sequence[HttpRequest]:
        """Hand out the callbacks that the schedule made ready, in the order of their times, each once."""
        due, self._early, self._ready = [*self._early, *self._ready], [], []
        return self._hand_out(due, now)

    def next_due(self) -> datetime | None:
        """Return the time of the first callback that is ready, or None."""
        return min((delivery.at for delivery in (*self._early[:1], *self._ready[:1])), default=None)

    def delivered(self, callback: HttpRequest, reply: str, now: datetime) -> None:
        """Note how the receiver of a callback replied."""
        self._log.note(EventKind.RECEIVER, f"{receiver_of(callback)} {reply}", now)
        if sent := self._sent.get(id(callback)):
            self._sent[id(callback)] = attrs.evolve(sent, replies=(*sent.replies, str(reply)))
            if sent.on_reply is not None:
                sent.on_reply(reply if isinstance(reply, CallbackReply) else CallbackReply(reply), now)

    def _hand_out(self, deliveries: Sequence[Delivery], now: datetime) -> Sequence[HttpRequest]:
        for delivery in deliveries:
            text = f"{delivery.product} for {delivery.subject} to {receiver_of(delivery.callback)}"
            number = self._log.note(EventKind.CALLBACK, text, now)
            self._log.keep(number, Exchange(delivery.callback, callback=True, product=delivery.product))
            self._sent[id(delivery.callback)] = delivery
        return tuple(delivery.callback for delivery in deliveries)


def receiver_of(callback: HttpRequest) -> str:
    """Name the receiver of a callback, without path and user, since the address may be signed."""
    parts = urlsplit(callback.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
