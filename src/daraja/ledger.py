"""The ledger: shows, decides, exports and erases stored records. It needs a store and no client."""

from collections.abc import Sequence
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, TypeVar

import attrs

from daraja.api.addresses import Purpose
from daraja.errors import ConfigurationError, InvalidInput
from daraja.fields import raise_faults, value_or_fault
from daraja.http.flow import Flow, ask
from daraja.http.messages import HttpRequest
from daraja.lifecycle import check_status, personal_data, resolve
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.personal_data import Erasure
from daraja.lifecycle.policy import Scope, check_store
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback, Records, RecordStore, Unreadable
from daraja.lifecycle.record import Account, Record
from daraja.lifecycle.transitions import Transition
from daraja.runtime.base import RecordRuntime, ThreadRuntime, run
from daraja.system.machine import Clock, SystemClock
from daraja.tokens import MemoryTokens
from daraja.values.secret import hide_locals

if TYPE_CHECKING:
    from daraja.inbound.expectation import ReceiptStore

__all__ = ["Account", "Erasure", "Filter", "Ledger", "Page", "Unreadable"]

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_EVERYTHING: Final = Filter()
_LARGEST_PAGE: Final = 1000


@attrs.frozen(kw_only=True)
class Page(Generic[R]):
    """One page of a list.

    Args:
        records: The records, the newest first.
        unreadable: The rows among them that cannot be read, because another release wrote them or a person edited them.
        after: What to give as ``after`` for the next page; None on the last page.
    """

    records: tuple[R, ...]
    unreadable: tuple[Unreadable, ...] = ()
    after: str | None = None


