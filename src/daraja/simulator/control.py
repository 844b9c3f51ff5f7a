"""What a developer may do to a local Daraja, whichever way it is reached."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Final

from daraja.http.messages import HttpRequest
from daraja.simulator.answers import Answer
from daraja.simulator.desk import Desk
from daraja.simulator.engine import Engine
from daraja.simulator.events import Event, EventKind
from daraja.simulator.hours import Hours
from daraja.simulator.prompts import Prompt
from daraja.simulator.pushes import Push
from daraja.simulator.results import PAID, Result
from daraja.simulator.scenarios.callbacks import Change, altered
from daraja.simulator.seconds import check_seconds

__all__ = ["Control"]

_OFTEN_ENOUGH: Final = 1_000


class Control(ABC):
    """People's phones, the time and the callbacks of a local Daraja, in the hands of a test.

    Whatever becomes due by one of these calls has been delivered when the call returns.

    Args:
        engine: What answers; nobody else may call it.
        hours: The time it goes by.
    """

    def __init__(self, engine: Engine, hours: Hours) -> None:
        self.engine: Final = engine
        self._desk: Final = Desk(engine, hours)

    @property
    @abstractmethod
    def base_url(self) -> str:
        """The address to use instead of ``https://sandbox.safaricom.co.ke``."""

    @abstractmethod
    def _hand_over(self, callback: HttpRequest) -> None:
        """Deliver one callback to its receiver."""

    @abstractmethod
    def _listens(self) -> bool:
        """Tell whether there is anybody to deliver callbacks to."""

    @abstractmethod
    def _settle(self) -> None:
        """Wait until what is under way by itself has arrived."""

    # The phones

    def pay(self, phone: str) -> None:
        """Type the right PIN at the oldest open prompt of a phone, as ``answer`` does."""
        self.answer(phone, Answer.PAY)

    def wrong_pin(self, phone: str) -> None:
        """Type a wrong PIN, as ``answer`` does."""
        self.answer(phone, Answer.WRONG_PIN)

    def cancel(self, phone: str) -> None:
        """Cancel, as ``answer`` does."""
        self.answer(phone, Answer.CANCEL)

    def no_funds(self, phone: str) -> None:
        """Type the right PIN without enough money on the account, as ``answer`` does."""
        self.answer(phone, Answer.NO_FUNDS)

    def ignore(self, phone: str) -> None:
        """Leave the prompt to end by itself, as ``answer`` does."""
        self.answer(phone, Answer.IGNORE)

    def answer(self, phone: str, answer: Answer) -> None:
        """Do what a person does with the oldest prompt that is open on a phone.

        Args:
            phone: The phone, in any form that people write.
            answer: What the person does; ``IGNORE`` leaves the prompt to end by itself.

        Raises:
            LookupError: If no prompt is open there; push first, or answer before it ends.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        with self._desk.turn() as now:
            self.engine.answer(phone, answer, now)
            callbacks = self._due()
        self._send(callbacks)

    # The time

    def advance(self, *, seconds: float) -> None:
        """Move the local Daraja's time forward; what becomes due on the way happens in its order, each at its time.

        Args:
            seconds: By how much, up to a day.

        Raises:
            ValueError: If it is not from 0 to 86,400 seconds.
        """
        check_seconds("seconds", seconds)
        with self._desk.turn() as now:
            until = now + timedelta(seconds=seconds)
            self.engine.note(EventKind.CONTROL, f"the time moves forward by {seconds:g} s", now)
        while self._takes() and (following := self._desk.next_due()) is not None and following < until:
            self._send(self._move(following))
        self._send(self._move(until))

    # The callbacks

    def deliver(self, *, times: int = 1, shuffled: bool = False) -> int:
        """Deliver the callbacks that are due now, those that ``hold`` keeps back among them.

        Args:
            times: How often each is delivered, up to 1,000; 0 loses them.
            shuffled: Whether they come in another order, the same in every run.

        Returns:
            How many deliveries were made.

        Raises:
            ValueError: If *times* is not from 0 to 1,000.
            RuntimeError: If nobody listens; see ``daraja.testing.mount.mount``.
        """
        if not 0 <= times <= _OFTEN_ENOUGH:
            message = f"times is {times}; give a number from 0 to {_OFTEN_ENOUGH:,}"
            raise ValueError(message)
        if not self._listens():
            message = "nobody listens for callbacks here; mount it with deliver=, or take them from due()"
            raise RuntimeError(message)
        with self._desk.turn() as now:
            callbacks = [*self.engine.due(now)] * times
        if shuffled:
            callbacks = _shuffled(callbacks)
        self._send(callbacks)
        return len(callbacks)

    def send_again(self, callback: HttpRequest | None = None) -> None:
        """Deliver a callback once more, byte for byte.

        Args:
            callback: One of ``callbacks``; the newest if left out.

        Raises:
            LookupError: If it never went out.
        """
        with self._desk.turn() as now:
            chosen = callback or next(reversed(self.engine.callbacks), None)
            if chosen is None:
                message = "no callback went out yet; answer a prompt first"
                raise LookupError(message)
            self.engine.again(chosen, now)
            callbacks = self._due()
        self._send(callbacks)

    def forge(self, phone: str, *changes: Change, result: Result = PAID) -> None:
        """Deliver a callback that Daraja never made, as somebody would who has learnt the address.

        Args:
            phone: Whose newest push it speaks of, in any form that people write.
            *changes: What is odd about it: ``with_another_amount`` and the like, of ``daraja.simulator.scenarios``.
            result: What it claims.

        Raises:
            LookupError: If that phone was never asked for money.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        with self._desk.turn() as now:
            self.engine.forge(phone, result, altered(*changes), now)
            callbacks = self._due()
        self._send(callbacks)

    @contextmanager
    def hold(self) -> Generator[None]:
        """Keep callbacks back until the block ends, or ``deliver`` hands them out."""
        before = self._desk.held
        self._desk.hold(held=True)
        try:
            yield
        finally:
            self._desk.hold(held=before)
            with self._desk.turn():
                callbacks = self._due()
            self._send(callbacks)

    def revoke_tokens(self) -> None:
        """Refuse every access token given out so far."""
        with self._desk.turn() as now:
            self.engine.revoke_tokens()
            self.engine.note(EventKind.CONTROL, "every access token given out so far is over", now)

    # What there is

    @property
    def pushes(self) -> Sequence[Push]:
        """Every push that was accepted, oldest first."""
        return self.engine.pushes

    @property
    def prompts(self) -> Sequence[Prompt]:
        """The prompts that are open on a phone, oldest first."""
        with self._desk.turn() as now:
            self.engine.settle(now)
            return self.engine.prompts

    @property
    def decided(self) -> Sequence[Prompt]:
        """The prompts whose push came to its result, so what really was paid, and what was not."""
        with self._desk.turn() as now:
            self.engine.settle(now)
            return self.engine.decided

    @property
    def callbacks(self) -> Sequence[HttpRequest]:
        """Every callback that went out, oldest first."""
        return self.engine.callbacks

    @property
    def events(self) -> Sequence[Event]:
        """What happened, oldest first; the newest 10,000 events are kept."""
        return self.engine.events

    def _takes(self) -> bool:
        return self._listens() and not self._desk.held and not self._desk.closed

    def _due(self) -> Sequence[HttpRequest]:
        return self.engine.due(self._desk.now()) if self._takes() else ()

    def _move(self, until: datetime) -> Sequence[HttpRequest]:
        with self._desk.turn():
            self._desk.move(until)
            return self._due()

    def _send(self, callbacks: Sequence[HttpRequest]) -> None:
        for callback in callbacks:
            self._hand_over(callback)
        self._settle()


def _shuffled(callbacks: Sequence[HttpRequest]) -> list[HttpRequest]:
    order = Random(len(callbacks)).sample(callbacks, len(callbacks))  # noqa: S311 - the same in every run
    return order if order != callbacks else order[::-1]
