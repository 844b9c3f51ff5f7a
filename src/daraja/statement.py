"""Read the account statement that the organisation portal exports, in every layout that is known."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Final, TypedDict, cast
from zipfile import ZipFile

import attrs

from daraja import fields
from daraja.api.amounts import read_money
from daraja.api.parameters import fold
from daraja.errors import InvalidInput, StatementBroken
from daraja.fields import raise_faults
from daraja.inbound.statement import Statement, StatementRow, chained
from daraja.values.nairobi_time import EAT, read_time
from daraja.values.party import Party
from daraja.values.pasted import text_of_file
from daraja.values.secret import hide_locals

Cell = str | float | bool | datetime | time | timedelta
"""The value of a cell in a spreadsheet; an ``int`` is a ``float`` to a type checker."""

_LARGEST: Final = 64 * 1024 * 1024
_MOST_UNPACKED: Final = 512 * 1024 * 1024
_MOST_ROWS: Final = 200_000
_MOST_COLUMNS: Final = 40
"""A statement has 13."""
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_DELIMITERS: Final = ",;\t"
_NEEDED: Final = frozenset({"receiptno", "completiontime", "transactionstatus", "paidin", "withdrawn", "balance"})
_CENT: Final = Decimal("0.01")
_NO_MONEY: Final = frozenset({"", "-"})
_THOUSANDS: Final = re.compile(r"[0-9]\.[0-9]{3}(?![0-9])")
"""The portal writes cents, so three digits after a point are thousands, as some languages write them."""
_UNREADABLE: Final = "an amount in it cannot be read; a spreadsheet may have changed it from the form 1250.00"
_MOST_CHARACTERS: Final = 500
_FOOTNOTE: Final = 1
"""A row with one cell is a remark: no row of a statement has fewer than three."""
_MOST_ABOVE: Final = 100
"""Rows that are looked at for the headings."""
_TIMES: Final = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}[./-][0-9]{2}[./-][0-9]{4})(?: [0-9:]{5,8})?")
_ACCOUNT: Final = re.compile(r"\bAcc\. (.+)\Z")
_BOTH: Final = 2
_LAST_SECOND: Final = timedelta(days=1, seconds=-1)


@hide_locals
def read_statement(file: str | PathLike[str] | bytes | BinaryIO, /, *, shortcode: str | None = None) -> Statement:
    """Read an account statement: csv, or xls and xlsx with the extra ``statement``.

    Nothing is guessed. If a balance does not follow from the one before it, the whole file is refused.

    Args:
        file: Its path, its bytes, or the file opened in binary mode. At most 64 MiB.
        shortcode: Whose account it is, if the lines above the headings were cut off. A file that says so itself
            must say the same.

    Returns:
        The statement, its rows the oldest first.

    Raises:
        InvalidInput: If it is no statement, or of another shortcode. Export one: Transaction, Account Statement,
            Export.
        StatementBroken: If a row is missing, was changed or cannot be read. Export it again.
        OSError: If the file cannot be opened.
    """
    found = _statement(*_cells(_content(file)))
    if shortcode is None or found.shortcode == shortcode:
        return found
    if found.shortcode is not None:
        raise InvalidInput({"file": f"is of shortcode {found.shortcode}, not of {shortcode}"})
    given = fields.shortcode(shortcode)
    raise_faults({"shortcode": given})
    return attrs.evolve(found, shortcode=given)


def _content(file: str | PathLike[str] | bytes | BinaryIO) -> bytes:
    if isinstance(file, str | PathLike):
        with Path(file).open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    else:
        content = file if isinstance(file, bytes) else file.read(_LARGEST + 1)
    if not isinstance(content, bytes):
        raise InvalidInput({"file": "is opened as text; open it with mode 'rb'"})
    if len(content) > _LARGEST:
        raise InvalidInput({"file": f"is larger than {_LARGEST // 1024**2} MiB; export a shorter period"})
    return content


def _cells(content: bytes) -> tuple[Sequence[Sequence[Cell]], int]:
    """Return the rows of the file, and the place of the row with the headings."""
    tables: Iterable[Sequence[Sequence[Cell]]]
    if content.startswith((_ZIP, _OLD_EXCEL)):
        tables = _sheets(content)
    else:
        text = text_of_file(content)
        tables = (_of_text(text, delimiter) for delimiter in _DELIMITERS)
    for rows in tables:
        for at, row in enumerate(rows[:_MOST_ABOVE]):
            if {fold(_words(cell)) for cell in row} >= _NEEDED:
                return rows, at
    raise InvalidInput({"file": "has no row with the headings of a statement, such as Receipt No. and Balance"})


def _of_text(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return []


def _sheets(content: bytes) -> Sequence[Sequence[Sequence[Cell]]]:
    try:
        return _of_xlsx(content) if content.startswith(_ZIP) else _of_xls(content)
    except InvalidInput:
        raise
    except ImportError as missing:
        message = 'xls and xlsx need openpyxl and xlrd; install them with: pip install "daraja-kit[statement]"'
        raise ImportError(message) from missing
    except Exception:  # noqa: BLE001 - the two libraries raise errors of any kind for a damaged file
        return []


def _of_xlsx(content: bytes) -> list[list[list[Cell]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - an extra

    with ZipFile(BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > _MOST_UNPACKED:
            raise InvalidInput({"file": "is too large when it is unpacked; export a shorter period"})
    book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    sheets: list[list[list[Cell]]] = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a damaged file says of its size decides nothing
        # A single cell far down or far to the right would fill the memory with empty ones.
        rows = sheet.iter_rows(max_row=_MOST_ROWS + 1, max_col=_MOST_COLUMNS, values_only=True)
        written = ([_cell(cell) for cell in row] if row.count(None) < len(row) else [] for row in rows)
        sheets.append([*written])
        if len(sheets[-1]) > _MOST_ROWS:
            raise InvalidInput({"file": f"has more than {_MOST_ROWS:,} rows; export a shorter period"})
    return sheets


def _of_xls(content: bytes) -> list[list[list[Cell]]]:
    import xlrd  # noqa: PLC0415 - an extra

    book = xlrd.open_workbook(file_contents=content, logfile=StringIO(), ragged_rows=True)

    def value(cell: "xlrd.sheet.Cell") -> Cell:
        if cell.ctype == xlrd.XL_CELL_DATE:
            return xlrd.xldate_as_datetime(float(cell.value), book.datemode)
        return "" if cell.ctype == xlrd.XL_CELL_ERROR else cell.value

    return [[[value(cell) for cell in sheet.row(at)] for at in range(sheet.nrows)] for sheet in book.sheets()]


def _cell(value: object) -> Cell:
    known = isinstance(value, str | float | int | datetime | time | timedelta)
    return cast("Cell", value) if known else ""


def _statement(rows: Sequence[Sequence[Cell]], heading: int) -> Statement:
    columns: dict[str, int] = {}
    for place, cell in enumerate(rows[heading]):
        columns.setdefault(fold(_words(cell)), place)
    read: list[StatementRow] = []
    has_totals = False
    for number, cells in enumerate(rows[heading + 1 :], start=heading + 2):
        given = {name: cells[place] for name, place in columns.items() if place < len(cells)}
        words = [words for cell in cells if (words := _words(cell))]
        if len(words) <= _FOOTNOTE or {fold(word) for word in words} >= _NEEDED:
            continue  # blank, a remark, or the headings of the next page
        if fold(words[0]).startswith(("total", "grandtotal")):
            _check_totals(number, given, read)
            has_totals = True
        else:
            read.append(_row(number, given))
    return Statement(rows=chained(read), has_totals=has_totals, **_head(rows[:heading]))


def _row(number: int, cells: Mapping[str, Cell]) -> StatementRow:
    def text(name: str) -> str:
        return _words(cells.get(name, ""))

    completed_at, paid_in = _time(cells.get("completiontime", "")), _money(number, cells.get("paidin", ""))
    if not text("receiptno") or completed_at is None:
        raise StatementBroken(number, "its receipt number or its completion time cannot be read")
    if paid_in is not None and paid_in < 0:
        raise StatementBroken(number, "what it paid in is below zero")
    return StatementRow(
        number=number,
        receipt=text("receiptno").upper(),
        completed_at=completed_at,
        details=text("details"),
        status=text("transactionstatus"),
        paid_in=paid_in or Decimal(0),
        withdrawn=abs(_money(number, cells.get("withdrawn", "")) or Decimal(0)),
        balance=_money(number, cells.get("balance", "")),
        reason=text("reasontype") or None,
        other_party=Party.read(text("otherpartyinfo")),
        linked=text("linkedtransactionid").upper() or None,
        account=text("acno") or _account_in(text("details")),
    )


def _account_in(details: str) -> str | None:
    """Return the account that M-Pesa's words name, as in ``Pay Bill from 2547... - NAME Acc. REF``."""
    found = _ACCOUNT.search(details)
    return found and found[1]


