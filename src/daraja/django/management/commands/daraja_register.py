"""``manage.py daraja_register``: register the addresses at which payments by hand are confirmed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from daraja.django import receipts
from daraja.errors import DarajaError


class Command(BaseCommand):
    """Registers the signed addresses, once for a shortcode."""

    help = (
        "Register the addresses at which Safaricom asks about payments by hand and confirms them. A second run is "
        "harmless. In production a shortcode is registered once, and only its users on the portal can undo that."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--unanswered",
            choices=["Completed", "Cancelled"],
            default="Completed",
            help="what happens to a payment if its validation is not answered (default: Completed)",
        )

    def handle(self, *, unanswered: Any, **_: Any) -> None:  # Any: one of the choices; Django's own options
        """Register them, and say what nobody can know."""
        try:
            registered = receipts().register(unanswered=unanswered)
        except DarajaError as error:
            raise CommandError(f"The addresses are not registered: {error}") from None
        self.stdout.write("There were addresses already." if registered.already else "The addresses are registered.")
        if registered.already:
            self.stdout.write("Nobody can ask which. If no confirmation comes, delete them on the portal, then rerun.")
