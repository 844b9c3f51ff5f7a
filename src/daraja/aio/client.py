"""The client for async code: the methods of ``Daraja``, awaited."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from daraja.aio.awaited import awaited, hide_locals_of_awaited
from daraja.client import Daraja, check_parts
from daraja.config import Config
from daraja.events import Event
from daraja.http.flow import Operation
from daraja.runtime.base import arun
from daraja.runtime.tasks import TaskRuntime
from daraja.system.machine import Clock, SystemClock
from daraja.tokens import MemoryTokens, TokenCache
from daraja.transports.base import AsyncTransport

if TYPE_CHECKING:
    from daraja.transports.httpx2 import Httpx2Transport

T = TypeVar("T")


class AsyncDaraja:
    """A client for Safaricom's Daraja API in async code. Make one per process and share it between tasks.

    >>> from daraja import AsyncDaraja, Config
    >>> async def ask() -> None:
    ...     async with AsyncDaraja(Config.from_env()) as daraja:
    ...         await daraja.stk_push(phone="0712 345 678", amount=500, reference="ORD-2025-001")

    Its methods are those of ``Daraja``. It runs on asyncio, not on trio. Each event loop that shares it has its own
    connections, so close it in each of them. A cancelled task leaves no lock. If a task is cancelled during a push, the
    push may or may not have been sent; treat it like ``OutcomeUnknown``.

    Args:
        config: The settings.
        transport: Another transport than httpx2: any object with ``async asend(HttpRequest) -> HttpResponse``.
        tokens: Another cache for access tokens than this client's memory. A cache that is not async is called in
            threads; a cache with coroutine functions is awaited.
        clock: Another clock than the machine's. Its ``sleep`` is called in the event loop and awaited if it returns an
            awaitable. With the machine's clock, ``asyncio.sleep`` waits.
        on_event: A plain function that is called with every ``Event``, in the event loop; see ``Daraja``.

    Raises:
        ConfigurationError: If an argument has a wrong type; correct the arguments that it names.
    """

    def __init__(
        self,
        config: Config,
        *,
        transport: AsyncTransport | None = None,
        tokens: TokenCache | Any = None,  # noqa: ANN401 - one whose methods are coroutine functions
        clock: Clock | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> None:
        check_parts(config, clock=clock, tokens=tokens, transport=transport, on_event=on_event, sends="asend")
        self._config: Final = config
        self._own: Httpx2Transport | None = None
        if transport is None:
            transport = self._own = _httpx2_transport()
        ticking = SystemClock() if clock is None else clock
        self._runtime: Final = TaskRuntime(
            transport=transport,
            clock=ticking,
            sleep=asyncio.sleep if type(ticking).sleep is SystemClock.sleep else ticking.sleep,
            tokens=MemoryTokens(ticking) if tokens is None else tokens,
            on_event=on_event,
        )

    @property
    def config(self) -> Config:
        """The settings."""
        return self._config

    @property
    def runtime(self) -> TaskRuntime:
        """The runtime of its flows.

        For your own flow: ``await daraja.runtime.arun(flow, daraja.runtime)``.
        """
        return self._runtime

    @hide_locals_of_awaited
    async def run(self, operation: Operation[T], /) -> T:
        """Run any operation, also your own; see ``Daraja.run``."""
        return await arun(operation.flow(self._config), self._runtime)

    stk_push = awaited(Daraja.stk_push)
    stk_query = awaited(Daraja.stk_query)
    c2b_register = awaited(Daraja.c2b_register)
    c2b_simulate = awaited(Daraja.c2b_simulate)
    b2c_payment = awaited(Daraja.b2c_payment)
    pochi_payment = awaited(Daraja.pochi_payment)
    b2b_payment = awaited(Daraja.b2b_payment)
    b2c_top_up = awaited(Daraja.b2c_top_up)
    float_transfer = awaited(Daraja.float_transfer)
    tax_payment = awaited(Daraja.tax_payment)
    b2b_express = awaited(Daraja.b2b_express)
    reversal = awaited(Daraja.reversal)
    transaction_status = awaited(Daraja.transaction_status)
    account_balance = awaited(Daraja.account_balance)
    dynamic_qr = awaited(Daraja.dynamic_qr)
    standing_order = awaited(Daraja.standing_order)
    pull_register = awaited(Daraja.pull_register)
    pull_transactions = awaited(Daraja.pull_transactions)
    organisation_info = awaited(Daraja.organisation_info)
    hakikisha = awaited(Daraja.hakikisha)
    sim_swap = awaited(Daraja.sim_swap)
    bonga_points = awaited(Daraja.bonga_points)
    bonga_redeem = awaited(Daraja.bonga_redeem)
    bill_opt_in = awaited(Daraja.bill_opt_in)
    bill_update = awaited(Daraja.bill_update)
    bill_invoice = awaited(Daraja.bill_invoice)
    bill_invoices = awaited(Daraja.bill_invoices)
    bill_cancel = awaited(Daraja.bill_cancel)
    bill_acknowledge = awaited(Daraja.bill_acknowledge)

    async def close(self) -> None:
        """Close the connections of this event loop, after their last request; see ``Daraja.close``."""
        if self._own is not None:
            await self._own.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _httpx2_transport() -> "Httpx2Transport":
    from daraja.transports.httpx2 import Httpx2Transport  # noqa: PLC0415 - an extra, and slow to load

    return Httpx2Transport()
