"""Celery does what cron would: on its own schedule, and only where somebody uses it."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

import shop
from daraja.simulator import Answer
from payments.models import Payment
from payments.tasks import purge_callbacks, reconcile_payments
from shop.celery import app
from shops import PHONE, Shop, make_due

PROJECT: Final = Path(shop.__file__).parents[1]


def test_every_task_of_the_schedule_is_there() -> None:
    app.loader.import_default_modules()
    scheduled = [str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()]

    assert sorted(scheduled) == ["payments.tasks.purge_callbacks", "payments.tasks.reconcile_payments"]
    assert set(scheduled) <= set(app.tasks)
    assert app.conf.beat_schedule == settings.CELERY_BEAT_SCHEDULE


def test_a_task_gives_its_report(shop: Shop) -> None:
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)
    make_due()

    assert reconcile_payments.apply().get()["succeeded"] == 1
    assert purge_callbacks.apply(kwargs={"days": 0}).get() == 0


def test_a_task_logs_only_the_work_for_a_person(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.push()
    shop.answer()
    reconcile_payments.apply()
    assert [record.message for record in caplog.records if "to_do" in record.message] == []

    Payment.objects.update(refund_due=True)
    reconcile_payments.apply()
    [todo] = [record for record in caplog.records if "to_do" in record.message]
    assert (todo.name, todo.levelname) == ("payments", "WARNING")
    assert todo.message.endswith(f"give the money back (1): {shop.payment.key}")


def test_the_shop_runs_without_celery() -> None:
    program = (
        "import sys; sys.modules['celery'] = None; import django; django.setup();"
        "from django.core.management import call_command; call_command('check')"
    )
    environ = {
        "DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "PYTHONPATH": str(PROJECT),
        "LOG_FILE": "/dev/null",
    }
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60, env=environ
    )

    assert (run.returncode, "Traceback" in run.stderr) == (0, False), run.stderr
