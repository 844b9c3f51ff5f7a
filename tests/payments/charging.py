"""An order that is charged, and a shop in which its first attempt failed."""

from typing import Any, Final

import attrs

from daraja import Checkout, Payment
from daraja.errors import PaymentView
from daraja.simulator import Answer, Engine
from daraja.simulator.products.stk.scenario import Scenario
from daraja.simulator.products.stk.scenarios import FAILED_THEN_PAID
from tests.support.scripted import PASSKEY, PHONE
from tests.support.shops import Shop, a_shop

__all__ = [
    "ANOTHER_PHONE",
    "MINUTE",
    "ORDER",
    "Hooks",
    "answered",
    "charge",
    "daraja_with",
    "failed_then_asked",
    "key_of",
    "shop_with",
]

ORDER: Final = "ORD-2025-001"
ANOTHER_PHONE: Final = "254722345678"
MINUTE: Final = 60.0


def daraja_with(scenario: Scenario) -> Engine:
    """Return a Daraja that may ask the phone as often as a test likes, and what becomes of it."""
    return Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: scenario}, busy_seconds=0)


def charge(shop: Shop, phone: str = PHONE, amount: int = 500, **others: Any) -> Payment:  # noqa: ANN401 - as charge has them
    return shop.checkout.charge(order=ORDER, phone=phone, amount=amount, **others)


def answered(shop: Shop, answer: Answer, phone: str = PHONE) -> Payment:
    """Let the customer answer, deliver the callback, and return the newest attempt."""
    shop.engine.answer(phone, answer, shop.clock.now())
    shop.wait(3)
    return shop.checkout.order(ORDER).attempts[-1]


@attrs.frozen
class Hooks:
    """What a shop's hooks were called with."""

    fulfilled: list[str] = attrs.field(factory=list[str])
    refunds: list[str] = attrs.field(factory=list[str])

    def on_success(self, payment: Payment) -> None:
        self.fulfilled.append(payment.key)

    def on_refund_due(self, payment: Payment) -> None:
        assert payment.refund_due
        self.refunds.append(payment.key)


def shop_with(hooks: Hooks) -> Shop:
    """Return a shop in which attempt 1 failed, and its customer is asked by attempt 2."""
    engine = daraja_with(FAILED_THEN_PAID)
    shop = a_shop(engine=engine)
    checkout = Checkout(shop.daraja, shop.store, on_success=hooks.on_success, on_refund_due=hooks.on_refund_due)
    return attrs.evolve(shop, checkout=checkout)


def failed_then_asked(shop: Shop) -> tuple[Payment, Payment]:
    first = charge(shop)
    shop.claim(first, result_code="1032", receipt=None)
    shop.clock.advance(MINUTE)
    second = charge(shop)
    assert second.attempt == 2
    return shop.now(first), second


def key_of(payment: PaymentView | None) -> str:
    assert payment is not None
    return payment.key
