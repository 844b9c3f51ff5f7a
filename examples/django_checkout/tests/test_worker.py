"""A worker of Celery takes its tasks from a real Redis."""

import json
from collections.abc import Generator
from typing import Any, cast

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging
from redis import Redis

from daraja.django.tasks import reconcile
from daraja.simulator import Answer
from payments.models import Payment
from shops import PHONE, Shop, make_due

app = Celery("shop", task_ignore_result=True, broker_connection_retry_on_startup=True)
app.autodiscover_tasks()


@setup_logging.connect
def leave_the_log(**_: object) -> None:
    """Keep Celery from putting handlers of its own in the place of pytest's."""


@pytest.fixture
def broker(redis_url: str) -> Generator[Redis]:
    """Have Celery's work wait in a real Redis."""
    before, connections = app.conf.broker_url, cast("Any", app.pool)  # its types know too little
    app.conf.update(broker_url=redis_url)
    connections.force_close_all()
    yield Redis.from_url(redis_url)
    connections.force_close_all()
    app.conf.update(broker_url=before)


def test_a_worker_takes_it_from_redis(shop_in_threads: Shop, broker: Redis) -> None:
    shop = shop_in_threads
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)
    make_due()
    reconcile.delay()
    [waiting] = broker.lrange("celery", 0, -1)
    assert json.loads(waiting)["headers"]["task"] == "daraja.django.tasks.reconcile"
    assert shop.payment.status == "initiated"

    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        while broker.exists("celery") or broker.exists("unacked"):
            pass
    assert Payment.objects.get().status == "success"
