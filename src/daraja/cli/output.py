"""How commands print: tables and sentences for people, one JSON object a line for programs."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any, Final, TypeVar, cast

import attrs
import click
from rich.console import Console, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from daraja.values.nairobi_time import EAT
from daraja.values.secret import MaskedText, mask_numbers, mask_phone

T = TypeVar("T")

_NUMBER: Final = re.compile(r"\b([0-9a-f]{32})\b|[0-9]{9,}")
"""A key, which stays as it is, or digits that may be a customer's number."""
_COLOURS: Final = {
    "answered": "green",
    "cancelled": "yellow",
    "failed": "red",
    "fault": "red",
    "good": "green",
    "paid": "green",
    "success": "green",
    "timeout": "yellow",
    "unconfirmed": "red",
    "unrecognised": "red",
    "warning": "yellow",
}
"""The words that stand out, in a terminal that has colours."""


@attrs.frozen
class Moment:
    """Something that happened, as a line for people and as an object for programs.

    Args:
        at: When.
        what: The words for a person.
        event: The stable name for a program; empty if there is none.
    """

    at: datetime
    what: str
    event: str = ""

    def __str__(self) -> str:
        return f"{_plain(self.at)}  {self.what}"


@attrs.frozen
class Output:
    """Prints the result of a command.

    Args:
        as_json: Whether a program reads it.
        show_numbers: Whether customers' numbers are shown whole.
    """

    as_json: bool
    show_numbers: bool

    def rows(self, rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> None:
        """Print a table with some columns of *rows*; as JSON, every row with all it has.

        Args:
            rows: Names and values.
            columns: The names to show, in order. A column that ends in ``>`` is aligned to the right.
        """
        if self.as_json:
            for row in rows:
                self._print_json(row)
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            justify: JustifyMethod = "right" if column[-1] == ">" else "left"
            table.add_column(_heading(column), justify=justify, no_wrap=column in ("key", "time"))
        for row in rows:
            table.add_row(*(self._cell(row[column.removesuffix(">")]) for column in columns))
        _print(table)

    def details(self, values: Mapping[str, object]) -> None:
        """Print names and values below each other, without empty ones; JSON has them all."""
        if self.as_json:
            self._print_json(values)
            return
        table = Table.grid(padding=(0, 2))
        for name, value in values.items():
            if value not in (None, "", [], {}):
                table.add_row(Text(_heading(name), style="bold"), self._cell(value))
        _print(table)

    def say(self, words: str) -> None:
        """Print a sentence for a person; nothing if a program reads."""
        if not self.as_json:
            _print(Text(self.text(words)))

    def say_next(self, words: str, *commands: str) -> None:
        """Print a sentence, and commands to copy on lines of their own; nothing if a program reads."""
        self.say(words)
        if not self.as_json:
            click.echo("\n".join(f"  daraja-kit {command}" for command in commands))

    def blank(self) -> None:
        """Print an empty line for a person."""
        if not self.as_json:
            click.echo()

    def text(self, value: object) -> str:
        """Return a value as text, with customers' numbers masked unless they are asked for."""
        text = _plain(value)
        if self.show_numbers:
            return text
        return mask_numbers(text) if isinstance(value, MaskedText) else _NUMBER.sub(_masked, text)

    def _cell(self, value: object) -> Text:
        text = self.text(value)
        return Text(text, style=_COLOURS.get(text, ""), overflow="fold")

    def _print_json(self, values: Mapping[str, object]) -> None:
        click.echo(json.dumps({name: self._json(value) for name, value in values.items()}))

    def _json(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, list):
            return [self._json(one) for one in cast("list[object]", value)]
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, Moment):
            return {name: self._json(part) for name, part in attrs.asdict(value).items()}
        return str(value) if isinstance(value, Decimal) else self.text(value)


def with_output(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command the options ``--json`` and ``--show-numbers``, and the argument ``output``."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
    @click.option("--show-numbers", is_flag=True, help="Show customers' numbers whole.")
    @wraps(command)
    def printing(*, as_json: bool, show_numbers: bool, **others: Any) -> T:  # noqa: ANN401 - the command's own options
        return command(output=Output(as_json=as_json, show_numbers=show_numbers), **others)

    return printing


def _masked(found: re.Match[str]) -> str:
    return found[0] if found[1] else mask_phone(found[0])


def _heading(name: str) -> str:
    return name.removesuffix(">").replace("_", " ")


def _print(content: RenderableType) -> None:
    """Print without the blanks that rich leaves at the end of lines."""
    # A console for each print: a terminal can change its width, and standard output its place.
    console = Console(highlight=False)
    with console.capture() as lines:
        console.print(content)
    click.echo("\n".join(line.rstrip() for line in lines.get().splitlines()))


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(EAT).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, int | Decimal):
        return f"{value:,}"
    if isinstance(value, list):
        return "\n".join(_plain(one) for one in cast("list[object]", value))
    return str(value)
