"""Celery, for shops that have it: ``celery -A shop.celery worker --beat``. Nothing else of the shop needs it."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_own_logging(**_: object) -> None:
    """Leave the logging as Django's settings have it: Celery's own would write customers' numbers."""
