"""The client and the checkout for async code; needs the extra ``async``."""

from daraja.aio.checkout import AsyncCheckout
from daraja.aio.client import AsyncDaraja
from daraja.aio.ledger import AsyncLedger

__all__ = ["AsyncCheckout", "AsyncDaraja", "AsyncLedger"]
