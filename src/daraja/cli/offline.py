"""The commands that need no settings: ``phone``, ``explain`` and ``simulate``."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import BinaryIO, Final

import attrs
import click

from daraja.cli.output import Output, with_output
from daraja.http.error_kinds import CODES, ErrorKind
from daraja.http.error_response import Refusal
from daraja.result_codes import Explanation
from daraja.result_codes.lookup import explain as explain_code
from daraja.result_codes.lookup import table_of
from daraja.values.pasted import text_of_file
from daraja.values.prompt import normalise_phone

_SEPARATORS: Final = ",;\t"
_UNDECIDED: Final = "Nothing is decided about the payment. Query it again in a while."
_DOUBT: Final = "Daraja may have acted on the request. Find out (callback, query, statement) before you send it again."
_PAYOUTS: Final = ("b2c", "b2b", "tax", "reversal")
_PRODUCTS: Final = ("stk", "b2c", "b2b", "tax", "reversal", "status", "balance", "express", "standing_order")


@click.command()
@click.argument("numbers", nargs=-1)
@click.option("--csv", "table", type=click.File("rb"), help="Read a CSV file with a row of headings.")
@click.option("--column", help="The heading of the column with the numbers; needed if there are several columns.")
@with_output
def phone(*, output: Output, numbers: Sequence[str], table: BinaryIO | None, column: str | None) -> int:
    """Write mobile numbers as Daraja takes them: 2547XXXXXXXX.

    The numbers come from the command line, a CSV file, or standard input (one a
    line). Good numbers go to standard output, whole. Faults go to standard
    error, each with its line. The exit status is 1 if there is a fault.
    """
    faults = 0
    for place, text in _numbers(numbers, table, column):
        number, fault = "", ""
        try:
            number = str(normalise_phone(text))
        except ValueError as error:
            fault = str(error)
        faults += bool(fault)
        if output.as_json:
            Output(as_json=True, show_numbers=True).details({"place": place, "phone": number or None, "fault": fault})
        elif number:
            click.echo(number)
        else:
            click.echo(f"{place}: {fault}", err=True)
    return int(faults > 0)


def _numbers(numbers: Sequence[str], table: BinaryIO | None, column: str | None) -> Iterator[tuple[str, str]]:
    """Return the numbers and where each of them stands."""
    if table is not None:
        return _cells(table, column)
    if numbers:
        return ((f"number {index}", text) for index, text in enumerate(numbers, 1))
    if sys.stdin.isatty():
        raise click.UsageError("Give numbers, or --csv FILE, or pipe them in.")
    return (
        (f"line {index}", text_of_file(line.strip())) for index, line in enumerate(sys.stdin.buffer, 1) if line.strip()
    )


def _cells(table: BinaryIO, column: str | None) -> Iterator[tuple[str, str]]:
    text = StringIO(text_of_file(table.read()), newline="")
    heading = text.readline()
    separator = max(_SEPARATORS, key=heading.count)
    names = next(csv.reader([heading], delimiter=separator), list[str]())
    if column is None and len(names) == 1:
        column = names[0]
    if column not in names:
        listed = ", ".join(names) or "none"
        raise click.UsageError(f"Name the column of the numbers with --column. The columns are: {listed}.")
    index = names.index(column)
    rows = csv.reader(text, delimiter=separator)
    return ((f"row {rows.line_num + 1}", row[index] if len(row) > index else "") for row in rows if row)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[PRODUCT] CODE")
@with_output
def explain(*, output: Output, words: Sequence[str]) -> int:
    """Say what a result code or an error code means.

    PRODUCT is stk (the default), b2c, b2b, tax, reversal, status, balance,
    express or standing_order; a product alone lists its codes. CODE is a result
    code such as 1032, or the errorCode of a refusal such as 500.001.1001.
    """
    output = attrs.evolve(output, show_numbers=True)  # a result code may be as long as a phone number
    product = words[0] if words[0] in _PRODUCTS else "stk"
    codes = words[1:] if words[0] in _PRODUCTS else words
    again = "pay_again" if product in _PAYOUTS else "charge_again"
    if not codes:
        output.rows([_as_row(one, again) for one in table_of(product).values()], ["code", "outcome", "title", again])
        return 0
    if len(codes) > 1:
        raise click.UsageError(f"{words[0]!r} is not a product. The products are: {', '.join(_PRODUCTS)}.")
    if codes[0] in CODES:
        for index, refusal in enumerate(_refusals(codes[0])):
            if index:
                output.blank()
            output.details(refusal)
        return 0
    output.details({"product": product, **_as_row(explain_code(product, codes[0]), again)})
    return 0


def _as_row(found: Explanation, again: str) -> dict[str, object]:
    return {
        "code": found.code,
        "outcome": found.outcome.value,
        "title": found.title,
        again: found.no_money_moved,
        "customer": found.customer_message,
        "shop": found.merchant_message,
        "developer": found.developer_hint,
        "source": found.source,
    }


def _refusals(code: str) -> Iterable[dict[str, object]]:
    """List the meanings of an errorCode, by the words that it comes with."""
    rule = CODES[code]
    phrases: dict[ErrorKind, list[str]] = {}
    for phrase, kind in (
        {"": rule} if isinstance(rule, ErrorKind) else {**rule, "other words": ErrorKind.AMBIGUOUS}
    ).items():
        phrases.setdefault(kind, []).append(phrase)
    for kind, words in phrases.items():
        refusal = Refusal(kind, 400, code, "", None, readable=True).error(repeatable=False)
        advice = _UNDECIDED if kind is ErrorKind.PENDING else getattr(refusal, "advice", _DOUBT)
        yield {"code": code, "words": "; ".join(words), "error": type(refusal).__name__, "advice": advice}


@click.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def simulate(options: Sequence[str]) -> int:
    """Serve a local Daraja: no account, no network, no money.

    It takes the options of `python -m daraja.simulator`; --help lists them.
    """
    from daraja.simulator.__main__ import main  # noqa: PLC0415 - only this command needs the simulator

    return main(options)
