"""How tests run a command of ``manage.py``."""

from io import StringIO

from django.core.management import BaseCommand, call_command

__all__ = ["run"]


def run(command: str | BaseCommand, *arguments: str) -> tuple[int, str]:
    """Return the exit status, and what was printed."""
    printed, status = StringIO(), 0
    try:
        call_command(command, *arguments, stdout=printed, stderr=printed)
    except SystemExit as end:
        status = int(str(end.code))
    return status, printed.getvalue()
