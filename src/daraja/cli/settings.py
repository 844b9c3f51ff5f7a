"""The settings of a command: the variables of the environment, or a file that nobody else can read."""

import os
import shlex
import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs
import click

import daraja
from daraja.config import Config

T = TypeVar("T")

_OTHERS: Final = 0o077


@attrs.frozen
class Settings:
    """The variables that a command uses. A file's variables replace those of the environment.

    Args:
        file: A file of lines such as ``MPESA_PASSKEY=...``; None for the environment alone.
    """

    file: Path | None = None

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables.

        Raises:
            click.UsageError: If others can read the file, or a line of it is no variable.
        """
        return os.environ if self.file is None else {**os.environ, **_read(self.file)}

    def config(self) -> Config:
        """Return the settings, and print their warnings."""
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always")
            config = Config.from_env(self.environ)
        for doubt in doubts:
            click.echo(f"Warning: {doubt.message}", err=True)
        return config

    def client(self) -> "daraja.Daraja":
        """Return a client with these settings."""
        return daraja.Daraja(self.config())


def with_settings(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command the option ``--env-file``, and the argument ``settings``."""

    @click.option(
        "--env-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Read the MPESA_* variables from this file (mode 0600).",
    )
    @wraps(command)
    def with_variables(*, env_file: Path | None, **others: Any) -> T:  # noqa: ANN401 - the command's own options
        return command(settings=Settings(env_file), **others)

    return with_variables


def _read(file: Path) -> dict[str, str]:
    if os.name == "posix" and file.stat().st_mode & _OTHERS:
        raise click.UsageError(f"Others can read {file}, and it holds secrets. Run: chmod 600 {shlex.quote(str(file))}")
    return dict(_variable(line, f"{file}, line {index}") for index, line in _lines(file))


def _lines(file: Path) -> list[tuple[int, str]]:
    lines = enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1)
    return [(index, line) for index, line in lines if line.strip() and not line.lstrip().startswith("#")]


def _variable(line: str, place: str) -> tuple[str, str]:
    """Read one line as a shell does: ``export``, quotes and a comment behind the value are allowed."""
    try:
        words = [word for word in shlex.split(line, comments=True) if word != "export"]
    except ValueError:
        words = []
    name, sign, value = words[0].partition("=") if len(words) == 1 else ("", "", "")
    if not sign:
        raise click.UsageError(f"{place}: this is not a variable; write NAME=value, in quotes if it has spaces.")
    return name, value
