"""The promises of every store, as tests that pytest runs on a store of your own."""

from typing import Generic

from daraja.disbursements.model import Payout
from daraja.inbound.model import Receipt
from daraja.payments.model import Payment
from daraja.testing.store_contract.base import R
from daraja.testing.store_contract.callbacks import CallbackPromises
from daraja.testing.store_contract.charges import ChargePromises
from daraja.testing.store_contract.erasing import ErasingPromises
from daraja.testing.store_contract.fulfilment import FulfilmentContract
from daraja.testing.store_contract.inserts import InsertPromises
from daraja.testing.store_contract.listing import ListingPromises
from daraja.testing.store_contract.lists import ListPromises
from daraja.testing.store_contract.orders import OrderPromises
from daraja.testing.store_contract.payouts import RefundPromises
from daraja.testing.store_contract.races import RacePromises
from daraja.testing.store_contract.receipts import ReceiptPromises
from daraja.testing.store_contract.swaps import SwapPromises

__all__ = ["FulfilmentContract", "PayoutStoreContract", "ReceiptStoreContract", "RecordContract", "StoreContract"]


class RecordContract(
    InsertPromises[R], SwapPromises[R], ListPromises[R], CallbackPromises[R], RacePromises[R], Generic[R]
):
    """The promises of a store for records of any kind."""


class StoreContract(OrderPromises, ListingPromises[Payment], ErasingPromises, RecordContract[Payment]):
    """Proves a ``PaymentStore``: subclass it in a test module, say how a store is made, and let pytest run it.

    >>> from daraja.stores import MemoryStore
    >>> class TestMemoryStore(StoreContract):
    ...     def make_store(self) -> MemoryStore:
    ...         return MemoryStore()

    Each test gets an empty store. Override the fixture ``store`` instead of ``make_store`` if yours needs other
    fixtures, ``another_store`` if a second object can stand before the same payments, ``make_payment`` if yours
    takes only payments with something special about them, and ``in_thread`` if a thread has to tidy up after itself.
    """


class PayoutStoreContract(RefundPromises, ChargePromises[Payout], ListingPromises[Payout], RecordContract[Payout]):
    """Proves a ``PayoutStore``, with its caps and their races: subclass it as you do with ``StoreContract``.

    >>> from daraja.stores import MemoryPayoutStore
    >>> class TestMemoryPayoutStore(PayoutStoreContract):
    ...     def make_store(self) -> MemoryPayoutStore:
    ...         return MemoryPayoutStore()

    Override ``make_payout`` if yours takes only payouts with something special about them.
    """


class ReceiptStoreContract(ReceiptPromises, RecordContract[Receipt]):
    """Proves a ``ReceiptStore``, as ``StoreContract`` proves a store of payments.

    >>> from daraja.stores import MemoryReceiptStore
    >>> class TestMemoryReceiptStore(ReceiptStoreContract):
    ...     def make_store(self) -> MemoryReceiptStore:
    ...         return MemoryReceiptStore()
    """
