"""``manage.py reconcile_payments``: look after every payment that is open."""

from argparse import ArgumentParser
from contextlib import suppress
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from daraja.errors import DarajaError
from daraja.lifecycle.reconcile import Report
from payments.mpesa import checkout
from payments.reports import done_in, progress_of, to_do

__all__ = ["Command"]


class Command(BaseCommand):
    """Processes left-over callbacks, queries Daraja about due payments, and sends missing receipts."""

    help = "Look after every open payment. Run it every minute, on as many machines as you like; runs may overlap."
    requires_system_checks = ()  # cron runs it, and a fault in other settings must not stop it

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--limit", type=int, default=100, help="payments to look after in one run (default: 100)")
        parser.add_argument("--watch", type=float, metavar="SECONDS", help="go on until Ctrl-C, with this pause")

    def handle(self, *, limit: int, watch: float | None, verbosity: int, **_: Any) -> None:  # Any: Django's own options
        """Run once, or until Ctrl-C; the exit status says only whether the run was possible."""
        if watch is None:
            self._run(limit, verbosity)
            return
        with suppress(KeyboardInterrupt):
            while True:
                try:
                    self._run(limit, verbosity)
                except CommandError as error:  # the database may come back
                    self.stderr.write(str(error))
                close_old_connections()
                Event().wait(watch)

    def _run(self, limit: int, verbosity: int) -> None:
        shown = ""

        def progress(report: Report) -> None:
            nonlocal shown
            line = progress_of(report)
            if line != shown and (verbosity > 1 or self.stderr.isatty()):
                self.stderr.write(f"... {line}")
            shown = line

        try:
            report = checkout().reconcile(limit=limit, progress=progress)
            lines = [*done_in(report), *to_do(report)]
        except (DarajaError, DatabaseError) as error:
            message = f"The payments could not be looked after: {error}"
            raise CommandError(message) from None
        if verbosity:
            self.stdout.write("\n".join(lines))
