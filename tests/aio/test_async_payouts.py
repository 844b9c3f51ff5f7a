"""Async code pays out by the same rules: stores of both sorts, hooks of both sorts, one request."""

import asyncio
from decimal import Decimal

import attrs
import pytest

from daraja import AsyncDaraja, AsyncPayouts
from daraja.disbursements import Payout, PayoutStatus
from daraja.errors import ConfigurationError, DuplicatePayout
from daraja.http.messages import HttpRequest
from daraja.lifecycle.ports import FloatReading
from daraja.simulator import Engine
from daraja.stores import MemoryPayoutStore, MemoryStore
from daraja.testing import ManualClock, MountedDaraja, sample_config, sample_initiator
from tests.aio.awaiting import Awaited
from tests.support.paying import CAPS, bought, money_requests, paymaster
from tests.support.payments import START


def test_a_payout_is_paid_and_every_hook_is_awaited() -> None:
    heard: list[object] = []
    posted = list[HttpRequest]()
    clock = ManualClock(START)
    mounted = MountedDaraja(Engine(), clock, deliver=posted.append)

    async def hear(news: Payout | FloatReading) -> None:
        await asyncio.sleep(0)
        heard.append(type(news).__name__)

    async def pay() -> Payout:
        daraja = AsyncDaraja(sample_config(initiator=sample_initiator()), transport=Awaited(mounted), clock=clock)
        payouts = AsyncPayouts(
            daraja, MemoryPayoutStore(), caps=CAPS, on_paid=hear, on_low_float=hear, low_float=2_000_000
        )
        payout = await payouts.pay(phone="0712345678", amount=Decimal(500), idempotency_key="one debt")
        with pytest.raises(DuplicatePayout):
            await payouts.pay(phone="0712345678", amount=501, idempotency_key="one debt")
        mounted.advance(seconds=5)
        for callback in posted:
            assert (await payouts.receive(callback.body, token=callback.url)).status_code == 200
        await payouts.reconcile()
        assert [one.key for one in await payouts.list() if isinstance(one, Payout)] == [payout.key]
        return await payouts.payout(payout.key)

    assert asyncio.run(pay()).status is PayoutStatus.PAID
    assert heard == ["FloatReading", "Payout"]
    assert len(money_requests(mounted.requests)) == 1


def test_a_held_payout_is_approved() -> None:
    clock = ManualClock(START)
    mounted = MountedDaraja(Engine(), clock)

    async def pay() -> PayoutStatus:
        daraja = AsyncDaraja(sample_config(initiator=sample_initiator()), transport=Awaited(mounted), clock=clock)
        payouts = AsyncPayouts(daraja, MemoryPayoutStore(), caps=CAPS, approvals=1)
        held = await payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt", by="Wanjiku")
        assert held.status is PayoutStatus.HELD
        return (await payouts.approve(held.key, by="Otieno", fingerprint=held.fingerprint)).status

    assert asyncio.run(pay()) is PayoutStatus.ACCEPTED


@pytest.mark.parametrize("listens", [True, False])
def test_a_refund_that_is_paid_clears_what_is_due(listens: bool) -> None:  # noqa: FBT001 - a column
    shop, payments, heard = paymaster(), MemoryStore(), list[str]()
    second = attrs.evolve(bought(shop), is_second=True)
    payments.insert(second)
    shop.deaf = True

    def hear(payout: Payout) -> None:
        heard.append(payout.key)

    async def pay_back() -> Payout:
        daraja = AsyncDaraja(shop.daraja.config, transport=Awaited(shop.mounted), clock=shop.clock)
        store = MemoryPayoutStore()
        payouts = AsyncPayouts(daraja, store, caps=CAPS, payments=payments, on_paid=hear if listens else None)
        assert payouts.store is store
        refund = await payouts.refund(second, reason="paid twice", by="Wanjiku")
        await asyncio.to_thread(shop.wait)
        await payouts.receive(shop.heard[-1].body, token=shop.heard[-1].url)
        return await payouts.payout(refund.key)

    refund = asyncio.run(pay_back())
    cleared = payments.load(second.key)
    assert cleared is not None
    assert (refund.status, second.refund_due, cleared.refund_due) == (PayoutStatus.PAID, True, False)
    assert heard == [refund.key] * listens


@pytest.mark.parametrize(
    "wrong", [{"caps": None}, {"approvals": 0}, {"approvals": True}, {"low_float": -1}, {"on_failed": "print"}]
)
def test_what_payouts_are_made_of_is_checked(wrong: dict[str, object]) -> None:
    daraja = AsyncDaraja(
        sample_config(initiator=sample_initiator()), transport=Awaited(MountedDaraja(Engine(), ManualClock()))
    )
    with pytest.raises(ConfigurationError) as caught:
        AsyncPayouts(daraja, MemoryPayoutStore(), **{"caps": CAPS, **wrong})  # type: ignore[arg-type]  # that is the test

    assert set(caught.value.faults) == set(wrong)
