"""The shop's own tables: what each order has got, and what was shipped. Nothing about shipping is unique."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Numeric, String, Table, insert, select, update

from daraja import Payment, Receipt
from tests.chaos.receipts.sales import Sale

__all__ = ["create_books", "read_shipped", "take_by_hand", "take_payment"]

_METADATA: Final = MetaData()
_ORDERS: Final = Table(
    "orders",
    _METADATA,
    Column("order", String, primary_key=True),
    Column("amount", Integer, nullable=False),
    Column("received", Numeric, nullable=False, default=0),
)
_SHIPPED: Final = Table("shipped", _METADATA, Column("order", String, nullable=False))


def create_books(engine: Engine, sales: Iterable[Sale]) -> None:
    """Write down all orders, unpaid."""
    _METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(_ORDERS), [{"order": sale.order, "amount": sale.amount} for sale in sales])


def take_payment(connection: Connection, payment: Payment) -> None:
    """Add what was paid at a prompt to its order."""
    _take(connection, payment.order, Decimal(payment.amount))


def take_by_hand(connection: Connection, receipt: Receipt) -> None:
    """Add what was paid by hand to its order."""
    assert receipt.amount is not None
    _take(connection, receipt.order, receipt.amount)


def _take(connection: Connection, order: str | None, amount: Decimal) -> None:
    """Add money to an order within the store's own transaction, and ship the order once it is enough."""
    adding = (
        update(_ORDERS)
        .where(_ORDERS.c.order == order)
        .values(received=_ORDERS.c.received + amount)
        .returning(_ORDERS.c.amount, _ORDERS.c.received)
    )
    row = connection.execute(adding).one()
    if row.received >= row.amount > row.received - amount:
        connection.execute(insert(_SHIPPED), {"order": order})


def read_shipped(engine: Engine) -> Counter[str]:
    """Count how often each order was shipped."""
    with engine.connect() as connection:
        return Counter(connection.scalars(select(_SHIPPED.c.order)))
