"""A worker of Celery does the work of every minute and of every day."""

from collections.abc import Generator
from typing import Any, Final

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging

from daraja import Checkout
from daraja.django.models import Callback, Payment
from daraja.django.tasks import purge, reconcile
from daraja.testing import MountedDaraja

PHONE: Final = "254712345678"
CALLBACK_LOST: Final = "254700008001"

app = Celery("shop", broker="memory://", backend="cache+memory://")
app.autodiscover_tasks()


@setup_logging.connect
def leave_the_log(**_: object) -> None:
    """Keep Celery from putting handlers of its own in the place of pytest's."""


@pytest.fixture
def worker(transactional_db: None) -> Generator[None]:
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        yield


def done(task: Any, **asked: object) -> Any:  # noqa: ANN401 - Celery's types know no results
    """Put a task into the queue, and return what the worker made of it."""
    return task.apply_async(kwargs=asked).get(timeout=30)


def test_a_worker_asks_about_what_no_callback_told(
    worker: None, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    daraja_django.charge(order="ORD-1", phone=CALLBACK_LOST, amount=500)
    daraja_simulator.advance(seconds=40)
    assert Payment.objects.get().status == "initiated"

    report = done(reconcile)

    assert (report["asked"], report["succeeded"], report["unconfirmed"]) == (1, 1, [])
    assert Payment.objects.get().status == "success"


def test_a_worker_logs_what_is_left_for_a_person(
    worker: None, daraja_django: Checkout, daraja_simulator: MountedDaraja, caplog: pytest.LogCaptureFixture
) -> None:
    payment = daraja_django.charge(order="ORD-1", phone="254700008033", amount=500)  # its answer is lost
    daraja_simulator.advance(seconds=300)

    done(reconcile, limit=10)

    assert Payment.objects.get().status == "unconfirmed"
    [line] = [record.getMessage() for record in caplog.records if record.name == "daraja.django"]
    assert line.startswith("payments.to_do Only the M-Pesa statement can tell")
    assert payment.key in line


def test_a_worker_deletes_old_callbacks(worker: None, daraja_django: Checkout, daraja_simulator: MountedDaraja) -> None:
    daraja_django.charge(order="ORD-1", phone=PHONE, amount=500)
    daraja_simulator.pay(PHONE)
    daraja_simulator.advance(seconds=86_400)
    daraja_simulator.advance(seconds=60)
    assert done(purge) == 0
    assert done(purge, days=1) == 1
    assert not Callback.objects.exists()
