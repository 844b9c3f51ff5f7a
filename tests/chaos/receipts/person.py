"""The person who looks at what ``reconcile`` reports, asks the customers, and decides."""

from collections.abc import Mapping
from typing import Final

from daraja import Payment
from daraja.inbound.model import Receipt
from daraja.simulator import Transaction
from tests.chaos.attempts import phone_of
from tests.chaos.receipts.sales import Sale
from tests.chaos.receipts.worker import Counter

__all__ = ["decide", "sale_of"]

_BY: Final = "Wanjiku"
_NOTE: Final = "the customer showed the message of M-Pesa"


def sale_of(money: Transaction) -> Sale:
    """Return what a customer has paid for. Each has a phone of their own."""
    return Sale(int(money.debit.number) - int(phone_of(0)))


def decide(counter: Counter, money: Mapping[str, Transaction], asked_for: Mapping[str, str]) -> int:
    """Decide about every receipt and then every payment that needs a person, and return how many receipts did.

    Args:
        counter: The shop.
        money: All that customers paid, by receipt number.
        asked_for: The key of the payment that was paid at a prompt, by receipt number.
    """
    receipts, checkout = counter.receipts, counter.checkout
    waiting = [one for one in receipts.store.need_attention(1_000_000) if isinstance(one, Receipt)]
    decided = 0
    for receipt in waiting:
        number = receipt.number
        if receipt.payment is not None:
            receipts.dismiss(number, by=_BY, note="it is the money of its payment, whatever one announcement said")
        elif number in asked_for:
            checkout.resolve(asked_for[number], paid=True, receipt=number, by=_BY, note=_NOTE)
            receipts.reconcile()
            if receipts.receipt(number).needs_attention:
                receipts.dismiss(number, by=_BY, note="as above")
        elif number in money:
            receipts.assign(number, order=sale_of(money[number]).order, by=_BY, note=_NOTE)
        else:
            continue  # nobody has paid it
        decided += 1
    for payment in checkout.store.need_attention(1_000_000):
        # It was paid while other money for its order was under review.
        if isinstance(payment, Payment) and asked_for.get(payment.receipt or "") == payment.key:
            checkout.resolve(payment.key, paid=True, by=_BY, note=_NOTE)
    return decided
