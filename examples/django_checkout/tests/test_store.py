"""The Django store keeps what every store promises."""

from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar

import attrs
import pytest
from django.db import connections

from accounts.models import User
from daraja import Payment
from daraja.testing import FulfilmentContract, StoreContract
from orders.models import Order
from payments.store import DjangoPaymentStore

Result = TypeVar("Result")

_NUMBERS = count(1)


def nothing(_: Payment) -> None:
    """Do nothing."""


class OrdersForEach:
    """Every payment has a customer and an order of its own."""

    def make_payment(self, **changes: Any) -> Payment:  # Any: fields of any type
        payment: Payment = super().make_payment(**changes)  # type: ignore[misc] # of the contract beside it
        user, _ = User.objects.get_or_create(email="wanjiku@example.com")
        order = Order.objects.create(order_id=f"ORD-{next(_NUMBERS)}", user=user, description="Laundry", amount=500)
        return attrs.evolve(payment, metadata={**payment.metadata, "order_id": order.pk, "user_id": user.pk})

    def in_thread(self, work: Callable[[], Result], /) -> Result:
        try:
            return work()
        finally:
            connections.close_all()


@pytest.mark.django_db(transaction=True)
class TestDjangoStore(OrdersForEach, StoreContract):
    def make_store(self) -> DjangoPaymentStore:
        return DjangoPaymentStore(admit=nothing, on_success=nothing, on_reconsidered=nothing)


@pytest.mark.django_db(transaction=True)
class TestDjangoFulfilment(OrdersForEach, FulfilmentContract):
    def make_store_with(self, fulfil: Callable[[Payment], object], /) -> DjangoPaymentStore:
        return DjangoPaymentStore(admit=nothing, on_success=fulfil, on_reconsidered=nothing)