class Ledger(Generic[R]):
    """Lists, exports, decides and erases the records of a store. It sends nothing, so it needs no keys and no settings.

    >>> from daraja.ledger import Filter, Ledger
    >>> from daraja.stores import MemoryStore
    >>> ledger = Ledger(MemoryStore())
    >>> ledger.list(Filter(status="unconfirmed")).records
    ()

    It works on payments, payouts and receipts alike. It asks for no password, so show it to staff only.

    Args:
        store: The store.
        receipts: The store of the receipts, beside one of payments, if the shop books what customers pay by hand. A
            payment of an order that was paid by hand is then a second one, as ``Checkout(receipts=...)`` has it.
        account: Whose records; None for all accounts in the store. Give it if several shops share a store.
        clock: Where the time comes from, if not from the machine.

    Raises:
        ConfigurationError: If *store* is no store, or *account* no ``Account``; give them.
    """

    def __init__(
        self,
        store: RecordStore[R],
        /,
        *,
        receipts: "ReceiptStore | None" = None,
        account: Account | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._scope: Final = ledger_scope(store, account, receipts, awaits=False)
        self._personal: Final = personal_data_of(store)
        offline = offline_runtime(clock)
        places = {} if receipts is None else {"receipts": RecordRuntime(runtime=offline, store=receipts)}
        self._runtime: Final = RecordRuntime(runtime=offline, store=store, places=places)

    @hide_locals
    def list(self, which: Filter = _EVERYTHING, /, *, limit: int = 100, after: str | None = None) -> Page[R]:
        """Return one page of records, the newest first.

        Args:
            which: The records to list: by status, time, order, phone, receipt and account.
            limit: The largest number of records, from 1 to 1,000.
            after: ``after`` of the page before; None for the first page.

        Raises:
            InvalidInput: If *limit* or *after* is wrong, or the ledger is limited to another account.
        """
        return self._run(_page(_within(self._scope.account, which), limit, after))

    @hide_locals
    def record(self, key: str, /) -> R:
        """Return one record.

        Args:
            key: The record's key.

        Raises:
            UnknownPayment: If there is no such record.
        """
        record: R = self._run(check_status.load(key, self._scope))
        return record

    @hide_locals
    def history(self, key: str, /) -> Sequence[HistoryEntry]:
        """Return the history of a record, the oldest entry first.

        Args:
            key: The record's key.

        Raises:
            UnknownPayment: If there is no such record.
        """
        return self._run(check_status.history(key, self._scope))

    @hide_locals
    def callbacks(self, key: str, /) -> Sequence[ReceivedCallback | Unreadable]:
        """Return the stored callbacks that came to the signed address of a record, the oldest first.

        Args:
            key: The record's key.

        Raises:
            UnknownPayment: If there is no such record.
        """
        return self._run(_callbacks(key, self._scope))

    @hide_locals
    def resolve(self, key: str, /, *, paid: bool, note: str, by: str, receipt: str | None = None) -> Transition[R]:
        """Store a person's decision after a look at the statement, as ``Checkout.resolve`` does.

        ``SqlStore(on_success=...)`` fulfils here too. ``Checkout(on_success=...)`` hears of a success at the next
        ``reconcile`` of a process that has it.

        Args:
            key: The record's key.
            paid: Whether the money moved and the record counts.
            note: The reason, 1 to 1,000 characters.
            by: The person who decided.
            receipt: The M-Pesa receipt number on the statement, if it was paid. One receipt pays once.

        Raises:
            InvalidInput: If *note* or *by* is empty, or *receipt* is not a receipt, is not the one from M-Pesa, or
                already belongs to another record.
            UnknownPayment: If there is no such record.
        """
        return self._run(_resolve(key, self._scope, paid=paid, note=note, by=by, receipt=receipt))

    @hide_locals
    def dismiss(self, callback_id: str, /, *, note: str) -> None:
        """Close a callback that ``reconcile`` reported as unmatched, after a person has looked at it.

        Args:
            callback_id: Its id from the report.
            note: The reason, 1 to 1,000 characters.

        Raises:
            InvalidInput: If *note* is empty, or no unprocessed callback has this id.
        """
        return self._run(resolve.dismiss(callback_id, note, self._scope))

    @hide_locals
    def dismiss_all(self, older_than: timedelta, /, *, note: str) -> int:
        """Close all unmatched callbacks of this age that came to an address without a signature.

        Args:
            older_than: The minimum age, for example ``timedelta(hours=1)``.
            note: The reason, 1 to 1,000 characters.

        Returns:
            The number of closed callbacks.

        Raises:
            InvalidInput: If *note* is empty, or *older_than* is not a length of time.
        """
        return self._run(resolve.dismiss_all(older_than, note, self._scope))

    @hide_locals
    def purge_callbacks(self, older_than: timedelta, /) -> int:
        """Delete the bodies of old callbacks, as ``Checkout.purge_callbacks`` does, and return how many were deleted.

        Args:
            older_than: The minimum age, for example ``timedelta(days=90)``.

        Raises:
            InvalidInput: If *older_than* is not a length of time.
        """
        return self._run(resolve.purge(older_than, self._scope))

    @hide_locals
    def export(self, phone: str, /) -> dict[str, Any]:  # Any: whatever JSON can hold
        """Return everything that is stored about a phone number, as JSON can hold it.

        Args:
            phone: The number, in any usual form.

        Returns:
            ``phone``; ``records`` with all their fields, their ``history`` and their ``callbacks``; ``callbacks`` that
            hold the number and belong to none of these; ``unreadable`` keys of records that cannot be read. A store of
            receipts has ``expectations``, too.

        Raises:
            InvalidInput: If *phone* is no Kenyan mobile number.
        """
        return self._run(self._personal.export(Filter(phone=phone, account=self._scope.account)))

    @hide_locals
    def erase(self, phone: str, /) -> Erasure:
        """Erase a phone number, and all that shows whose money it was, from every settled record.

        The number goes from the records, with ``metadata`` and the ids that hold it, from the notes of the history and
        from the stored callbacks. Amount, receipt, order, status, times and account stay for the books. A record that
        is open or needs a person stays as it is, and the result names it.

        Args:
            phone: The number, in any usual form.

        Returns:
            The keys of what was erased, and what still holds the number, with the reason.

        Raises:
            InvalidInput: If *phone* is no Kenyan mobile number.
        """
        erasure: Erasure = self._run(self._personal.erase(Filter(phone=phone, account=self._scope.account)))
        return erasure

    def _run(self, flow: Flow[T]) -> T:
        return run(flow, self._runtime)


def ledger_scope(
    store: object, account: Account | None, receipts: object, /, *, awaits: bool
) -> Scope[Any]:  # Any: records of its store
    """Check what a ledger is made of, and return the records that it may change.

    Raises:
        ConfigurationError: If anything is wrong.
    """
    faults = {
        "store": value_or_fault(check_store, store, awaits=awaits),
        "account": value_or_fault(_check_account, account),
        "receipts": None if receipts is None else value_or_fault(check_store, receipts, awaits=awaits),
    }
    raise_faults(faults, ConfigurationError)
    scope: Scope[Any] = Scope(records=Record, account=account, purposes=tuple(Purpose))  # Any: as above
    if receipts is None:
        return scope
    from daraja.inbound.paid_twice import place_payment, placed_payment  # noqa: PLC0415 - not every shop keeps receipts

    return attrs.evolve(scope, placing=place_payment, placed=placed_payment)


def personal_data_of(store: object, /) -> ModuleType:
    """Return the module that exports and erases what a store has of a number: a store of receipts has expectations."""
    if not hasattr(store, "every_expectation"):
        return personal_data
    from daraja.inbound import personal_data as of_receipts  # noqa: PLC0415 - not every shop keeps receipts

    return of_receipts


def offline_runtime(clock: Clock | None, /) -> ThreadRuntime:
    """Return a runtime that tells the time and writes the log, and sends nothing."""
    ticking = SystemClock() if clock is None else clock
    return ThreadRuntime(transport=_NoNetwork(), clock=ticking, tokens=MemoryTokens(ticking))


class _NoNetwork:
    """A transport that is never asked: no flow of a ledger sends anything."""

    def send(self, request: HttpRequest, /) -> NoReturn:
        raise NotImplementedError(f"a ledger sends nothing, and was to send a request to {request.url}")


def _check_account(account: Account | None) -> None:
    if account is not None and not isinstance(account, Account):
        raise ValueError(f'is {type(account).__name__}; give Account("production", "600111")')


def _within(own: Account | None, which: Filter) -> Filter:
    if own is None or which.account == own:
        return which
    if which.account is not None:
        raise InvalidInput({"account": f"is not {own.words}, to which this ledger is limited"})
    return attrs.evolve(which, account=own)


def _page(which: Filter, limit: int, after: str | None) -> Flow[Page[Any]]:  # Any: records of the ledger's store
    if type(limit) is not int or not 1 <= limit <= _LARGEST_PAGE:
        raise InvalidInput({"limit": f"is not a whole number from 1 to {_LARGEST_PAGE:,}"})
    if after is not None and not (isinstance(after, str) and after.isprintable()):
        raise InvalidInput({"after": "is not from the page before; give page.after"})
    found = yield from ask(Records.list, which, limit + 1, after)
    shown = found[:limit]
    return Page(
        records=tuple(one for one in shown if not isinstance(one, Unreadable)),
        unreadable=tuple(one for one in shown if isinstance(one, Unreadable)),
        after=shown[-1].key if len(found) > limit else None,
    )


def _resolve(
    key: str, scope: Scope[Any], /, *, paid: bool, note: str, by: str, receipt: str | None
) -> Flow[Transition[Any]]:  # Any: as above
    if scope.placing is None:
        return resolve.resolve(key, scope, paid=paid, note=note, by=by, receipt=receipt)
    from daraja.inbound.settle import resolve_payment  # noqa: PLC0415 - not every shop keeps receipts

    return resolve_payment(key, scope, paid=paid, note=note, by=by, receipt=receipt)


def _callbacks(key: str, scope: Scope[R]) -> Flow[Sequence[ReceivedCallback | Unreadable]]:
    record = yield from check_status.load(key, scope)
    return (yield from ask(Records.callbacks, record.key))
