"""``manage.py daraja_reconcile``: look after every open payment, payout and receipt."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, close_old_connections

from daraja import Checkout, Payouts
from daraja.django import checkout, payouts, receipts, reports
from daraja.django.apps import this_app
from daraja.errors import DarajaError
from daraja.lifecycle.reconcile import Report
from daraja.system.interrupts import until_interrupted


class Command(BaseCommand):
    """Applies callbacks that are left over, queries Daraja about due payments, and calls ``AFTER_SUCCESS`` again."""

    help = (
        "Look after every open payment, payout and receipt. Run it every minute, on as many machines as you like; runs "
        "may overlap. The exit status is 1 if a person has to look at something, and 2 if the run was not possible."
    )
    requires_system_checks = ()  # cron runs it, and a fault in other settings must not stop it

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--limit", type=int, default=100, help="the most of each kind in one run (default: 100)")
        parser.add_argument("--watch", type=float, metavar="SECONDS", help="go on until Ctrl-C, with this pause")

    def handle(self, *, limit: int, watch: float | None, verbosity: int, **_: Any) -> None:  # Any: Django's own options
        """Run once, or until Ctrl-C."""
        if watch is None:
            if self._run(limit, verbosity):
                sys.exit(1)
            return
        with until_interrupted() as interrupted:
            while not interrupted():
                try:
                    self._run(limit, verbosity)
                except CommandError as error:  # the database may come back
                    self.stderr.write(str(error))
                close_old_connections()
                self.pause(watch)

    def pause(self, seconds: float) -> None:
        """Wait between two runs."""
        Event().wait(seconds)

    def _run(self, limit: int, verbosity: int) -> bool:
        """Run once, and return whether a person has to look at something."""
        left = self._look_after("payments", checkout, reports.of_payments, limit, verbosity)
        try:
            if this_app().books_receipts:
                left |= self._look_after_receipts(limit, verbosity)
            # Last, as payouts alone have settings that may be missing.
            if this_app().pays_out:
                left |= self._look_after("payouts", payouts, reports.of_payouts, limit, verbosity)
        except Error as error:
            raise CommandError(f"The rest could not be looked after: {error}", returncode=2) from None
        return left

    def _look_after_receipts(self, limit: int, verbosity: int) -> bool:
        try:
            report = receipts().reconcile(limit=limit)
        except DarajaError as error:
            raise CommandError(f"The receipts could not be looked after: {error}", returncode=2) from None
        left = list(reports.of_receipts(report))
        if verbosity:
            self.stdout.write("\n".join([*reports.done_with_receipts(report), *left]))
        return bool(left)

    def _look_after(
        self,
        what: str,
        face: Callable[[], Checkout | Payouts],
        to_do: Callable[[Report], Iterator[str]],
        limit: int,
        verbosity: int,
    ) -> bool:
        shown = ""

        def show(report: Report) -> None:
            nonlocal shown
            line = reports.progress(report)
            if line != shown and (verbosity > 1 or self.stderr.isatty()):
                self.stderr.write(f"... {line}")
            shown = line

        try:
            report = face().reconcile(limit=limit, progress=show)
            left = list(to_do(report))
        except (DarajaError, Error) as error:
            raise CommandError(f"The {what} could not be looked after: {error}", returncode=2) from None
        if verbosity:
            self.stdout.write("\n".join([*reports.done(report, what.capitalize()), *left]))
        return bool(left)
