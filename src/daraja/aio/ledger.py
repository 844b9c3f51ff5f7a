"""The ledger for async code: the methods of ``Ledger``, awaited."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeVar

from daraja.aio.awaited import awaited
from daraja.http.flow import Flow
from daraja.ledger import Ledger, ledger_scope, offline_runtime, personal_data_of
from daraja.lifecycle.ports import RecordStore
from daraja.lifecycle.record import Account
from daraja.runtime.base import arun
from daraja.runtime.tasks import TaskRecordRuntime
from daraja.system.machine import Clock

if TYPE_CHECKING:
    from daraja.inbound.expectation import ReceiptStore

T = TypeVar("T")


class AsyncLedger:
    """Lists, exports, decides and erases the records of a store, in async code. Its methods are those of ``Ledger``.

    >>> from daraja.aio import AsyncLedger
    >>> from daraja.stores import MemoryStore
    >>> async def look() -> None:
    ...     page = await AsyncLedger(MemoryStore()).list()

    Args:
        store: The store: one that is called in threads, or one with coroutine functions, which is awaited.
        receipts: See ``Ledger``; as above.
        account: See ``Ledger``.
        clock: See ``Ledger``.

    Raises:
        ConfigurationError: If *store* is no store, or *account* no ``Account``; give them.
    """

    def __init__(
        self,
        store: RecordStore[Any] | Any,  # noqa: ANN401 - one whose methods are coroutine functions
        /,
        *,
        receipts: "ReceiptStore | Any" = None,  # noqa: ANN401 - as above
        account: Account | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._scope: Final = ledger_scope(store, account, receipts, awaits=True)
        self._personal: Final = personal_data_of(store)
        offline = offline_runtime(clock)
        places = {} if receipts is None else {"receipts": TaskRecordRuntime(runtime=offline, store=receipts)}
        self._runtime: Final = TaskRecordRuntime(runtime=offline, store=store, places=places)

    list = awaited(Ledger[Any].list)
    record = awaited(Ledger[Any].record)
    history = awaited(Ledger[Any].history)
    callbacks = awaited(Ledger[Any].callbacks)
    resolve = awaited(Ledger[Any].resolve)
    dismiss = awaited(Ledger[Any].dismiss)
    dismiss_all = awaited(Ledger[Any].dismiss_all)
    purge_callbacks = awaited(Ledger[Any].purge_callbacks)
    export = awaited(Ledger[Any].export)
    erase = awaited(Ledger[Any].erase)

    def _run(self, flow: Flow[T]) -> Coroutine[Any, Any, T]:
        return arun(flow, self._runtime)
