"""The program: its commands, and how an error becomes a sentence and an exit status."""

from collections.abc import Sequence
from typing import Any, Final

import click

from daraja.cli.asking import balance, push, query, register, status
from daraja.cli.decide import dismiss, resolve
from daraja.cli.doctor import doctor
from daraja.cli.offline import explain, phone, simulate
from daraja.cli.payments import payment, payments, payouts, receipts
from daraja.cli.read import read
from daraja.cli.reconcile import reconcile
from daraja.cli.statement import statement
from daraja.errors import DarajaError, InvalidInput
from daraja.version import __version__

__all__ = ["app", "run"]

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
    simulate,
]


class _WrongUse(click.ClickException):
    """An error of the library that the person who typed can mend."""

    exit_code = 2


class _App(click.Group):
    """Ends with the status that a command returns, and shows the library's errors as sentences."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as in click
        try:
            exit_status: int | None = super().invoke(ctx)
        except DarajaError as error:
            failure = (_WrongUse if isinstance(error, InvalidInput) else click.ClickException)(str(error))
        else:
            ctx.exit(exit_status or 0)
        raise failure

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a first day, not of the alphabet."""
        del ctx
        return [str(command.name) for command in _COMMANDS]


# The line with the \b keeps the line breaks of its paragraph.
_COMPLETION: Final = """\b
Completion for bash (zsh and fish likewise):
  eval "$(_DARAJA_KIT_COMPLETE=bash_source daraja-kit)"
"""


@click.group(cls=_App, commands=_COMMANDS, epilog=_COMPLETION, context_settings={"max_content_width": 80})
@click.version_option(__version__, prog_name="daraja-kit")
def app() -> None:
    """Ask, read and look after M-Pesa payments.

    The settings are the MPESA_* variables, or a file of them (--env-file).
    Exit status: 0 all is well, 1 a person has to look, 2 wrong use.
    """


def run(arguments: Sequence[str] | None) -> int:
    """Run one command and return the exit status."""
    try:
        app.main(arguments, prog_name="daraja-kit")
    except SystemExit as end:
        return int(end.code or 0)
