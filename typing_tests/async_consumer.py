"""What a type checker makes of an async program that uses daraja; it is read by the checkers and never run."""

from datetime import timedelta
from typing import assert_type

import httpx2

from daraja import AsyncCheckout, AsyncDaraja, Config, Order, Payment, StkPush, StkPushResponse, StkQueryResponse
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.reconcile import Report
from daraja.lifecycle.transitions import Transition
from daraja.payments.may_retry import MayRetry
from daraja.stores import MemoryStore
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens
from daraja.transports.base import AsyncTransport
from daraja.transports.httpx2 import Httpx2Transport


class Transport:
    """A transport of one's own."""

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        """Send."""
        return HttpResponse(len(request.url))


async def client(config: Config) -> None:
    """The methods are those of the sync client, awaited."""
    own: AsyncTransport = Transport()
    AsyncDaraja(config, transport=own, tokens=MemoryTokens(ManualClock()), clock=ManualClock())
    async with httpx2.AsyncClient() as lent, AsyncDaraja(config, transport=Httpx2Transport(lent)) as daraja:
        push = await daraja.stk_push(phone="0712345678", amount=5, reference="A", description="B")
        assert_type(push, StkPushResponse)
        assert_type(await daraja.stk_query(push.checkout_request_id), StkQueryResponse)
        assert_type(await daraja.run(StkPush(phone="0712345678", amount=5, reference="A")), StkPushResponse)
        assert_type(daraja.config, Config)
        await daraja.stk_push(phone="0712345678", amount=5)  # type: ignore[call-arg]
        await daraja.stk_push("0712345678", amount=5, reference="A")  # type: ignore[call-arg]
        await daraja.stk_query(5)  # type: ignore[arg-type]


async def checkout(daraja: AsyncDaraja) -> None:
    """A store of either kind will do, and so will a hook."""

    async def fulfil(payment: Payment) -> None:
        assert_type(payment.paid, bool)

    shop = AsyncCheckout(daraja, MemoryStore(), on_success=fulfil, senders=["196.201.214.200"])
    payment = await shop.start(phone="0712345678", amount=5, reference="A", metadata={"order": 1})
    assert_type(payment, Payment)
    assert_type(await shop.charge(order="ORD-1", phone="0712345678", amount=5), Payment)
    assert_type(await shop.order("ORD-1"), Order)
    assert_type(await shop.receive(b"{}", token="t", remote_ip="1.2.3.4"), Reply[Payment])
    assert_type(await shop.refresh(payment.key), Transition[Payment])
    assert_type(await shop.reconcile(limit=5, progress=print), Report)
    assert_type(await shop.wait(payment.key, timeout=5), Payment)
    assert_type(await shop.may_retry(payment.key), MayRetry)
    assert_type(await shop.resolve(payment.key, paid=True, note="n", by="me"), Transition[Payment])
    assert_type(await shop.purge_callbacks(timedelta(days=1)), int)
    await shop.dismiss("1", note="n")
    await shop.wait(payment.key, timeout="5")  # type: ignore[arg-type]
