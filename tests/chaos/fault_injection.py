"""A store and a transport that kill their process at a chosen point."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from daraja import Payment
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.stores.sql import SqlStore
from daraja.system.clock import Clock
from daraja.transports.requests import RequestsTransport
from tests.chaos.points import KillSwitch, Point

__all__ = ["FaultInjectingStore", "FaultInjectingTransport"]

_POINTS: Final = {
    "/mpesa/stkpush/v1/processrequest": (Point.BEFORE_PUSH, Point.AFTER_PUSH),
    "/mpesa/stkpushquery/v1/query": (Point.BEFORE_QUERY, Point.AFTER_QUERY),
}


class FaultInjectingStore(SqlStore):
    """The real store, with a point before and after each write."""

    def __init__(self, url: str, kill_switch: KillSwitch, on_success: Callable[[Connection, Payment], object]) -> None:
        super().__init__(url, on_success=on_success)
        self._kill_switch: Final = kill_switch

    def insert(self, payment: Payment, /) -> Payment:
        self._kill_switch.reach(Point.BEFORE_INSERT)
        kept = super().insert(payment)
        self._kill_switch.reach(Point.AFTER_INSERT)
        return kept

    def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
        self._kill_switch.reach(Point.BEFORE_SWAP)
        won = super().swap(old, new, entry)
        self._kill_switch.reach(Point.AFTER_SWAP)
        return won

    def record(self, callback: ReceivedCallback, /) -> str:
        self._kill_switch.reach(Point.BEFORE_RECORD)
        identity = super().record(callback)
        self._kill_switch.reach(Point.AFTER_RECORD)
        return identity


class FaultInjectingTransport:
    """The real transport, with points around pushes and queries."""

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
