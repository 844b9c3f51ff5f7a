"""The number of access tokens that many threads fetch."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final

from bench.figures import Figure, count
from bench.lean_daraja import LeanDaraja
from bench.pushes import ask
from daraja import Daraja
from daraja.testing import sample_config

__all__ = ["measure"]

_THREADS: Final = 50


def measure() -> list[Figure]:
    """Let fifty threads push at the same time, first without a token and then with a refused one."""
    with LeanDaraja() as server, Daraja(sample_config(base_url=server.base_url)) as daraja:
        _ask_at_once(daraja)
        first = server.seen()
        server.revoke_tokens()
        _ask_at_once(daraja)
        then = server.seen() - first
    refused = then["push"] - _THREADS
    return [
        count("tokens fetched at first", first["oauth"], f"{_THREADS} threads without a token", exactly=1),
        count("tokens fetched again", then["oauth"], f"{_THREADS} threads, {refused} of them refused", exactly=1),
    ]


def _ask_at_once(daraja: Daraja) -> None:
    barrier = Barrier(_THREADS)

    def work(_: int) -> None:
        barrier.wait(timeout=30)
        ask(daraja)

    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(work, range(_THREADS)))
