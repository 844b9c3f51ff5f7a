"""The program: its commands, and how an error becomes a sentence and an exit status."""

import logging
import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from daraja.cli.asking import balance, push, query, register, status
from daraja.cli.decide import assign, dismiss, resolve
from daraja.cli.doctor import doctor
from daraja.cli.offline import explain, phone, simulate
from daraja.cli.payments import payment, payments, payouts, receipts
from daraja.cli.read import read
from daraja.cli.reconcile import reconcile
from daraja.cli.statement import statement
from daraja.errors import AuthenticationError, DarajaError, InvalidInput
from daraja.values.secret import mask_numbers
from daraja.version import __version__

_COMMANDS: Final = [
    doctor,
    phone,
    explain,
    read,
    push,
    query,
    status,
    balance,
    register,
    payments,
    payment,
    payouts,
    receipts,
    statement,
    reconcile,
    resolve,
    dismiss,
    assign,
    simulate,
]


_PIPE_IS_CLOSED: Final = 141
"""The exit status of Unix programs whose output nobody reads any more, as in ``| head``."""
_LIBRARIES: Final = ("django.db", "sqlalchemy")
"""The packages whose errors are of a database."""


class _WrongUse(click.ClickException):
    """An error of the library that the person who typed can mend."""

    exit_code = 2


class _App(click.Group):
    """Ends with the status that a command returns, and shows the library's errors as sentences."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as in click
        try:
            exit_status: int | None = super().invoke(ctx)
        except DarajaError as error:
            is_wrong_use = isinstance(error, InvalidInput | AuthenticationError)
            failure = (_WrongUse if is_wrong_use else click.ClickException)(str(error))
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it ends
            ctx.exit(_PIPE_IS_CLOSED)
        except Exception as error:
            if not type(error).__module__.startswith(_LIBRARIES):
                raise
            failure = _of_database(error)
        else:
            ctx.exit(exit_status or 0)
        raise failure

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a first day, not of the alphabet."""
        del ctx
        return [str(command.name) for command in _COMMANDS]


def _of_database(error: Exception) -> click.ClickException:
    """Return a sentence for an error of a database that a store of the shop's own lets through."""
    words = mask_numbers(str(error).partition("\n")[0])
    hint = " If a table is missing, run: python manage.py migrate" * type(error).__module__.startswith("django")
    return click.ClickException(f"The database failed: {type(error).__name__}: {words}.{hint}")


# The line with the \b keeps the line breaks of its paragraph.
_COMPLETION: Final = """\b
Completion for bash (zsh and fish likewise):
  eval "$(_DARAJA_KIT_COMPLETE=bash_source daraja-kit)"
"""


@click.group(cls=_App, commands=_COMMANDS, epilog=_COMPLETION, context_settings={"max_content_width": 80})
@click.version_option(__version__, prog_name="daraja-kit")
@click.pass_context
def app(ctx: click.Context) -> None:
    """Ask, read and look after M-Pesa payments.

    The settings are the MPESA_* variables, or a file of them (--env-file).
    Times are Nairobi's. Exit status: 0 all is well, 1 a person has to look, 2 the
    command or the settings are wrong.
    """
    if ctx.invoked_subcommand != "reconcile":  # the log of other commands repeats their errors
        logging.getLogger("daraja").addHandler(logging.NullHandler())


def run(arguments: Sequence[str] | None) -> int:
    """Run one command and return the exit status."""
    try:
        app.main(arguments, prog_name="daraja-kit")
    except SystemExit as end:
        return int(end.code or 0)
