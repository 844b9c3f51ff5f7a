"""A store and a transport that kill their process at a chosen point."""

from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection

from daraja import Payment
from daraja.disbursements.model import Payout
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.inbound.model import Receipt
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.record import Record
from daraja.stores.sql import SqlPayoutStore, SqlReceiptStore, SqlStore
from daraja.stores.sql.records import SqlRecords
from daraja.system.machine import Clock
from daraja.transports.requests import RequestsTransport
from tests.chaos.points import KillSwitch, Point

__all__ = [
    "FaultInjectingPayoutStore",
    "FaultInjectingReceiptStore",
    "FaultInjectingStore",
    "FaultInjectingTransport",
]

R = TypeVar("R", bound=Record)

_POINTS: Final = {
    "/mpesa/stkpush/v1/processrequest": (Point.BEFORE_SEND, Point.AFTER_SEND),
    "/mpesa/stkpushquery/v1/query": (Point.BEFORE_QUERY, Point.AFTER_QUERY),
    "/mpesa/b2c/v3/paymentrequest": (Point.BEFORE_SEND, Point.AFTER_SEND),
    "/mpesa/transactionstatus/v1/query": (Point.BEFORE_QUERY, Point.AFTER_QUERY),
    "/pulltransactions/v1/query": (Point.BEFORE_QUERY, Point.AFTER_QUERY),
}


class FaultInjecting(SqlRecords[R]):
    """A point before and after each write of the real store."""

    kill_switch: KillSwitch

    def insert(self, record: R, /) -> R:
        self.kill_switch.reach(Point.BEFORE_INSERT)
        kept = super().insert(record)
        self.kill_switch.reach(Point.AFTER_INSERT)
        return kept

    def swap(self, old: R, new: R, entry: HistoryEntry, /) -> bool:
        self.kill_switch.reach(Point.BEFORE_SWAP)
        won = super().swap(old, new, entry)
        self.kill_switch.reach(Point.AFTER_SWAP)
        return won

    def record(self, callback: ReceivedCallback, /) -> str:
        self.kill_switch.reach(Point.BEFORE_RECORD)
        identity = super().record(callback)
        self.kill_switch.reach(Point.AFTER_RECORD)
        return identity


class FaultInjectingStore(FaultInjecting[Payment], SqlStore):
    """The store of payments."""

    def __init__(self, url: str, kill_switch: KillSwitch, on_success: Callable[[Connection, Payment], object]) -> None:
        super().__init__(url, on_success=on_success)
        self.kill_switch = kill_switch


class FaultInjectingPayoutStore(FaultInjecting[Payout], SqlPayoutStore):
    """The store of payouts."""

    def __init__(self, url: str, kill_switch: KillSwitch, on_paid: Callable[[Connection, Payout], object]) -> None:
        super().__init__(url, on_paid=on_paid)
        self.kill_switch = kill_switch


class FaultInjectingReceiptStore(FaultInjecting[Receipt], SqlReceiptStore):
    """The store of receipts."""

    def __init__(self, url: str, kill_switch: KillSwitch, on_received: Callable[[Connection, Receipt], object]) -> None:
        super().__init__(url, on_received=on_received)
        self.kill_switch = kill_switch


class FaultInjectingTransport:
    """The real transport, with points around requests and queries."""

    def __init__(self, clock: Clock, kill_switch: KillSwitch) -> None:
        self._inner: Final = RequestsTransport(clock=clock)
        self._kill_switch: Final = kill_switch

    def send(self, request: HttpRequest, /) -> HttpResponse:
        path = "/" + request.url.split("/", 3)[3]
        before, after = _POINTS.get(path, (None, None))
        if before is not None:
            self._kill_switch.reach(before)
        response = self._inner.send(request)
        if after is not None:
            self._kill_switch.reach(after)
        return response
