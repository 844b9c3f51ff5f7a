"""The cost of reconciling ten thousand open payments."""

import gc
import json
import tracemalloc
from datetime import timedelta
from itertools import count as numbers
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.figures import Figure, count
from bench.waiting import waiting
from daraja import Checkout, Daraja
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.stores.sql import SqlStore
from daraja.testing import ManualClock, sample_config

__all__ = ["measure"]

_OPEN: Final = 10_000
_PAGE: Final = 100
_FEW: Final = 1_500
_FLAT: Final = 64


def measure(*, quick: bool) -> list[Figure]:
    """Count the queries, and check whether the memory of a run grows with the open payments."""
    size = _FEW if quick else _OPEN
    config = sample_config(base_url="http://127.0.0.1:1")
    with TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{Path(folder)}/payments.db")
        payments = waiting(config, size)
        for each in payments:
            store.insert(each.payment)
        transport = _Undecided()
        clock = ManualClock(payments[0].payment.created_at + timedelta(minutes=1))
        checkout = Checkout(Daraja(config, transport=transport, clock=clock), store)
        part = size // 10
        # Traced all the time: the interpreter reuses small objects from lists of its own, which a trace that begins
        # between the runs would count as the run's.
        tracemalloc.start()
        try:
            checkout.reconcile(limit=part)  # the warm-up
            growth = (-_peak(checkout, part) + _peak(checkout, size)) / 1024
        finally:
            tracemalloc.stop()
        store.close()
    details = f"peak of a run over {size - 2 * part:,} payments, above that of one over {part:,}"
    return [
        count("queries by reconcile", transport.queries, f"{size:,} open payments, three runs", exactly=size),
        Figure("memory of reconcile", f"{growth:+.1f} KiB", f"<= {_FLAT} KiB", growth <= _FLAT, details),
    ]


def _peak(checkout: Checkout, limit: int) -> int:
    """Return the peak memory of a run, measured every hundred payments, without garbage."""
    kept: list[int] = []

    def look(_: object) -> None:
        if next(seen) % _PAGE == 0:
            gc.collect()
            kept.append(tracemalloc.get_traced_memory()[0])

    seen = numbers()
    checkout.reconcile(limit=limit, progress=look)
    return max(kept)


class _Undecided:
    """A Daraja that has not decided about any payment."""

    def __init__(self) -> None:
        self.queries = 0

    def send(self, request: HttpRequest, /) -> HttpResponse:
        if "oauth" in request.url:
            return HttpResponse(200, {}, b'{"access_token": "token", "expires_in": "3599"}')
        self.queries += 1
        body = {"requestId": "1", "errorCode": "500.001.1001", "errorMessage": "The transaction is being processed"}
        return HttpResponse(500, {}, json.dumps(body).encode())
