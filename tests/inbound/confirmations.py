"""Confirmations of money to the counter of a test."""

import json
from typing import Any, Final

from daraja.inbound.model import Receipt
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.stores import MemoryReceiptStore
from daraja.testing import c2b_confirmation
from tests.support.receiving import SHORTCODE, Counter
from tests.support.scripted import PHONE

__all__ = [
    "CONFIRMED_ANOTHER_AMOUNT",
    "NO_CONFIRMATION",
    "OTHER_PHONE",
    "THREE_CONFIRMATIONS",
    "FailingReceipts",
    "confirmation",
    "confirmed",
    "silent",
]

OTHER_PHONE: Final = "254722000001"
THREE_CONFIRMATIONS: Final = "254700008502"
NO_CONFIRMATION: Final = "254700008501"
CONFIRMED_ANOTHER_AMOUNT: Final = "254700008509"


def confirmation(counter: Counter, receipt: str = "UAF1AAAAAA", **changes: Any) -> bytes:  # noqa: ANN401 - of c2b_confirmation
    usual: dict[str, Any] = {"shortcode": SHORTCODE, "amount": 500, "reference": "174", "paid_at": counter.clock.now()}
    return c2b_confirmation(receipt=receipt, **{**usual, **changes}).body


def confirmed(counter: Counter, receipt: str = "UAF1AAAAAA", **changes: Any) -> None:  # noqa: ANN401 - as above
    reply = counter.receipts.confirm(confirmation(counter, receipt, **changes), token=counter.token())
    assert (reply.status_code, json.loads(reply.body)["ResultCode"]) == (200, 0)


def silent(counter: Counter, **changes: Any) -> str:  # noqa: ANN401 - of charge
    """Ask a phone whose callbacks never come."""
    usual: dict[str, Any] = {"order": "ORD-1", "phone": PHONE, "amount": 500}
    return counter.checkout.charge(**{**usual, **changes}).key


class FailingReceipts(MemoryReceiptStore):
    """A store whose methods named in ``failing`` raise before they do anything."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: Final[dict[str, Exception]] = {}

    def record(self, callback: ReceivedCallback, /) -> str:
        self._fail("record")
        return super().record(callback)

    def load(self, key: str, /) -> Receipt | None:
        self._fail("load")
        return super().load(key)

    def swap(self, old: Receipt, new: Receipt, entry: HistoryEntry, /) -> bool:
        self._fail("swap")
        return super().swap(old, new, entry)

    def _fail(self, name: str) -> None:
        if name in self.failing:
            raise self.failing[name]
