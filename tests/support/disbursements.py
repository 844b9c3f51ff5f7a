"""Payouts of every product for the tests."""

from typing import Final

from daraja import to
from daraja.disbursements import Payout, Product
from daraja.disbursements.products import PRODUCTS
from daraja.lifecycle.record import Account
from tests.support.payments import START

__all__ = ["RECEIVERS", "a_payout_of"]

RECEIVERS: Final[dict[Product, to.Receiver]] = {
    Product.B2C: to.Mobile("254712345678"),
    Product.POCHI: to.Pochi("254712345678"),
    Product.PAY_BILL: to.PayBillAccount("888880", account="17"),
    Product.TILL: to.TillNumber("5050505"),
    Product.TOP_UP: to.BulkAccount("600996"),
    Product.FLOAT: to.OwnUtility(),
    Product.TAX: to.Tax("PRN1234XN"),
    Product.REVERSAL: to.Mobile("254712345678"),
}


def a_payout_of(product: Product, *, key: str = "f" * 32, **fields: object) -> Payout:
    values: dict[str, object] = {
        "key": key,
        "account": Account("simulator", "600111"),
        "product": product,
        "to": RECEIVERS[product],
        "amount": 1200,
        "payer": "600111",
        "idempotency_key": "rider 17 of 30 November",
        "facts": {"originator_conversation_id": key} if PRODUCTS[product].detects_duplicates else {},
        "refunds": "UAF1AAAAAA" if product is Product.REVERSAL else None,
        "created_at": START,
        "updated_at": START,
    }
    return Payout(**{**values, **fields})  # type: ignore[arg-type]  # the fields have many types