def _check_totals(number: int, cells: Mapping[str, Cell], rows: Iterable[StatementRow]) -> None:
    completed = [row for row in rows if row.is_completed]
    sums = {
        "paidin": sum((row.paid_in for row in completed), Decimal(0)),
        "withdrawn": sum((row.withdrawn for row in completed), Decimal(0)),
    }
    for name, total in sums.items():
        given = _money(number, cells.get(name, ""))
        if given is None or abs(given) != total:
            raise StatementBroken(number, "the totals are not those of the rows; rows are missing or were changed")


class _Head(TypedDict, total=False):
    """The lines above the headings."""

    organisation: str | None
    shortcode: str | None
    since: datetime | None
    until: datetime | None


def _head(rows: Iterable[Sequence[Cell]]) -> _Head:
    """Read the lines above the headings: whose account it is, and for which period."""
    head = _Head()
    for row in rows:
        label, _, rest = " ".join(_words(cell) for cell in row if _words(cell)).partition(":")
        match fold(label):
            case "organizationname" | "organisationname":
                head["organisation"] = rest.strip() or None
            case "shortcode":
                head["shortcode"] = rest.strip() or None
            case "timeperiod":
                head["since"], head["until"] = _period(rest)
            case _:
                pass
    return head


def _period(text: str) -> tuple[datetime | None, datetime | None]:
    found = _TIMES.findall(text)
    times = [time for one in found if (time := read_time(one)) is not None]
    if len(found) != _BOTH or len(times) != _BOTH:
        return None, None
    since, until = times
    # An end without a time of day is the end of that day.
    return since, until if ":" in found[1] else until + _LAST_SECOND


