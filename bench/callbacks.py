"""The cost of reading a callback, in time and in memory."""

import json
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Final

from bench.figures import Figure, medians, ratio, seconds
from daraja import parse_stk_callback

__all__ = ["PAID", "at_once", "measure"]

PAID: Final = (
    b'{"Body":{"stkCallback":{"MerchantRequestID":"8c1f-4d3a-9b7e-52e0a6c4d1f3118265",'
    b'"CheckoutRequestID":"ws_CO_23112026101530770712345678","ResultCode":0,'
    b'"ResultDesc":"The service request is processed successfully.",'
    b'"CallbackMetadata":{"Item":[{"Name":"Amount","Value":1500.00},'
    b'{"Name":"MpesaReceiptNumber","Value":"TKN7RT61SV"},{"Name":"Balance"},'
    b'{"Name":"TransactionDate","Value":20261123101544},{"Name":"PhoneNumber","Value":254712345678}]}}}}'
)
_AT_ONCE: Final = 200
_FIRST: Final = 1_000
_FLAT: Final = 16


def measure(*, quick: bool) -> list[Figure]:
    """Compare reading a success with decoding its JSON, and check whether reading many uses more memory."""
    reading, decoding = medians(
        20 if quick else 500, at_once(partial(parse_stk_callback, PAID)), at_once(partial(json.loads, PAID))
    )
    return [
        ratio("callback, bytes to value", reading, decoding, f"json.loads of the same {len(PAID)} bytes", at_most=1.8),
        _memory(10_000 if quick else 100_000),
    ]


def at_once(work: Callable[[], object], *, times: int = _AT_ONCE) -> Callable[[], float]:
    """Return a function that measures *work* done this number of times."""
    return partial(seconds, work, times=times)


def _memory(callbacks: int) -> Figure:
    tracemalloc.start()
    try:
        _read(0, _FIRST)
        first = tracemalloc.get_traced_memory()[1]
        _read(_FIRST, callbacks)
        growth = (tracemalloc.get_traced_memory()[1] - first) / 1024
    finally:
        tracemalloc.stop()
    details = f"peak after {callbacks:,} callbacks, no two alike, above that after {_FIRST:,}"
    return Figure("memory of callbacks", f"{growth:+.1f} KiB", f"<= {_FLAT} KiB", growth <= _FLAT, details)


def _read(begin: int, end: int) -> None:
    for number in range(begin, end):
        digits = b"%06d" % number
        parse_stk_callback(PAID.replace(b"118265", digits).replace(b"345678", digits).replace(b"RT61SV", digits))
