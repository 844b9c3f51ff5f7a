"""Receipts, their announcements, and what is expected."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from daraja.api.incoming import IncomingPayment, read_incoming
from daraja.inbound.announcement import receipt_key
from daraja.inbound.expectation import Expectation
from daraja.inbound.model import Receipt, ReceiptStatus
from daraja.lifecycle.record import Account
from daraja.testing import bill_payment, c2b_confirmation, pull_record
from tests.support.payments import START

ACCOUNT: Final = Account("simulator", "600999")
NUMBER: Final = "UAF1AAAAAA"
PAID_AT: Final = START + timedelta(seconds=5)


def confirmed(number: str = NUMBER, amount: Decimal | int = 500, reference: str = "174") -> IncomingPayment:
    """Return a payment as a confirmation announces it."""
    return read_incoming(c2b_confirmation(amount=amount, reference=reference, receipt=number, paid_at=PAID_AT).body)


def pulled(number: str = NUMBER, amount: Decimal | int = 500, reference: str = "174") -> IncomingPayment:
    """Return a payment as Pull announces it."""
    return read_incoming(pull_record(amount=amount, reference=reference, receipt=number, paid_at=PAID_AT))


def billed(number: str = NUMBER, amount: Decimal | int = 500, reference: str = "174") -> IncomingPayment:
    """Return a payment as Bill Manager announces it."""
    return read_incoming(bill_payment(amount=amount, reference=reference, receipt=number, paid_at=PAID_AT).body)


def a_receipt(*, number: str = NUMBER, account: Account = ACCOUNT) -> Receipt:
    """Return a receipt of which nothing but its number is known."""
    return Receipt(
        key=receipt_key(account, number),
        account=account,
        facts={"transaction_id": number},
        created_at=START,
        updated_at=START,
    )


def counting(number: str, amount: Decimal | int) -> Receipt:
    """Return a receipt that counts for the expectation 174."""
    return Receipt(
        key=receipt_key(ACCOUNT, number),
        account=ACCOUNT,
        status=ReceiptStatus.RECEIVED,
        facts={"transaction_id": number, "receipt": number, "amount": f"{amount}"},
        expectation="174",
        created_at=START,
        updated_at=START,
    )


def an_expectation(*receipts: Receipt, amount: int = 500, reference: str = "174") -> Expectation:
    """Return an expectation and what came in for it."""
    return Expectation(
        key="e" * 32, account=ACCOUNT, reference=reference, amount=amount, created_at=START, receipts=receipts
    )
