"""What a type checker makes of a program that pays out; it is read by the checkers and never run."""

from collections.abc import Sequence
from typing import assert_type

from daraja import AsyncDaraja, AsyncPayouts, Caps, Daraja, Payment, Payout, Payouts, PayoutStatus, to
from daraja.disbursements.may_pay_again import MayPayAgain
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.ports import FloatReading, Unreadable
from daraja.lifecycle.reconcile import Report
from daraja.lifecycle.transitions import Transition
from daraja.stores import MemoryPayoutStore, MemoryStore
from daraja.stores.sql import SqlPayoutStore

CAPS = Caps(per_payout=20_000, per_day=100_000, per_recipient_day=20_000)


def pay(daraja: Daraja, payment: Payment) -> None:
    """Every argument is named, and every result has a type."""

    def low(reading: FloatReading) -> None:
        assert_type(reading.account, str)

    payouts = Payouts(daraja, MemoryPayoutStore(), caps=CAPS, approvals=1, on_low_float=low, payments=MemoryStore())
    payout = payouts.pay(phone="0712345678", amount=500, idempotency_key="17", purpose="salary", by="me")
    assert_type(payout, Payout)
    assert_type(payout.status, PayoutStatus)
    assert_type(payout.receipt, str | None)
    assert_type(payouts.pay(to=to.TillNumber("5050505"), amount=500, idempotency_key="18"), Payout)
    assert_type(payouts.refund(payment, reason="broken", by="me"), Payout)
    assert_type(payouts.approve(payout.key, by="you", fingerprint=payout.fingerprint), Payout)
    assert_type(payouts.refuse(payout.key, by="you", note="no"), Payout)
    assert_type(payouts.receive(b"{}", token="t", remote_ip="1.2.3.4"), Reply[Payout])
    assert_type(payouts.reconcile(), Report)
    assert_type(payouts.refresh(payout.key), Transition[Payout])
    assert_type(payouts.may_pay_again(payout.key), MayPayAgain)
    assert_type(payouts.resolve(payout.key, paid=True, note="n", by="me"), Transition[Payout])
    assert_type(payouts.list(limit=5), Sequence[Payout | Unreadable])
    payouts.pay(phone="0712345678", amount=500)  # type: ignore[call-arg]
    payouts.pay(phone="0712345678", amount=500, idempotency_key="17", purpose="gift")  # type: ignore[arg-type]
    Payouts(daraja, SqlPayoutStore("sqlite://"))  # type: ignore[call-arg]
    Payouts(daraja, MemoryStore(), caps=CAPS)  # type: ignore[arg-type]


async def pay_in_async_code(daraja: AsyncDaraja) -> None:
    """The methods are those of the sync class, awaited."""

    async def hear(payout: Payout) -> None:
        assert_type(payout.amount, int)

    payouts = AsyncPayouts(daraja, MemoryPayoutStore(), caps=CAPS, on_paid=hear)
    payout = await payouts.pay(phone="0712345678", amount=500, idempotency_key="17")
    assert_type(payout, Payout)
    assert_type(await payouts.may_pay_again(payout.key), MayPayAgain)
    assert_type(await payouts.receive(b"{}"), Reply[Payout])
