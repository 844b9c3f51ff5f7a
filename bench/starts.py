"""The cost of a payment, compared with the bare request that it sends: stored, sent, and stored again."""

from functools import partial
from itertools import count as numbers
from typing import Final

import requests

from bench.figures import Figure, medians, ratio, seconds
from bench.lean_daraja import LeanDaraja
from bench.pushes import what_a_push_sends
from daraja import Checkout, Daraja, Payment, __version__
from daraja.stores import MemoryStore
from daraja.testing import sample_config

__all__ = ["measure"]

_ROUNDS: Final = 3_000


def measure(*, quick: bool) -> list[Figure]:
    """Compare ``Checkout.start`` on a warm token with bare posts of the same headers and body to the same server."""
    with (
        LeanDaraja() as server,
        Daraja(sample_config(base_url=server.base_url)) as daraja,
        requests.Session() as session,
    ):
        request = what_a_push_sends(server.base_url)
        session.headers.clear()
        session.headers.update({"User-Agent": f"daraja-kit/{__version__}", **request.headers})
        post = partial(session.post, request.url, data=request.body)
        start = partial(_start, Checkout(daraja, MemoryStore()), numbers())
        starting, posting = medians(100 if quick else _ROUNDS, partial(seconds, start), partial(seconds, post))
    return [ratio("start on MemoryStore", starting, posting, "Session.post of the same bytes", at_most=1.20)]


def _start(checkout: Checkout, attempts: "numbers[int]") -> Payment:
    attempt = next(attempts)
    return checkout.start(
        phone="0712 345 678",
        amount=500,
        reference="ORD-2026-001",
        description="Laundry",
        idempotency_key=f"attempt-{attempt}",
        metadata={"order_id": "ORD-2026-001"},
    )
