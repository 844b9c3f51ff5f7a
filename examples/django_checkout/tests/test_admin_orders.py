"""An order that somebody edits in the admin at the moment in which it is paid, or asked for, loses neither."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections
from django.db.models.signals import pre_save

from daraja.simulator import Answer
from desk import owner
from payments.charging import charge
from shop.models import Order
from shops import PHONE, Shop, post_callback


def edit(shop: Shop, meanwhile: Callable[[], object], **changes: object) -> Future[object]:
    """Save an order in the admin; begin something else after its form was read and before it is written."""

    def work() -> object:
        try:
            return meanwhile()
        finally:
            connections.close_all()

    def begin(**_: Any) -> None:  # Any: what a signal brings
        begun.append(thread.submit(work))
        with suppress(TimeoutError):  # it waits for us, unless it does not have to
            begun[0].exception(timeout=0.5)

    begun: list[Future[object]] = []
    form = {"user": shop.customer.pk, "description": "Laundry", "amount": 500} | changes
    with ThreadPoolExecutor(1) as thread:
        pre_save.connect(begin, sender=Order)
        try:
            response = owner().post(f"/admin/shop/order/{shop.order.pk}/change/", form)
        finally:
            pre_save.disconnect(begin, sender=Order)
    assert response.status_code == 302
    return begun[0]


@pytest.mark.django_db(transaction=True)
def test_it_stays_paid(shop_in_threads: Shop) -> None:
    shop = shop_in_threads
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)
    (callback,) = shop.simulator.due()
    paid = edit(shop, lambda: post_callback(callback).status_code, description="Laundry, 5 kg")
    assert paid.result() == 200
    shop.order.refresh_from_db()
    assert (shop.order.description, shop.order.paid_at is not None) == ("Laundry, 5 kg", True)


@pytest.mark.django_db(transaction=True)
def test_the_price_of_an_order_that_is_there_stays(shop_in_threads: Shop) -> None:
    shop = shop_in_threads
    asked = edit(shop, lambda: charge(shop.order, PHONE), amount=600, description="Ironing")
    assert asked.exception() is None
    shop.order.refresh_from_db()
    assert (shop.order.description, shop.order.amount) == ("Ironing", 500)
