"""An engine that several threads may use, at the time of day."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from threading import Condition

from daraja.simulator.answers import Answer
from daraja.simulator.engine import Engine
from daraja.simulator.replies import AnswerLost
from daraja.wire import HttpRequest, HttpResponse

__all__ = ["Desk"]


class Desk:
    """A lock around an engine, and the wait for its callbacks.

    Args:
        engine: The engine; nobody else may call it while the desk is open.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = Condition()
        self._closed = False

    def handle(self, request: HttpRequest) -> tuple[Sequence[HttpRequest], HttpResponse | None]:
        """Answer a request as Daraja does.

        Returns:
            The callbacks to deliver before the answer, and the answer; None if it shall not arrive.
        """
        response: HttpResponse | None = None
        with self._changed:
            now = _now()
            with suppress(AnswerLost):
                response = self._engine.handle(request, now)
            early = self._engine.early(now)
            self._changed.notify_all()
        return early, response

    def answer(self, phone: str, answer: Answer) -> None:
        """Do what a person does with the oldest prompt that is open on a phone."""
        with self._changed:
            self._engine.answer(phone, answer, _now())
            self._changed.notify_all()

    def delivered(self, callback: HttpRequest, reply: str) -> None:
        """Record how the receiver of a callback answered."""
        with self._changed:
            self._engine.delivered(callback, reply, _now())

    def revoke_tokens(self) -> None:
        """Refuse every access token given out so far."""
        with self._changed:
            self._engine.revoke_tokens()

    def wait_for_callbacks(self) -> Sequence[HttpRequest]:
        """Wait until callbacks are due and give them; none once the desk is closed."""
        with self._changed:
            while not self._closed:
                now = _now()
                if callbacks := self._engine.due(now):
                    return callbacks
                following = self._engine.next_due()
                self._changed.wait(None if following is None else (following - now).total_seconds())
        return ()

    def close(self) -> None:
        """End the wait for callbacks; those still to come are forgotten."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _now() -> datetime:
    return datetime.now(UTC)
