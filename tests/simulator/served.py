"""A local Daraja on a real socket, with a shop that talks plain HTTP to it."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from queue import Queue

import requests

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Answer, Engine, Event, EventKind, LocalDaraja
from tests.simulator.shop import Shop
from tests.support.servers import Conversation, Seen

__all__ = ["hang", "served", "shop_at", "wait_for"]


def shop_at(base_url: str) -> Shop:
    """Return a shop that sends its requests over HTTP."""

    def send(request: HttpRequest, _: datetime) -> HttpResponse:
        response = requests.request(request.method, request.url, headers=request.headers, data=request.body, timeout=10)
        return HttpResponse(response.status_code, response.headers, response.content)

    return Shop(send, datetime.now(UTC), base_url=base_url)


@contextmanager
def served(
    *, answer: Answer = Answer.IGNORE, delay: float = 0.0, prompt_life: float = 27.0, timeout: float = 10.0
) -> Generator[tuple[LocalDaraja, Shop, "Queue[Event]"]]:
    """Serve an engine; yield it with a shop that talks to it, and the queue of its events."""
    events = Queue[Event]()
    engine = Engine(answer=answer, delay=delay, prompt_life=prompt_life, busy_seconds=0, on_event=events.put)
    with LocalDaraja(engine=engine, timeout=timeout) as local:
        yield local, shop_at(local.base_url), events


def wait_for(kind: EventKind, events: "Queue[Event]") -> str:
    while True:
        event = events.get(timeout=10)
        if event.kind is kind:
            return event.text


def hang(conversation: Conversation, _: Seen) -> bool:
    conversation.hang()
    return False
