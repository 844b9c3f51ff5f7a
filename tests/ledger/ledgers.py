"""Payments in a ledger."""

# ruff: noqa: ANN401 - fields of any type

from typing import Any, Final

import attrs

from daraja import Payment
from daraja.ledger import Ledger
from tests.support.payments import a_payment
from tests.support.scripted import PHONE
from tests.support.shops import Shop

__all__ = ["NATIONAL", "OTHER_PHONE", "a_paid_payment", "ledger_of", "made"]

OTHER_PHONE: Final = "254722000000"
NATIONAL: Final = PHONE[-9:]


def made(**changes: Any) -> Payment:
    return attrs.evolve(a_payment(), **changes)


def ledger_of(shop: Shop) -> Ledger[Payment]:
    return Ledger(shop.store, clock=shop.clock)


def a_paid_payment(shop: Shop) -> Payment:
    payment = shop.start()
    shop.claim(payment)
    return shop.now(payment)
