"""What Celery does every minute and every day; ``CELERY_BEAT_SCHEDULE`` says when."""

from datetime import timedelta

import attrs
from celery import shared_task

from payments.mpesa import checkout

__all__ = ["purge_callbacks", "reconcile_payments"]


@shared_task
def reconcile_payments(limit: int = 100) -> dict[str, object]:
    """Look after every payment that is open; give the report."""
    return attrs.asdict(checkout().reconcile(limit=limit))


@shared_task
def purge_callbacks(days: int = 90) -> int:
    """Delete the bodies of old callbacks; tell how many they were."""
    return checkout().purge_callbacks(timedelta(days=days))
