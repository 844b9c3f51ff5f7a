"""A cancelled task leaves no open work and the same state as a killed process, which is proved to recover.

``tests/payments/test_crash_points.py`` proves the recovery after a killed process, case by case. Here each case
runs as a task with the real loop, its store in threads, and is cancelled where the process was killed.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from inspect import isawaitable
from math import inf
from threading import Event
from typing import Any, Final

import attrs
import pytest

from daraja import AsyncCheckout, AsyncDaraja, Status
from daraja.errors import DarajaError
from daraja.http.flow import Effect, StoreCall
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.effects import NewKey, Notify, ShowProgress
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.payments.model import Payment
from daraja.runtime import arun
from daraja.runtime.tasks import TaskRecordRuntime, TaskRuntime
from daraja.stores import MemoryStore
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens
from tests.aio.awaiting import Awaited
from tests.support.crashes.interruptions import killed_before
from tests.support.crashes.ledgers import in_memory
from tests.support.crashes.naming import named, names
from tests.support.crashes.operations import EVERY_CASE, Operation
from tests.support.crashes.outcomes import Outcome
from tests.support.crashes.shop import Shop
from tests.support.scripted import ScriptedTransport, accepted, settings, token
from tests.support.shops import paid, token_for

OF_FLOWS: Final = [case for case in EVERY_CASE if str(case.id).startswith("start") or str(case.id).endswith(": paid")]
"""The cases in which the flows ask for other effects than in the other cases."""

FAR: Final = datetime(2100, 1, 1, tzinfo=UTC)


@attrs.define
class Witness:
    """Records every effect of a flow, and cancels its task at one of them.

    Args:
        point: At which effect, counted from 0 as they are asked for.
        done: Whether it is carried out before.
    """

    point: int
    done: bool
    asked: list[Effect[Any]] = attrs.field(factory=list[Effect[Any]], init=False)  # Any: effects of every type
    kept: list[str | None] = attrs.field(factory=list[str | None], init=False)
    """The keys of the callbacks that were kept."""
    known: int | None = attrs.field(default=None, init=False)
    """How many effects were asked for when the task was cancelled."""

    async def attend(self, effect: Effect[Any], answer: Callable[[Effect[Any]], object]) -> object:  # Any: as above
        number = len(self.asked)
        self.asked.append(effect)
        if number == self.point and not self.done:
            await self.cancel()
        try:
            given = answer(effect)
            given = await given if isawaitable(given) else given
        except DarajaError:
            if number == self.point:
                await self.cancel()
            raise
        match effect:
            case StoreCall("record", (ReceivedCallback(key=key),)):
                self.kept.append(key)
            case _:
                pass
        if number == self.point:
            await self.cancel()
        return given

    async def cancel(self) -> None:
        """Cancel the task that runs this, as from outside."""
        task = asyncio.current_task()
        assert task is not None
        self.known = len(self.asked)
        task.cancel()
        await asyncio.sleep(0)


@attrs.frozen(kw_only=True)
class WatchedWorld(TaskRuntime):
    """A world that a witness sees, also what is carried out for ``SingleFlight``.

    It names the class above it, since the oldest attrs that may be used cannot mend ``super()`` in a class with slots.
    """

    witness: Witness

    def answer(self, effect: Effect[Any], /, deadline: float = inf) -> object:  # Any: as above
        return self.witness.attend(effect, partial(TaskRuntime.answer, self, deadline=deadline))


@attrs.frozen(kw_only=True)
class WatchedOffice(TaskRecordRuntime):
    """An office that a witness sees; what its world answers is seen there."""

    witness: Witness

    def answer(self, effect: Effect[Any], /) -> object:  # Any: as above
        answer = partial(TaskRecordRuntime.answer, self)
        return answer(effect) if self.is_outside(effect) else self.witness.attend(effect, answer)

    def is_outside(self, effect: Effect[Any]) -> bool:  # Any: as above
        return not isinstance(effect, StoreCall | NewKey | Notify | ShowProgress)


@attrs.frozen
class Line:
    """A transport that ends at a shop's Daraja."""

    shop: Shop

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        return self.shop.send(request)


