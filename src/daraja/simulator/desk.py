"""An engine that several threads may use, at a time that may be moved."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Condition
from typing import Final

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.engine import Engine
from daraja.simulator.events import EventKind, plain
from daraja.simulator.hours import Hours
from daraja.simulator.replies import AnswerLost

__all__ = ["Desk"]


class Desk:
    """A lock around an engine, and the wait for what happens there.

    Args:
        engine: The engine; nobody else may call it while the desk is open.
        hours: The time.
    """

    def __init__(self, engine: Engine, hours: Hours) -> None:
        self.engine: Final = engine
        self._hours: Final = hours
        self.started: Final = hours.now().isoformat()
        self._changed: Final = Condition()
        self._held = False
        self._under_way = 0
        self._closed = False

    @contextmanager
    def turn(self) -> Generator[datetime]:
        """Have the engine for oneself until the block ends, at a time that does not move meanwhile."""
        with self._changed:
            try:
                yield self._hours.now()
            finally:
                self._changed.notify_all()

    def handle(self, request: HttpRequest, *, early: bool = True) -> tuple[Sequence[HttpRequest], HttpResponse | None]:
        """Answer a request as Daraja does.

        Args:
            request: What was asked.
            early: Whether anybody takes callbacks before the answer; otherwise they become due with the others.

        Returns:
            The callbacks to deliver before the answer, and the answer; None if it shall not arrive.
        """
        response: HttpResponse | None = None
        with self.turn() as now:
            with suppress(AnswerLost):
                response = self.engine.handle(request, now)
            callbacks = self.engine.early(now) if early and not self._held else ()
        return callbacks, response

    def now(self) -> datetime:
        """Give the time."""
        with self._changed:
            return self._hours.now()

    def move(self, until: datetime) -> None:
        """Move the time, and decide every prompt whose time is up; a time that is past is left."""
        with self.turn() as now:
            self._hours.advance(max(0.0, (until - now).total_seconds()))
            self.engine.settle(self._hours.now())

    def next_due(self) -> datetime | None:
        """Give the time when something happens next by itself, or None if nothing is under way."""
        with self._changed:
            return self.engine.next_due()

    @property
    def held(self) -> bool:
        """Whether callbacks are kept back."""
        return self._held

    @property
    def closed(self) -> bool:
        """Whether nothing more is delivered."""
        return self._closed

    def hold(self, *, held: bool) -> None:
        """Keep callbacks back, or no longer."""
        with self.turn() as now:
            if held is not self._held:
                self._held = held
                words = "callbacks are kept back" if held else "callbacks are kept back no longer"
                self.engine.note(EventKind.CONTROL, words, now)

    def delivered(self, callback: HttpRequest, reply: str) -> None:
        """Record how the receiver of a callback answered."""
        with self.turn() as now:
            self.engine.delivered(callback, reply, now)

    def failed(self, error: Exception) -> None:
        """Record what a scenario raised."""
        with self.turn() as now:
            words = f"a scenario raised {type(error).__name__}: {plain(str(error))}; mend the scenario"
            self.engine.note(EventKind.FAULT, words, now)

    def wait_for_callbacks(self) -> Sequence[HttpRequest]:
        """Wait until callbacks are due and take them over, to tell ``arrived`` of each; none once it is closed."""
        with self._changed:
            while not self._closed:
                now = self._hours.now()
                if not self._held and (callbacks := self._due(now)):
                    self._under_way += len(callbacks)
                    self._changed.notify_all()
                    return callbacks
                following = None if self._held else self.engine.next_due()
                self._changed.wait(None if following is None else (following - now).total_seconds())
        return ()

    def _due(self, now: datetime) -> Sequence[HttpRequest]:
        try:
            return self.engine.due(now)
        except Exception as error:  # noqa: BLE001 - a scenario of the user's, which must not end all callbacks
            self.failed(error)
            return ()

    def arrived(self) -> None:
        """Tell that a callback from ``wait_for_callbacks`` is no longer under way."""
        with self.turn():
            self._under_way -= 1

    def wait_until_arrived(self, patience: float) -> None:
        """Wait until no callback is under way, at most so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, patience)

    def wait_for_news(self, since: int, patience: float) -> None:
        """Wait for an event newer than number *since*, at most so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self.engine.last_event > since, patience)

    def open(self) -> None:
        """Begin, perhaps anew."""
        with self.turn():
            self._closed = False

    def close(self) -> None:
        """End every wait; callbacks still to come are forgotten."""
        with self.turn():
            self._closed = True
