"""A store and a transport that die where they are told to."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from daraja import Payment
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.stores.sql import SqlStore
from daraja.system.clock import Clock
from daraja.transports.requests import RequestsTransport
from tests.chaos.points import Fuse, Point

__all__ = ["MortalStore", "MortalTransport"]

_POINTS: Final = {
    "/mpesa/stkpush/v1/processrequest": (Point.BEFORE_PUSH, Point.AFTER_PUSH),
    "/mpesa/stkpushquery/v1/query": (Point.BEFORE_QUERY, Point.AFTER_QUERY),
}


class MortalStore(SqlStore):
    """The real store, with points around what it writes."""

    def __init__(self, url: str, fuse: Fuse, on_success: Callable[[Connection, Payment], object]) -> None:
        super().__init__(url, on_success=on_success)
        self._fuse: Final = fuse

    def insert(self, payment: Payment, /) -> Payment:
        self._fuse.reach(Point.BEFORE_INSERT)
        kept = super().insert(payment)
        self._fuse.reach(Point.AFTER_INSERT)
        return kept

    def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
        self._fuse.reach(Point.BEFORE_SWAP)
        won = super().swap(old, new, entry)
        self._fuse.reach(Point.AFTER_SWAP)
        return won

    def record(self, callback: ReceivedCallback, /) -> str:
        self._fuse.reach(Point.BEFORE_RECORD)
        identity = super().record(callback)
        self._fuse.reach(Point.AFTER_RECORD)
        return identity


class MortalTransport:
    """The real transport, with points around pushes and queries."""

    def __init__(self, clock: Clock, fuse: Fuse) -> None:
        self._inner: Final = RequestsTransport(clock=clock)
        self._fuse: Final = fuse

    def send(self, request: HttpRequest, /) -> HttpResponse:
        path = "/" + request.url.split("/", 3)[3]
        before, after = _POINTS.get(path, (None, None))
        if before is not None:
            self._fuse.reach(before)
        response = self._inner.send(request)
        if after is not None:
            self._fuse.reach(after)
        return response
