"""``manage.py daraja_purge``: delete the bodies of old callbacks, which contain customers' numbers."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from daraja.django import checkout, receipts
from daraja.django.apps import this_app
from daraja.errors import DarajaError


class Command(BaseCommand):
    """Deletes processed callbacks, and none that a person still has to look at."""

    help = "Delete the bodies of old callbacks, but none that nobody has looked at yet."
    requires_system_checks = ()  # cron runs it, and a fault in other settings must not stop it

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--days", type=int, default=90, help="how old they have to be (default: 90)")

    def handle(self, *, days: int, verbosity: int, **_: Any) -> None:  # Any: Django's own options
        """Delete them."""
        try:
            deleted = checkout().purge_callbacks(timedelta(days=days))
            deleted += this_app().payout_ledger.purge_callbacks(timedelta(days=days))
            deleted += receipts().purge_callbacks(timedelta(days=days))
        except (DarajaError, DatabaseError, OverflowError) as error:
            raise CommandError(f"No callbacks were deleted: {error}") from None
        if verbosity:
            self.stdout.write(f"Callbacks older than {days} days: {deleted} deleted.")
