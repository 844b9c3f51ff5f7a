"""Payouts for async code: the methods of ``Payouts``, awaited."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from daraja.aio.awaited import awaited
from daraja.aio.client import AsyncDaraja
from daraja.disbursements import refund
from daraja.disbursements.caps import Caps
from daraja.disbursements.model import Payout, PayoutStore
from daraja.disbursements.policy import make_payout_policy
from daraja.http.flow import Flow
from daraja.lifecycle.ports import FloatReading
from daraja.payments.model import PaymentStore
from daraja.payouts import Payouts
from daraja.runtime.base import RecordRuntime, arun
from daraja.runtime.tasks import TaskRecordRuntime
from daraja.system.tasks import call

if TYPE_CHECKING:
    from daraja.inbound.expectation import ReceiptStore

T = TypeVar("T")


class AsyncPayouts:
    """Pays out from one shortcode in async code. Make one per process and share it between tasks.

    >>> from daraja import AsyncDaraja, AsyncPayouts, Caps, Config
    >>> from daraja.stores import MemoryPayoutStore
    >>> caps = Caps(per_payout=20_000, per_day=100_000, per_recipient_day=20_000)
    >>> async def pay() -> None:
    ...     payouts = AsyncPayouts(AsyncDaraja(Config.from_env()), MemoryPayoutStore(), caps=caps)
    ...     await payouts.pay(phone="0712345678", amount=500, idempotency_key="rider 17, 30 November")

    Its methods are those of ``Payouts``. If a task is cancelled, its payout stays as after a killed process: it is
    ``pending`` if the request may have been sent, and ``reconcile`` looks after it.

    Args:
        daraja: The client; see ``Payouts``, like all that follow but the store.
        store: The store of the payouts: any ``PayoutStore``, which is called in threads, or a store with the same
            methods as coroutine functions, which is awaited.
        caps: See ``Payouts``.
        approvals: As above.
        confirm_failures: As above.
        probe: As above.
        on_paid: As above. A coroutine function is awaited, another function is called in a thread, as all that follow.
        on_failed: As above.
        on_attention: As above.
        on_low_float: As above.
        on_balance: As above.
        low_float: As above.
        payments: As above: any ``PaymentStore``, or one whose methods are coroutine functions.
        receipts: As above: any ``ReceiptStore``, or one whose methods are coroutine functions.
        senders: As above.

    Raises:
        ConfigurationError: If an argument has a wrong type, or *senders* contains a text that is not an address.
    """

    def __init__(
        self,
        daraja: AsyncDaraja,
        store: PayoutStore | Any,  # noqa: ANN401 - one whose methods are coroutine functions
        *,
        caps: Caps,
        approvals: int | None = None,
        confirm_failures: bool = True,
        probe: bool = False,
        on_paid: Callable[[Payout], object] | None = None,
        on_failed: Callable[[Payout], object] | None = None,
        on_attention: Callable[[Payout], object] | None = None,
        on_low_float: Callable[[FloatReading], object] | None = None,
        on_balance: Callable[[Sequence[FloatReading]], object] | None = None,
        low_float: int | None = None,
        payments: PaymentStore | Any | None = None,  # noqa: ANN401 - as the store of the payouts
        receipts: "ReceiptStore | Any | None" = None,  # noqa: ANN401 - as above
        senders: Iterable[str] | None = None,
    ) -> None:
        hooks: dict[str, Callable[[Any], object] | None] = {  # Any: the argument of each
            "on_failed": on_failed,
            "on_attention": on_attention,
            "on_low_float": on_low_float,
            "on_balance": on_balance,
        }
        places = {
            place: TaskRecordRuntime(runtime=daraja.runtime, store=kept)
            for place, kept in (("checkout", payments), ("receipts", receipts))
            if kept is not None
        }
        self._on_paid: Final = on_paid
        self._policy: Final = make_payout_policy(
            daraja,
            store,
            on_paid,
            hooks,
            caps=caps,
            approvals=approvals,
            confirm_failures=confirm_failures,
            probe=probe,
            low_float=low_float,
            payments=payments,
            receipts=receipts,
            senders=senders,
            client=AsyncDaraja,
            awaits=True,
        )
        self._store: Final = store
        self._runtime: Final = TaskRecordRuntime(
            runtime=daraja.runtime, store=store, on_success=self._paid, hooks=hooks, places=places
        )

    @property
    def store(self) -> PayoutStore | Any:  # noqa: ANN401 - as above
        """The store of the payouts."""
        return self._store

    pay = awaited(Payouts.pay)
    refund = awaited(Payouts.refund)
    approve = awaited(Payouts.approve)
    refuse = awaited(Payouts.refuse)
    cancel = awaited(Payouts.cancel)
    receive = awaited(Payouts.receive)
    payout = awaited(Payouts.payout)
    history = awaited(Payouts.history)
    list = awaited(Payouts.list)
    refresh = awaited(Payouts.refresh)
    reconcile = awaited(Payouts.reconcile)
    may_pay_again = awaited(Payouts.may_pay_again)
    resolve = awaited(Payouts.resolve)
    balance = awaited(Payouts.balance)

    async def _paid(self, payout: Payout) -> None:
        if payout.refunds:
            await self._run(refund.clear_refund_due(payout, self._policy))
        if self._on_paid is not None:
            await call(self._on_paid, payout)

    def _run(self, flow: Flow[T], runtime: RecordRuntime | None = None) -> Coroutine[Any, Any, T]:
        return arun(flow, self._runtime if runtime is None else runtime)