def _words(cell: Cell) -> str:
    """Return a cell as text, also a number that Excel made of an account or a phone number."""
    if isinstance(cell, float) and cell.is_integer():
        cell = f"{cell:.0f}"
    return " ".join(str(cell).split())[:_MOST_CHARACTERS]


def _money(number: int, cell: Cell) -> Decimal | None:
    """Return the amount in a cell exactly, or None for a blank one."""
    if isinstance(cell, str) and cell.strip() in _NO_MONEY:
        return None
    if isinstance(cell, bool) or (isinstance(cell, str) and _THOUSANDS.search(cell)):
        raise StatementBroken(number, _UNREADABLE)
    amount = read_money(cell.strip() if isinstance(cell, str) else cell)
    if amount is not None and isinstance(cell, float):
        amount = _without_noise(amount)
    if amount is None or amount != amount.quantize(_CENT):
        raise StatementBroken(number, _UNREADABLE)
    return amount


def _without_noise(amount: Decimal) -> Decimal:
    """Remove the noise of binary fractions from an amount that a spreadsheet has calculated, such as 0.1 + 0.2."""
    cents = amount.quantize(_CENT)
    return cents if abs(amount - cents) < Decimal("0.000001") else amount


def _time(cell: Cell) -> datetime | None:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=EAT)
    return read_time(cell) if isinstance(cell, str) else None
