"""An engine behind a lock, which delivers the callbacks that it makes due."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Condition
from typing import Final

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.clock import AdvanceableClock
from daraja.simulator.engine import Engine
from daraja.simulator.errors import AnswerLost


class LockedEngine(ABC):
    """An engine that any thread may use, one after the other.

    Args:
        engine: What answers; only this object may call it.
        clock: The time of the engine.
    """

    def __init__(self, engine: Engine, clock: AdvanceableClock) -> None:
        self.engine: Final = engine
        self._clock: Final = clock
        self._changed: Final = Condition()
        """The lock around the engine; everyone who waits for something wakes up when it is released."""
        self._held = False
        self._closed = False

    @property
    @abstractmethod
    def base_url(self) -> str:
        """The address to use instead of ``https://sandbox.safaricom.co.ke``."""

    @abstractmethod
    def _post(self, callback: HttpRequest) -> object:
        """Send one callback to its receiver, and return the reply; only text is noted as a reply."""

    def _delivers(self) -> bool:
        """Tell whether callbacks are delivered, and not left to ``engine.due``."""
        return True

    def _deliver(self, callbacks: Sequence[HttpRequest]) -> None:
        """Deliver callbacks, one after the other."""
        for callback in callbacks:
            self._deliver_one(callback)

    def _may_deliver(self) -> bool:
        return self._delivers() and not self._held and not self._closed

    def _deliver_one(self, callback: HttpRequest) -> None:
        reply = self._post(callback)
        if isinstance(reply, str):
            with self.locked() as now:
                self.engine.delivered(callback, reply, now)

    def wait_for_event(self, after: int, timeout: float) -> None:
        """Wait for an event with a number above *after*, at most *timeout* seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self.engine.log.last > after, timeout)

    @contextmanager
    def locked(self) -> Generator[datetime]:
        """Use the engine alone until the block ends, at a time that does not move meanwhile."""
        with self._changed:
            try:
                yield self._clock.now()
            finally:
                self._changed.notify_all()

    @contextmanager
    def _acting(self) -> Generator[datetime]:
        """Use the engine alone until the block ends, then deliver the callbacks that are due."""
        with self.locked() as now:
            yield now
            callbacks = self._take_due_now()
        self._deliver(callbacks)
        while callbacks := self._take_again():  # a shop's answer to one callback may make the next one due
            self._deliver(callbacks)

    def _take_due_now(self) -> Sequence[HttpRequest]:
        return self.engine.due(self._clock.now()) if self._may_deliver() else ()

    def _take_again(self) -> Sequence[HttpRequest]:
        with self.locked():
            return self._take_due_now()

    def _respond(self, request: HttpRequest) -> tuple[Sequence[HttpRequest], HttpResponse | None]:
        """Answer a request; return the callbacks to deliver before the answer, and the answer, None if it is lost."""
        response: HttpResponse | None = None
        with self.locked() as now:
            with suppress(AnswerLost):
                response = self.engine.handle(request, now)
            early = self.engine.early(now) if self._may_deliver() else ()
        return early, response