def attempt(operation: Operation, outcome: Outcome, point: int, *, done: bool) -> tuple[Shop, Witness, object]:
    """Run the operation in a new shop, in a task that is cancelled at an effect; return its end, too."""
    shop = operation.shop(outcome, in_memory())
    office = shop.office()
    witness = Witness(point, done)
    world = WatchedWorld(
        transport=Line(shop),
        clock=shop.clock,
        sleep=shop.clock.sleep,
        tokens=MemoryTokens(shop.clock),
        random=lambda: 0.5,
        witness=witness,
    )
    watched = WatchedOffice(
        runtime=world, store=office.store, on_success=office.on_success, new_key=office.new_key, witness=witness
    )
    ended: object = None
    try:
        ended = asyncio.run(arun(operation.flow(shop), watched))
    except (asyncio.CancelledError, DarajaError) as error:
        ended = error
    shop.heard.update(key for key in witness.kept if key is not None)
    return shop, witness, ended


@pytest.mark.parametrize(("operation", "outcome"), OF_FLOWS)
def test_a_cancelled_task_leaves_the_same_state_as_a_killed_process(operation: Operation, outcome: Outcome) -> None:
    _, rehearsal = operation.attempt(outcome, in_memory())
    effects = names(rehearsal.asked)
    left = [
        operation.attempt(outcome, in_memory(), killed_before(point))[0].remains() for point in range(len(effects) + 1)
    ]
    for point, name in enumerate(effects):
        for done in (False, True):
            with named(f"cancelled {'after' if done else 'before'} effect {point}, {name}"):
                shop, witness, ended = attempt(operation, outcome, point, done=done)
                assert isinstance(ended, asyncio.CancelledError)
                assert names(witness.asked[: point + 1]) == effects[: point + 1]
                assert len(witness.asked) == witness.known, "it asks for more on its way out"
                assert shop.remains() == left[len(witness.asked) if done else point]


@pytest.mark.parametrize(("operation", "outcome"), EVERY_CASE)
def test_a_task_that_is_not_cancelled_leaves_the_same_state_as_a_process(
    operation: Operation, outcome: Outcome
) -> None:
    there, rehearsal = operation.attempt(outcome, in_memory())
    shop, witness, ended = attempt(operation, outcome, -1, done=False)

    assert names(witness.asked) == names(rehearsal.asked)
    assert shop.remains() == there.remains()
    assert type(ended) is type(rehearsal.error if rehearsal.answer is None else rehearsal.answer)


class Stalling:
    """A transport that reports a request to *path* and answers it only after permission."""

    def __init__(self, *replies: HttpResponse, path: str) -> None:
        self.script = ScriptedTransport(replies)
        self.path = path
        self.come = asyncio.Event()
        self.go_on = asyncio.Event()

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        if request.url.partition("?")[0].endswith(self.path) and not self.come.is_set():
            self.script.requests.append(request)
            self.come.set()
            await self.go_on.wait()
        return self.script.send(request)


@pytest.mark.parametrize(("path", "replies"), [("/generate", []), ("/processrequest", [token()])])
def test_a_cancelled_start_leaves_its_payment_pending_and_does_not_block_the_next(
    path: str, replies: list[HttpResponse]
) -> None:
    store = MemoryStore()

    async def sell() -> Payment:
        transport = Stalling(*replies, *[token()] * (not replies), accepted(), path=path)
        daraja = AsyncDaraja(settings(), transport=transport, clock=ManualClock())
        checkout = AsyncCheckout(daraja, store)
        first = asyncio.create_task(
            checkout.start(phone="0712345678", amount=5, reference="A", idempotency_key="first")
        )
        await transport.come.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert asyncio.all_tasks() == {asyncio.current_task()}
        again = await checkout.start(phone="0712345678", amount=5, reference="A", idempotency_key="first")
        second = await checkout.start(phone="0722345678", amount=5, reference="B", idempotency_key="second")
        assert (again.status, second.status) == (Status.PENDING, Status.INITIATED)
        assert transport.script.paths.count("processrequest") == 1 + (path == "/processrequest")
        return again

    payment = asyncio.run(sell())

    assert store.load(payment.key) == payment


