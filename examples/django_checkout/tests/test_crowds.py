"""Many at once: one push for each order and phone, one fulfilment for each payment."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final, TypeVar

import pytest
from django.db import connections

from daraja.django import checkout
from daraja.django.models import Callback
from daraja.simulator import Answer
from daraja.testing import assert_paid_once, assert_pushed
from payments.charging import charge
from payments.models import Payment
from shop.rest import Refused
from shops import PHONE, Shop, post_callback

Result = TypeVar("Result")

_MANY: Final = 100
_AT_ONCE: Final = 20


def at_once(work: Callable[[int], Result]) -> list[Result]:
    """Do *work* a hundred times, twenty at once."""
    start = Barrier(_AT_ONCE)

    def one(number: int) -> Result:
        if number < _AT_ONCE:
            start.wait()
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(one, range(_MANY)))


def test_a_hundred_requests_for_one_order_make_one_push(shop_in_threads: Shop) -> None:
    keys = at_once(lambda _: charge(shop_in_threads.order, PHONE).key)
    assert Counter(keys) == {Payment.objects.get().key: _MANY}
    assert_pushed(shop_in_threads.simulator)


@pytest.mark.parametrize("busy_seconds", [60])
def test_a_hundred_orders_that_one_phone_pays_at_once_ring_it_once(shop_in_threads: Shop) -> None:
    orders = [shop_in_threads.another_order(f"ORD-{number}") for number in range(_MANY)]

    def status(number: int) -> int:
        try:
            charge(orders[number], PHONE)
        except Refused as refused:
            return refused.status_code
        return 200

    assert Counter(at_once(status)) == {200: 1, 429: _MANY - 1}
    assert_pushed(shop_in_threads.simulator)


def test_a_hundred_callbacks_for_one_payment_fulfil_it_once(shop_in_threads: Shop) -> None:
    shop_in_threads.push()
    shop_in_threads.simulator.answer(PHONE, Answer.PAY)
    (callback,) = shop_in_threads.simulator.due()
    statuses = at_once(lambda _: post_callback(callback).status_code)
    assert set(statuses) == {200}
    assert_paid_once(checkout(), shop_in_threads.payment.key)
    assert not Callback.objects.filter(processed=False).exists()
    shop_in_threads.order.refresh_from_db()
    assert shop_in_threads.order.paid_at is not None
    assert not shop_in_threads.payment.refund_due
