"""A worker that takes money by prompt and by hand, as a program."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import attrs
from sqlalchemy import Connection

from daraja import Checkout, Config, Daraja, Environment, PayBill, Payment, Receipt, Receipts
from daraja.errors import InvalidInput
from daraja.inbound.sweep import ReceiptReport
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.reconcile import Report
from daraja.testing import sample_initiator
from tests.chaos.fault_injection import FaultInjectingReceiptStore, FaultInjectingStore
from tests.chaos.points import KillSwitch
from tests.chaos.receipts.books import take_by_hand, take_payment
from tests.chaos.receipts.sales import Sale
from tests.chaos.shop import Settings, Shop

__all__ = ["Counter", "config_of"]

_SWEEPS: Final = 10
"""Of so many customers, one is served by a worker that looks into Pull."""
_ASSIGNS: Final = 7
"""Of so many customers, one is served by a worker that looks at the money of which nobody knows what for."""
_LAST: Final = timedelta(minutes=1)


def config_of(settings: Settings) -> Config:
    """Return the settings of the client."""
    return Config(
        consumer_key="key",
        consumer_secret="secret",
        business=PayBill(settings["shortcode"], passkey=settings["passkey"]),
        environment=Environment(settings["base_url"]),
        callback_url=settings["callback_url"],
        registered_secret="a-registered-secret-of-the-tests",
        initiator=sample_initiator(),
        pull_number="0722000000",
    )


@attrs.frozen
class Looked:
    """What one look after everything did."""

    stopped: str
    payments: Report
    receipts: ReceiptReport


@attrs.frozen
class Counter:
    """A checkout and its receipts, which share one callback address."""

    checkout: Checkout
    receipts: Receipts

    def receive(self, body: bytes, /, *, token: str | None) -> Reply[Payment] | Reply[Receipt]:
        """Take a callback of either."""
        face = self.receipts if "/receipts/" in (token or "") else self.checkout
        return face.receive(body, token=token)

    def reconcile(self, *, limit: int, progress: Callable[[Report], object] | None = None) -> Looked:
        """Look after both."""
        payments = self.checkout.reconcile(limit=limit, progress=progress)
        receipts = self.receipts.reconcile(limit=limit)
        return Looked(payments.stopped or receipts.stopped, payments, receipts)


class ReceiptShop(Shop[Counter]):
    """Charges orders, and expects money by hand for them."""

    def _config(self, settings: Settings) -> Config:
        return config_of(settings)

    def _open(self, daraja: Daraja, settings: Settings, kill_switch: KillSwitch) -> Counter:
        receipts = FaultInjectingReceiptStore(settings["database"], kill_switch, self._take_by_hand)
        payments = FaultInjectingStore(settings["database"], kill_switch, self._take)
        checkout = Checkout(daraja, payments, on_success=self._notify, receipts=receipts)
        return Counter(checkout, Receipts(daraja, receipts, checkout=checkout, on_received=self._notify))

    def _attempt(self, number: int) -> str:
        sale = Sale(number)
        expected = self.face.receipts.expect(order=sale.order, amount=sale.amount, reference=sale.account)
        if number % _SWEEPS == 0:
            self.face.receipts.sweep(since=self.clock.now() - _LAST)
        if number % _ASSIGNS == 0:
            self._assign_what_is_plain()
        if not sale.has_prompt or expected.is_paid:
            return expected.status.value
        charged = self.face.checkout.charge(order=sale.order, phone=sale.phone, amount=expected.due)
        return charged.status.value

    def _assign_what_is_plain(self) -> None:
        """Assign money by hand where account and amount suggest the same order, while others look at it as well."""
        for unmatched in self.face.receipts.unmatched():
            for suggestion in unmatched.suggestions[:1]:
                if " and " in suggestion.reason:
                    number, reference = unmatched.receipt.number, suggestion.expectation.reference
                    with suppress(InvalidInput):  # somebody else was faster
                        self.face.receipts.assign(number, reference=reference, by="Otieno", note="it is plain")

    def _reconcile(self) -> None:
        """Look into all that Pull has, before the rest."""
        self.face.receipts.sweep()
        super()._reconcile()

    def _take(self, connection: Connection, payment: Payment) -> None:
        take_payment(connection, payment)
        self._fulfil(connection, payment)

    def _take_by_hand(self, connection: Connection, receipt: Receipt) -> None:
        take_by_hand(connection, receipt)
        self._fulfil(connection, receipt)


if __name__ == "__main__":
    ReceiptShop(json.loads(sys.stdin.readline())).work()
