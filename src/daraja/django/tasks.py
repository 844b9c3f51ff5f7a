"""The work of every minute and of every day as Celery tasks, for projects that have Celery.

Put them into your schedule::

    CELERY_BEAT_SCHEDULE = {
        "reconcile": {"task": "daraja.django.tasks.reconcile", "schedule": 60.0, "options": {"expires": 55}},
        "purge": {"task": "daraja.django.tasks.purge", "schedule": 86_400.0},
    }
"""

import logging
from datetime import timedelta

import attrs
from celery import shared_task

from daraja.django import checkout, payouts, receipts, reports
from daraja.django.apps import this_app

__all__ = ["purge", "reconcile"]

_log = logging.getLogger("daraja.django")


@shared_task
def reconcile(limit: int = 100) -> dict[str, object]:
    """Look after all open payments, payouts and receipts; return the reports, and log how much waits for a person."""
    report = checkout().reconcile(limit=limit)
    for line in reports.of_payments(report):
        _log.warning("payments.to_do %s", line)
    done = attrs.asdict(report)
    if this_app().books_receipts:
        received = receipts().reconcile(limit=limit)
        for line in reports.of_receipts(received):
            _log.warning("receipts.to_do %s", line)
        done["receipts"] = attrs.asdict(received)
    # Last, as payouts alone have settings that may be missing.
    if this_app().pays_out:
        paid_out = payouts().reconcile(limit=limit)
        for line in reports.of_payouts(paid_out):
            _log.warning("payouts.to_do %s", line)
        done["payouts"] = attrs.asdict(paid_out)
    return done


@shared_task
def purge(days: int = 90) -> int:
    """Delete the bodies of old callbacks, and return how many."""
    of_payouts = this_app().payout_ledger.purge_callbacks(timedelta(days=days))
    of_receipts = receipts().purge_callbacks(timedelta(days=days))
    return checkout().purge_callbacks(timedelta(days=days)) + of_payouts + of_receipts
