"""An order whose money comes by hand, and prompts that end beside it."""

from daraja.payments import Payment
from daraja.testing import stk_callback
from tests.support.receiving import Counter
from tests.support.scripted import PHONE

__all__ = ["denied", "expected", "paid_after_all"]


def expected(counter: Counter, amount: int = 500) -> str:
    return counter.receipts.expect(order="ORD-1", amount=amount).reference


def denied(counter: Counter, reference: str = "ORD-1") -> Payment:
    """Ask for the order's money, and hear that the customer said no."""
    payment = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500, reference=reference)
    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    return counter.checkout.payment(payment.key)


def paid_after_all(counter: Counter, payment: Payment, number: str = "UAF2AAAAAA") -> Payment:
    """Hear late that a prompt was paid."""
    callback = stk_callback(payment, receipt=number, config=counter.daraja.config)
    assert counter.checkout.receive(callback.body, token=callback.path).status_code == 200
    return counter.checkout.payment(payment.key)
