"""What answers the effects of flows about receipts: the shop's rules for validation and matching, and the rest."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import Any

import attrs

from daraja.api.incoming import IncomingPayment
from daraja.http.flow import Effect
from daraja.inbound.model import Receipt
from daraja.inbound.policy import VALIDATION_TIME, AskAccept, AskMatch
from daraja.lifecycle.policy import refuse_awaitable
from daraja.runtime.records import RecordRuntime
from daraja.runtime.tasks import TaskRecordRuntime
from daraja.system.machine import timed
from daraja.system.threads import call

__all__ = ["ReceiptRuntime", "TaskReceiptRuntime"]


def _no_rule(_: object) -> object:
    return None


@attrs.frozen(kw_only=True)
class ReceiptRuntime(RecordRuntime):
    """Answers the effects of flows about receipts, in the thread that asks.

    Args:
        accept: The shop's rule for validations; None for none.
        match: The shop's rule for money that nothing expects; None for none.
        accept_within: Seconds that *accept* may take.
    """

    accept: Callable[[IncomingPayment], object] | None = None
    match: Callable[[Receipt], object] | None = None
    accept_within: float = VALIDATION_TIME

    def answer(self, effect: Effect[Any], /) -> object:  # Any: effects of every type
        """Do what *effect* asks for."""
        match effect:
            case AskAccept(payment):
                return self._accept(payment)
            case AskMatch(receipt):
                return self._match(receipt)
            case _:
                return super().answer(effect)

    def _accept(self, payment: IncomingPayment) -> object:
        """Ask the shop in a thread of its own: nothing else can stop waiting for a function."""
        answered: Future[object] = Future()

        def work() -> None:
            try:
                answered.set_result(_asked(self.accept or _no_rule, payment, self.monotonic))
            except BaseException as error:  # noqa: BLE001 - who waits gets it
                answered.set_exception(error)

        Thread(target=copy_context().run, args=(work,), name="daraja-validation", daemon=True).start()
        try:
            return answered.result(self.accept_within)
        except TimeoutError:
            return None

    def _match(self, receipt: Receipt) -> object:
        return _asked(self.match or _no_rule, receipt, self.monotonic)


@attrs.frozen(kw_only=True)
class TaskReceiptRuntime(ReceiptRuntime, TaskRecordRuntime):
    """Answers the effects of flows about receipts in a task. A coroutine function of the shop's is awaited."""

    async def _accept(self, payment: IncomingPayment) -> object:
        asked = asyncio.ensure_future(call(self.accept or _no_rule, payment))
        done, _ = await asyncio.wait({asked}, timeout=self.accept_within)
        if not done:
            asked.add_done_callback(_let_it_end)
            return None
        return asked.result()

    async def _match(self, receipt: Receipt) -> object:
        with timed(self.match, self.monotonic):
            return await call(self.match or _no_rule, receipt)


def _asked(rule: Callable[[Any], object], news: object, clock: Callable[[], float]) -> object:  # Any: as above
    with timed(rule, clock):
        answer = rule(news)
    refuse_awaitable(answer)
    return answer


def _let_it_end(asked: "asyncio.Future[object]") -> None:
    """Take the error of a rule that came too late, which nobody waits for any more."""
    if not asked.cancelled():
        asked.exception()
