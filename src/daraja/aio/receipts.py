"""Receipts for async code: the methods of ``Receipts``, awaited."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, TypeVar

from daraja.aio.awaited import awaited
from daraja.aio.checkout import AsyncCheckout, parts_of
from daraja.aio.client import AsyncDaraja
from daraja.api.incoming import IncomingPayment
from daraja.http.flow import Flow
from daraja.inbound.expectation import ReceiptStore
from daraja.inbound.model import Receipt
from daraja.inbound.register import Addresses, addresses_of
from daraja.lifecycle.policy import make_policy
from daraja.lifecycle.ports import FloatReading
from daraja.receipts import Receipts, make_receipt_policy
from daraja.runtime.base import arun
from daraja.runtime.receipts import TaskReceiptRuntime

T = TypeVar("T")


class AsyncReceipts:
    """Books money that customers pay by themselves, in async code. Its methods are those of ``Receipts``.

    Args:
        daraja: The client. Its settings name the business that is paid.
        store: The store of the receipts: any ``ReceiptStore``, which is called in threads, or a store with the same
            methods as coroutine functions, which is awaited.
        checkout: See ``Receipts``, like the others.
        accept: As above. A coroutine function is awaited, here and below.
        match: As above.
        on_received: As above.
        on_refund_due: As above.
        on_low_float: As above.
        low_float: As above.
        pull: As above.
        senders: As above.

    Raises:
        ConfigurationError: If an argument has a wrong type, or the checkout is of another business.
    """

    def __init__(
        self,
        daraja: AsyncDaraja,
        store: ReceiptStore | Any,  # noqa: ANN401 - one whose methods are coroutine functions
        *,
        checkout: AsyncCheckout | None = None,
        accept: Callable[[IncomingPayment], object] | None = None,
        match: Callable[[Receipt], object] | None = None,
        on_received: Callable[[Receipt], object] | None = None,
        on_refund_due: Callable[[Receipt], object] | None = None,
        on_low_float: Callable[[FloatReading], object] | None = None,
        low_float: int = 0,
        pull: bool = False,
        senders: Iterable[str] | None = None,
    ) -> None:
        hooks: dict[str, Callable[[Any], object] | None] = {  # Any: the argument of each
            "on_refund_due": on_refund_due,
            "on_low_float": on_low_float,
        }
        policy = make_policy(
            Receipt,
            daraja,
            store,
            on_received,
            success_name="on_received",
            hooks=hooks,
            confirm=False,
            senders=senders,
            client=AsyncDaraja,
            protocol=ReceiptStore,
            awaits=True,
        )
        theirs, places = parts_of(checkout)
        self._policy: Final = make_receipt_policy(
            policy, theirs, accept, match, pull=pull, low_float=low_float, awaits=True
        )
        self._store: Final = store
        self._runtime: Final = TaskReceiptRuntime(
            runtime=daraja.runtime,
            store=store,
            places=places,
            accept=accept,
            match=match,
            on_success=on_received,
            hooks=hooks,
        )

    @property
    def store(self) -> ReceiptStore | Any:  # noqa: ANN401 - as above
        """The store of the receipts."""
        return self._store

    @property
    def addresses(self) -> Addresses:
        """The addresses to register; see ``Receipts.addresses``."""
        return addresses_of(self._policy)

    register = awaited(Receipts.register)
    receive = awaited(Receipts.receive)
    validate = awaited(Receipts.validate)
    confirm = awaited(Receipts.confirm)
    expect = awaited(Receipts.expect)
    offer = awaited(Receipts.offer)
    expectation = awaited(Receipts.expectation)
    receipt = awaited(Receipts.receipt)
    unmatched = awaited(Receipts.unmatched)
    suggestions = awaited(Receipts.suggestions)
    assign = awaited(Receipts.assign)
    dismiss = awaited(Receipts.dismiss)
    dismiss_callback = awaited(Receipts.dismiss_callback)
    purge_callbacks = awaited(Receipts.purge_callbacks)
    sweep = awaited(Receipts.sweep)
    settle = awaited(Receipts.settle)
    reconcile = awaited(Receipts.reconcile)

    def _run(self, flow: Flow[T]) -> Coroutine[Any, Any, T]:
        return arun(flow, self._runtime)
