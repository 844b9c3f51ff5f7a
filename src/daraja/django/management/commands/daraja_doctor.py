"""``manage.py daraja_doctor``: find out why payments do not work here."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, run_checks
from django.core.management.base import BaseCommand
from django.db import Error, connections, router
from django.db.migrations.executor import MigrationExecutor

from daraja.django.base_models import AbstractRecord
from daraja.django.conf import variables
from daraja.django.models import OPEN, Payout, Receipt, payment_model
from daraja.doctor import Finding, State, diagnose


class Command(BaseCommand):
    """Checks the settings, the project and the database, and with ``--live`` Daraja and the callback address."""

    help = "Check everything that payments need. It changes nothing, prompts nobody and costs nothing."
    requires_system_checks = ()  # it shows them itself

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--live", action="store_true", help="call Daraja and the callback address, too")

    def handle(self, *, live: bool, **_: Any) -> None:  # Any: Django's own options
        """Print each finding; the exit status is 1 if there is a fault."""
        findings = [*diagnose(variables(), live=live), *_project(), *_database()]
        for finding in findings:
            self.stdout.write(f"{finding.state:8} {finding.check}: {finding.words}")
            if finding.hint:
                self.stdout.write(f"         {finding.hint}")
        if any(finding.state == "fault" for finding in findings):
            sys.exit(1)


def _project() -> Iterator[Finding]:
    """Return what ``manage.py check`` finds, but for the settings, which the doctor has looked at."""
    of_settings = ("daraja.E001", "daraja.E002", "daraja.W001")
    found = [message for message in run_checks(tags=["daraja"]) if message.id not in of_settings]
    yield from map(_finding, found)
    if not found:
        yield Finding(check="project", state="good", words="the settings of Django and the callback address fit")


def _finding(message: CheckMessage) -> Finding:
    state: State = "fault" if message.is_serious() else "warning"
    return Finding(check=f"project ({message.id})", state=state, words=message.msg, hint=message.hint or "")


def _database() -> Iterator[Finding]:
    """Check that the tables are there, and say how many payments, payouts and receipts wait."""
    model = payment_model()
    connection = connections[router.db_for_write(model)]
    try:
        executor = MigrationExecutor(connection)
        left = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if left:
            words = f"{len(left)} migrations are not applied"
            yield Finding(check="database", state="fault", words=words, hint="Run manage.py migrate.")
            return
        open_now = model._default_manager.filter(status__in=OPEN).count()
        kinds: dict[str, type[AbstractRecord]] = {"payments": model, "payouts": Payout, "receipts": Receipt}
        waiting = {kind: its._default_manager.filter(needs_attention=True).count() for kind, its in kinds.items()}
    except Error as error:
        yield Finding(check="database", state="fault", words=f"cannot be read ({type(error).__name__})")
        return
    yield Finding(check="database", state="good", words=f"{connection.display_name}, {open_now} payments are open")
    for kind, count in waiting.items():
        if count:
            hint = f"Look at them in the admin: {kind.capitalize()}, needs attention."
            yield Finding(check=kind, state="warning", words=f"{count} wait for a person", hint=hint)
