"""The promises of the stores of payments, payouts and receipts, for the models of a Django project."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from django.db import connections

from daraja.django.receipt_store import DjangoReceiptStore
from daraja.django.store import DjangoPayoutStore, DjangoStore
from daraja.payments.model import Payment
from daraja.testing.store_contract import (
    FulfilmentContract,
    PayoutStoreContract,
    ReceiptStoreContract,
    StoreContract,
)

Result = TypeVar("Result")


class _InThreads:
    def in_thread(self, work: Callable[[], Result], /) -> Result:
        """Do *work* in a thread, and close the connection that Django opened for it."""
        try:
            return work()
        finally:
            connections.close_all()


@pytest.mark.django_db(transaction=True)
class DjangoStoreContract(_InThreads, StoreContract):
    """Proves ``DjangoStore`` over the models and the database of your project.

    Subclass it in a test module::

        class TestOurStore(DjangoStoreContract):
            pass

    Override ``make_payment`` if your own model needs something: an order that exists, for example.
    """

    def make_store(self) -> DjangoStore:
        """Make the store."""
        return DjangoStore()


@pytest.mark.django_db(transaction=True)
class DjangoFulfilmentContract(_InThreads, FulfilmentContract):
    """Proves that ``ON_SUCCESS`` is called exactly once; see ``DjangoStoreContract``."""

    def make_store_with(self, fulfil: Callable[[Payment], object], /) -> DjangoStore:
        """Make a store that calls *fulfil* inside its winning transaction."""
        return DjangoStore(on_success=fulfil)


@pytest.mark.django_db(transaction=True)
class DjangoPayoutStoreContract(_InThreads, PayoutStoreContract):
    """Proves ``DjangoPayoutStore`` over the database of your project; see ``DjangoStoreContract``."""

    def make_store(self) -> DjangoPayoutStore:
        """Make the store."""
        return DjangoPayoutStore()


@pytest.mark.django_db(transaction=True)
class DjangoReceiptStoreContract(_InThreads, ReceiptStoreContract):
    """Proves ``DjangoReceiptStore`` over the database of your project; see ``DjangoStoreContract``."""

    def make_store(self) -> DjangoReceiptStore:
        """Make the store."""
        return DjangoReceiptStore()
