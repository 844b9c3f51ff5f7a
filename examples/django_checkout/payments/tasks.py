"""The Celery tasks for every minute and every day; ``CELERY_BEAT_SCHEDULE`` has their times."""

import logging
from datetime import timedelta

import attrs
from celery import shared_task

from payments.mpesa import checkout
from payments.phones import forget_turns
from payments.reports import to_do

__all__ = ["purge_callbacks", "reconcile_payments"]

_log = logging.getLogger("payments")


@shared_task
def reconcile_payments(limit: int = 100) -> dict[str, object]:
    """Reconcile all open payments; return the report, and log the work for a person."""
    report = checkout().reconcile(limit=limit)
    for line in to_do(report):
        _log.warning("payments.to_do %s", line)
    return attrs.asdict(report)


@shared_task
def purge_callbacks(days: int = 90) -> int:
    """Delete the bodies of old callbacks, and phone numbers that only a minute needs; return how many bodies."""
    forget_turns()
    return checkout().purge_callbacks(timedelta(days=days))
