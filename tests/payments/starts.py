"""Good arguments of a start, and what a start leaves."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import pytest

from daraja import Payment
from daraja.errors import DarajaError
from tests.support.checkouts import ScriptedCheckout
from tests.support.scripted import answer

__all__ = ["GOOD", "KEY_IS_USED_UP", "LATER", "SPIKE", "StrangeError", "but", "only", "refused", "written"]

KEY_IS_USED_UP: Final = "With the same idempotency key the answer stays the same; use a new key for a new attempt."
GOOD: Final[Mapping[str, Any]] = {  # Any: arguments of many types
    "phone": "0712 345 678",
    "amount": 500,
    "reference": "ORD-2026-001",
    "description": "Laundry",
    "idempotency_key": "order 1, attempt 1",
    "metadata": {"order_id": "ORD-2026-001", "items": [1, 2.5, None, True]},
}
LATER: Final = timedelta(days=2)
SPIKE: Final = answer(429, {"fault": {"faultstring": "Spike arrest violation"}}, Retry_After="90")


def but(**other: object) -> dict[str, Any]:  # Any: as above
    """Return valid arguments with these changes."""
    return {**GOOD, **other}


def written(shop: ScriptedCheckout) -> list[Payment]:
    """Every payment in the store with a next check."""
    return list(shop.store.due(shop.clock.now() + LATER, 1000))


def only(shop: ScriptedCheckout) -> Payment:
    [payment] = written(shop)
    return payment


class StrangeError(Exception):
    """An exception of another library."""


def refused(shop: ScriptedCheckout, **asked: object) -> tuple[DarajaError, Payment]:
    with pytest.raises(DarajaError) as caught:
        shop.checkout.start(**but(**asked))
    assert isinstance(caught.value.payment, Payment)
    return caught.value, caught.value.payment