@pytest.mark.parametrize("path", ["/generate", "/processrequest"])
def test_a_timeout_of_the_caller_leaves_the_same_state_as_a_cancellation(path: str) -> None:
    store, replies = MemoryStore(), [token(), accepted(), accepted()]

    async def sell() -> None:
        transport = Stalling(*replies, path=path)
        checkout = AsyncCheckout(AsyncDaraja(settings(), transport=transport, clock=ManualClock()), store)

        async def expire(limit: asyncio.Timeout) -> None:
            await transport.come.wait()
            limit.reschedule(0)

        async def sell_two() -> None:
            async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
                group.create_task(expire(limit))
                group.create_task(checkout.start(phone="0712345678", amount=5, reference="A"))
                group.create_task(checkout.start(phone="0733345678", amount=5, reference="C"))

        with pytest.raises(TimeoutError):
            await sell_two()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        transport.go_on.set()
        second = await checkout.start(phone="0722345678", amount=5, reference="B")
        assert second.status is Status.INITIATED

    asyncio.run(sell())
    assert Status.PENDING in {payment.status for payment in store.due(FAR, 10)}


def test_a_write_after_a_cancellation_undoes_no_other_write() -> None:
    writing, go_on, late = Event(), Event(), list[bool]()

    class Slow(MemoryStore):
        def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
            if old.status is not Status.PENDING or writing.is_set():
                return super().swap(old, new, entry)
            writing.set()
            assert go_on.wait(30)
            late.append(super().swap(old, new, entry))
            return late[0]

    store = Slow()

    async def sell() -> Payment:
        transport = Awaited(ScriptedTransport([token(), accepted()]))
        checkout = AsyncCheckout(AsyncDaraja(settings(), transport=transport, clock=ManualClock()), store)
        start = asyncio.create_task(checkout.start(phone="0712345678", amount=5, reference="A"))
        assert await asyncio.to_thread(writing.wait, 30)
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        [payment] = store.due(FAR, 10)
        await checkout.receive(paid(payment), token=token_for(settings(), payment.key))
        go_on.set()
        return await checkout.payment(payment.key)

    payment = asyncio.run(sell())  # which waits for threads in the end

    assert late == [False]
    assert payment.paid
    assert store.load(payment.key) == payment


@pytest.mark.parametrize("method", ["insert", "swap"])
def test_a_store_finishes_its_write_when_the_task_is_cancelled(method: str) -> None:
    writing, go_on = Event(), Event()

    class Slow(MemoryStore):
        def insert(self, payment: Payment, /) -> Payment:
            self.wait("insert")
            return super().insert(payment)

        def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
            self.wait("swap")
            return super().swap(old, new, entry)

        def wait(self, name: str) -> None:
            if name == method:
                writing.set()
                assert go_on.wait(30)

    store, transport = Slow(), ScriptedTransport([token(), accepted()])

    async def sell() -> None:
        checkout = AsyncCheckout(AsyncDaraja(settings(), transport=Awaited(transport), clock=ManualClock()), store)
        start = asyncio.create_task(checkout.start(phone="0712345678", amount=5, reference="A"))
        await asyncio.to_thread(writing.wait, 30)
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        go_on.set()

    asyncio.run(sell())  # which waits for threads in the end
    [payment] = store.due(FAR, 10)

    assert payment.status is (Status.PENDING if method == "insert" else Status.INITIATED)
    assert transport.paths == ([] if method == "insert" else ["generate", "processrequest"])
