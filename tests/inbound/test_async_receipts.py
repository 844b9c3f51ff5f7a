"""Receipts in async code: the same books, awaited, with rules that are functions or coroutine functions."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs
import pytest

from daraja import AsyncCheckout, AsyncDaraja, AsyncReceipts, IncomingPayment, Receipt
from daraja.api.addresses import Purpose, sign
from daraja.errors import ConfigurationError, PaidByHand
from daraja.inbound.policy import ReceiptPolicy
from daraja.inbound.receive import validate
from daraja.inbound.register import registered_key
from daraja.lifecycle.record import Account
from daraja.runtime.base import arun
from daraja.runtime.receipts import TaskReceiptRuntime
from daraja.stores import MemoryReceiptStore, MemoryStore
from daraja.testing import ManualClock, c2b_confirmation, c2b_validation
from tests.aio.awaiting import Awaited
from tests.support.receiving import SHORTCODE, receiving_settings
from tests.support.scripted import PHONE, ScriptedTransport, accepted, token

ACCOUNT: Final = Account("simulator", SHORTCODE)


@attrs.frozen
class Setup:
    daraja: AsyncDaraja
    receipts: AsyncReceipts
    checkout: AsyncCheckout
    clock: ManualClock
    received: list[Receipt]

    async def confirm(self, reference: str) -> None:
        body = c2b_confirmation(
            receipt="UAF1AAAAAA", amount=500, reference=reference, shortcode=SHORTCODE, paid_at=self.clock.now()
        ).body
        reply = await self.receipts.receive(body, token=signed(Purpose.CONFIRMATION))
        assert reply.status_code == 200

    async def validate(self) -> str:
        body = c2b_validation(reference="house 9", shortcode=SHORTCODE).body
        reply = await self.receipts.receive(body, token=signed(Purpose.VALIDATION))
        code: str = json.loads(reply.body)["ResultCode"]
        return code


def signed(purpose: Purpose) -> str:
    return sign(receiving_settings(), purpose, registered_key(ACCOUNT))


def setup(*replies: Any, awaits: bool = True, **rules: Any) -> Setup:  # noqa: ANN401 - of a script, and of Receipts
    clock, received, store = ManualClock(), list[Receipt](), MemoryReceiptStore()
    daraja = AsyncDaraja(receiving_settings(), transport=Awaited(ScriptedTransport(replies)), clock=clock)
    checkout = AsyncCheckout(daraja, MemoryStore(), receipts=store)

    async def later(receipt: Receipt) -> None:
        await asyncio.sleep(0)
        received.append(receipt)

    hear: Callable[[Receipt], object] = later if awaits else received.append
    receipts = AsyncReceipts(daraja, store, checkout=checkout, on_received=hear, **rules)
    return Setup(daraja, receipts, checkout, clock, received)


def run(work: Awaitable[None]) -> None:
    async def whole() -> None:
        await work

    asyncio.run(whole())


@pytest.mark.parametrize("awaits", [True, False])
def test_a_customer_pays_by_hand_and_nobody_is_asked_again(awaits: bool) -> None:  # noqa: FBT001 - a column
    async def scene() -> None:
        here = setup(awaits=awaits)
        expectation = await here.receipts.expect(order="ORD-1", amount=500)
        await here.confirm(expectation.reference)
        await here.confirm(expectation.reference)
        assert [one.order for one in here.received] == ["ORD-1"]
        with pytest.raises(PaidByHand):
            await here.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
        assert not (await here.receipts.reconcile()).needs_attention

    run(scene())


def test_a_confirmation_settles_an_open_payment() -> None:
    async def scene() -> None:
        here = setup(token(), accepted())
        payment = await here.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
        await here.confirm("ORD-1")
        assert (await here.checkout.payment(payment.key)).receipt == "UAF1AAAAAA"
        assert here.received == []

    run(scene())


def no_at_once(_: IncomingPayment) -> bool:
    return False


async def no_later(_: IncomingPayment) -> bool:
    await asyncio.sleep(0)
    return False


async def fail_later(_: IncomingPayment) -> bool:
    await asyncio.sleep(0)
    raise ValueError


async def fail_too_late(_: IncomingPayment) -> bool:
    await asyncio.sleep(60)
    raise ValueError


async def validated_within(seconds: float, accept: Callable[[IncomingPayment], object] | None) -> str:
    """Answer a question in less time than the four seconds that a shop has."""
    here = setup()
    policy = ReceiptPolicy(records=Receipt, config=receiving_settings(), account=ACCOUNT, accepts=accept is not None)
    runtime = TaskReceiptRuntime(runtime=here.daraja.runtime, store=MemoryReceiptStore(), accept=accept, within=seconds)
    body = c2b_validation(reference="house 9", shortcode=SHORTCODE).body
    reply = await arun(validate(body, signed(Purpose.VALIDATION), "", policy), runtime)
    code: str = json.loads(reply.body)["ResultCode"]
    return code


def exit_at_once(_: IncomingPayment) -> bool:
    raise SystemExit


def interrupt_at_once(_: IncomingPayment) -> bool:
    raise KeyboardInterrupt


async def exit_later(_: IncomingPayment) -> bool:
    raise SystemExit


async def cancel_later(_: IncomingPayment) -> bool:
    raise asyncio.CancelledError


@pytest.mark.parametrize("accept", [exit_at_once, interrupt_at_once, exit_later, cancel_later])
def test_a_rule_that_tries_to_end_the_process_accepts(accept: Callable[[IncomingPayment], object]) -> None:
    async def scene() -> None:
        assert await setup(accept=accept).validate() == "0"

    run(scene())


def test_a_task_that_is_cancelled_while_it_answers_stops_asking() -> None:
    asked, ended = asyncio.Event(), list[str]()

    async def accept(_: IncomingPayment) -> bool:
        asked.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("the rule")
        return False

    async def scene() -> None:
        answering = asyncio.ensure_future(setup(accept=accept).validate())
        await asked.wait()
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering
        await asyncio.sleep(0)
        assert ended == ["the rule"]

    run(scene())


@pytest.mark.parametrize(
    ("accept", "code"),
    [(no_later, "C2B00016"), (no_at_once, "C2B00016"), (fail_later, "0"), (None, "0")],
)
def test_the_shops_rule_decides_in_time(accept: Callable[[IncomingPayment], object] | None, code: str) -> None:
    async def scene() -> None:
        assert await validated_within(30, accept) == code

    run(scene())


def test_a_rule_that_is_still_at_work_when_the_program_ends_is_cancelled() -> None:
    async def scene() -> None:
        assert await validated_within(0.001, fail_too_late) == "0"

    run(scene())


def test_the_shops_rule_names_the_order() -> None:
    async def match(_: Receipt) -> str:
        await asyncio.sleep(0)
        return "ORD-9"

    async def scene() -> None:
        here = setup(match=match)
        await here.confirm("house 9")
        assert [one.order for one in here.received] == ["ORD-9"]

    run(scene())


def test_the_addresses_and_the_store_are_the_same() -> None:
    here = setup()
    assert here.receipts.addresses.confirmation.reveal().rstrip("/").endswith(signed(Purpose.CONFIRMATION))
    assert isinstance(here.receipts.store, MemoryReceiptStore)


def test_another_business_is_refused() -> None:
    daraja = AsyncDaraja(receiving_settings(tenant="another shop"), transport=Awaited(ScriptedTransport([])))
    with pytest.raises(ConfigurationError, match="checkout: is of"):
        AsyncReceipts(daraja, MemoryReceiptStore(), checkout=setup().checkout)
