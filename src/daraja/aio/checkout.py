"""The checkout for async code: the methods of ``Checkout``, awaited."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from daraja.aio.awaited import awaited
from daraja.aio.client import AsyncDaraja
from daraja.checkout import Checkout
from daraja.http.flow import Flow
from daraja.lifecycle.policy import Policy, make_policy
from daraja.payments.model import Payment, PaymentStore
from daraja.runtime.base import RecordRuntime, arun
from daraja.runtime.tasks import TaskRecordRuntime

if TYPE_CHECKING:
    from daraja.inbound.expectation import ReceiptStore

T = TypeVar("T")


class AsyncCheckout:
    """Takes payments for one pay bill or till in async code. Make one per process and share it between tasks.

    >>> from daraja import AsyncCheckout, AsyncDaraja, Config
    >>> from daraja.stores import MemoryStore
    >>> async def sell() -> None:
    ...     checkout = AsyncCheckout(AsyncDaraja(Config.from_env()), MemoryStore())
    ...     payment = await checkout.start(phone="0712345678", amount=500, reference="ORD-2025-001")

    Its methods are those of ``Checkout``. If a task is cancelled, its payment stays as after a killed process: it is
    ``pending`` if a prompt may have been sent, and ``reconcile`` looks after it. A write that already runs in a thread
    still completes, unless another writer was faster. A cancelled task does not wait for the database.

    Args:
        daraja: The client. Its settings name the business that is paid.
        store: The store of the payments: any ``PaymentStore``, which is called in threads, or a store with the same
            methods as coroutine functions, which is awaited.
        confirm: See ``Checkout``.
        on_success: Called with each paid payment; see ``Checkout``. A coroutine function is awaited, another function
            is called in a thread, like ``progress`` of ``reconcile``.
        on_refund_due: See ``Checkout``; a coroutine function is awaited.
        receipts: See ``Checkout``.
        senders: See ``Checkout``.

    Raises:
        ConfigurationError: If an argument has a wrong type, or *senders* contains a text that is not an address.
    """

    def __init__(
        self,
        daraja: AsyncDaraja,
        store: PaymentStore | Any,  # noqa: ANN401 - one whose methods are coroutine functions
        *,
        confirm: bool = False,
        on_success: Callable[[Payment], object] | None = None,
        on_refund_due: Callable[[Payment], object] | None = None,
        receipts: "ReceiptStore | Any" = None,  # noqa: ANN401 - as above
        senders: Iterable[str] | None = None,
    ) -> None:
        hooks = {"on_refund_due": on_refund_due}
        policy = make_policy(
            Payment,
            daraja,
            store,
            on_success,
            hooks=hooks,
            confirm=confirm,
            senders=senders,
            client=AsyncDaraja,
            protocol=PaymentStore,
            awaits=True,
        )
        self._store: Final = store
        runtime = TaskRecordRuntime(runtime=daraja.runtime, store=store, on_success=on_success, hooks=hooks)
        if receipts is not None:
            from daraja.inbound.paid_twice import joined  # noqa: PLC0415 - not every shop keeps receipts

            policy = joined(policy)
            runtime = attrs.evolve(
                runtime, places={"receipts": TaskRecordRuntime(runtime=daraja.runtime, store=receipts)}
            )
        self._policy: Final = policy
        self._runtime: Final = runtime

    @property
    def store(self) -> PaymentStore | Any:  # noqa: ANN401 - as above
        """The store of the payments."""
        return self._store

    charge = awaited(Checkout.charge)
    order = awaited(Checkout.order)
    start = awaited(Checkout.start)
    receive = awaited(Checkout.receive)
    payment = awaited(Checkout.payment)
    refresh = awaited(Checkout.refresh)
    reconcile = awaited(Checkout.reconcile)
    wait = awaited(Checkout.wait)
    may_retry = awaited(Checkout.may_retry)
    resolve = awaited(Checkout.resolve)
    settle = awaited(Checkout.settle)
    dismiss = awaited(Checkout.dismiss)
    dismiss_all = awaited(Checkout.dismiss_all)
    purge_callbacks = awaited(Checkout.purge_callbacks)

    def _run(self, flow: Flow[T], runtime: RecordRuntime | None = None) -> Coroutine[Any, Any, T]:
        return arun(flow, self._runtime if runtime is None else runtime)


def parts_of(checkout: AsyncCheckout | None, /) -> tuple[Policy[Payment] | None, Mapping[str, RecordRuntime]]:
    """Return the policy and the runtime of a checkout, for the receipts that are joined with it."""
    if checkout is None:
        return None, {}
    policy, runtime = checkout._policy, checkout._runtime  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - ours
    return policy, {"checkout": runtime}
