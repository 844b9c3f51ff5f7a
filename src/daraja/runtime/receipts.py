"""Answers the effects of flows about receipts: the shop's rules for validation and matching, and all others."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from inspect import iscoroutinefunction
from threading import Thread
from typing import Any, TypeVar

import attrs

from daraja.api.incoming import IncomingPayment
from daraja.http.flow import Effect, Flow
from daraja.inbound.model import Receipt
from daraja.inbound.policy import VALIDATION_TIME, AskAccept, AskMatch, InTime
from daraja.lifecycle.policy import refuse_awaitable
from daraja.lifecycle.ports import ThreadBound
from daraja.runtime.base import RecordRuntime, arun, run
from daraja.runtime.tasks import TaskRecordRuntime
from daraja.system.machine import timed
from daraja.system.tasks import call

T = TypeVar("T")


def _no_rule(_: object) -> object:
    return None


@attrs.frozen(kw_only=True)
class ReceiptRuntime(RecordRuntime):
    """Answers the effects of flows about receipts, in the thread that asks.

    Args:
        accept: The shop's rule for validations; None for none.
        match: The shop's rule for money that nothing expects; None for none.
        within: Seconds in which a validation is answered.
    """

    accept: Callable[[IncomingPayment], object] | None = None
    match: Callable[[Receipt], object] | None = None
    within: float = VALIDATION_TIME

    def answer(self, effect: Effect[Any], /) -> object:  # Any: effects of every type
        """Do what *effect* asks for."""
        match effect:
            case InTime(flow):
                return self._in_time(flow)
            case AskAccept(payment):
                return self._accept(payment)
            case AskMatch(receipt):
                return self._match(receipt)
            case _:
                return super().answer(effect)

    def _in_time(self, flow: Callable[[], Flow[Any]]) -> object:  # Any: as above
        """Carry out a flow in a thread of its own: nothing else can stop waiting for a store or for a function."""
        answered: Future[object] = Future()

        def work() -> None:
            try:
                answered.set_result(run(flow(), self))
            except Exception as error:  # noqa: BLE001 - the caller gets it
                answered.set_exception(error)
            except BaseException as stop:  # noqa: BLE001 - it ends no process: nobody presses Ctrl-C in this thread
                answered.set_exception(_as_failure(stop))
            finally:
                for runtime in (self, *self.places.values()):
                    if isinstance(runtime.store, ThreadBound):
                        runtime.store.leave_thread()

        Thread(target=copy_context().run, args=(work,), name="daraja-validation", daemon=True).start()
        return answered.result(self.within)

    def _accept(self, payment: IncomingPayment) -> object:
        return _asked(self.accept or _no_rule, payment, self.monotonic)

    def _match(self, receipt: Receipt) -> object:
        return _asked(self.match or _no_rule, receipt, self.monotonic)


@attrs.frozen(kw_only=True)
class TaskReceiptRuntime(ReceiptRuntime, TaskRecordRuntime):
    """Answers the effects of flows about receipts in a task. A coroutine function of the shop's is awaited."""

    async def _in_time(self, flow: Callable[[], Flow[Any]]) -> object:  # Any: as above
        asked = asyncio.ensure_future(_without_exit(arun(flow(), self)))
        asked.add_done_callback(_let_it_end)
        try:
            await asyncio.wait({asked}, timeout=self.within)
        finally:
            in_time = asked.done()
            asked.cancel()
        if not in_time:
            raise TimeoutError
        if asked.cancelled():
            raise _as_failure(asyncio.CancelledError())
        return asked.result()

    async def _accept(self, payment: IncomingPayment) -> object:
        rule = self.accept or _no_rule
        return await call(rule if iscoroutinefunction(rule) else partial(_in_a_thread, rule), payment)

    async def _match(self, receipt: Receipt) -> object:
        with timed(self.match, self.monotonic):
            return await call(self.match or _no_rule, receipt)


def _asked(rule: Callable[[Any], object], news: object, clock: Callable[[], float]) -> object:  # Any: as above
    with timed(rule, clock):
        answer = rule(news)
    refuse_awaitable(answer)
    return answer


def _in_a_thread(rule: Callable[[Any], object], payment: IncomingPayment) -> object:  # Any: as above
    """Call a rule in a thread, where no Ctrl-C comes. A ``KeyboardInterrupt`` is then a failure of the rule."""
    try:
        return rule(payment)
    except KeyboardInterrupt as stop:
        raise _as_failure(stop) from stop


async def _without_exit(work: Coroutine[Any, Any, T]) -> T:  # Any: what tasks and event loops say to each other
    """Await work that calls a rule. A ``sys.exit()`` in the rule must not end the event loop."""
    try:
        return await work
    except SystemExit as stop:
        raise _as_failure(stop) from stop


def _as_failure(stop: BaseException) -> Exception:
    failure = RuntimeError("a function of the shop's tried to end the process")
    failure.__cause__ = stop
    return failure


def _let_it_end(asked: "asyncio.Future[object]") -> None:
    """Take the error of work that ended too late, so that nothing reports it as unhandled."""
    if not asked.cancelled():
        asked.exception()
