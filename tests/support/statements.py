"""Account statements as the portal exports them, in the layouts that were seen, and as workbooks."""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Final, Protocol, cast

import attrs
import xlsxwriter  # type: ignore[import-untyped]  # it has no types
import xlwt  # type: ignore[import-untyped]  # it has no types
from hypothesis import strategies as st

from daraja.values.nairobi_time import EAT

HEADINGS: Final = (
    "Receipt No.",
    "Completion Time",
    "Initiation Time",
    "Details",
    "Transaction Status",
    "Paid In",
    "Withdrawn",
    "Balance",
    "Balance Confirmed",
    "Reason Type",
    "Other Party Info",
    "Linked Transaction ID",
    "A/C No.",
)
MORNING: Final = datetime(2026, 9, 4, 8, tzinfo=EAT)


@attrs.frozen
class Line:
    """A row, before it is written in one of the layouts."""

    receipt: str
    at: datetime
    moved: Decimal
    balance: Decimal
    status: str = "Completed"
    other_party: str = "254712345678 - JOHN DOE"
    account: str = ""
    linked: str = ""
    reason: str = "Pay Bill Online"


@attrs.frozen
class Layout:
    """How an export is written.

    Args:
        columns: How many of the 13 columns.
        negative: Whether what was withdrawn is below zero.
        day_first: Whether times begin with the day.
        newest_first: Whether the newest row stands first.
        totals: Whether totals stand at the end.
        head: Whether lines stand above the headings.
        delimiter: What stands between two cells of a csv file.
        encoding: The encoding of a csv file.
    """

    columns: int = 13
    negative: bool = True
    day_first: bool = False
    newest_first: bool = True
    totals: bool = True
    head: bool = True
    delimiter: str = ","
    encoding: str = "utf-8"

    def cells(self, lines: Sequence[Line]) -> list[list[str]]:
        """Return all rows of the file."""
        written: list[list[str]] = []
        if self.head:
            first, last = (self.time(at) for at in (MORNING, MORNING + timedelta(hours=12)))
            written += [["Organization Name:", "DUKA LTD"], ["Short Code:", "600999"]]
            written += [["Time Period:", f"From {first} To {last}"], []]
        written.append(list(HEADINGS[: self.columns]))
        order = reversed(lines) if self.newest_first else lines
        written += [self.row(line)[: self.columns] for line in order]
        if self.totals:
            completed = [line.moved for line in lines if line.status == "Completed"]
            paid_in = sum((moved for moved in completed if moved > 0), Decimal(0))
            withdrawn = sum((moved for moved in completed if moved < 0), Decimal(0))
            written.append(["Total", "", "", "", "", self.money(paid_in), self.money(withdrawn)])
        return written

    def row(self, line: Line) -> list[str]:
        """Return one row with all its columns."""
        withdrawn = line.moved if self.negative else -line.moved
        return [
            line.receipt,
            self.time(line.at),
            self.time(line.at - timedelta(seconds=2)),
            f"Pay Bill from {line.other_party} Acc. {line.account}",
            line.status,
            self.money(line.moved) if line.moved > 0 else "",
            self.money(withdrawn) if line.moved < 0 else "",
            self.money(line.balance),
            "true",
            line.reason,
            line.other_party,
            line.linked,
            line.account,
        ]

    def time(self, at: datetime) -> str:
        return f"{at:%d-%m-%Y %H:%M:%S}" if self.day_first else f"{at:%Y-%m-%d %H:%M:%S}"

    def money(self, amount: Decimal) -> str:
        return f"{amount:,.2f}"

    def csv(self, lines: Sequence[Line]) -> bytes:
        """Return the file as csv."""
        return as_csv(self.cells(lines), delimiter=self.delimiter, encoding=self.encoding)


def as_csv(cells: Iterable[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Write rows of cells as csv."""
    text = StringIO()
    csv.writer(text, delimiter=delimiter).writerows(cells)
    return text.getvalue().encode(encoding)


class _Sheet(Protocol):
    def write(self, row: int, column: int, value: str | float | datetime) -> object: ...


def as_xls(cells: Sequence[Sequence[str]]) -> bytes:
    """Write rows of cells as an xls workbook, amounts as numbers."""
    file, book = BytesIO(), xlwt.Workbook()
    _fill(cast("_Sheet", book.add_sheet("Statement")), cells)
    book.save(file)
    return file.getvalue()


def as_xlsx(cells: Sequence[Sequence[str | datetime]]) -> bytes:
    """Write rows of cells as an xlsx workbook, amounts as numbers, behind a sheet that is no statement."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "dd/mm/yyyy hh:mm"})
    book.add_worksheet("Cover").write(0, 0, "A statement follows")
    _fill(cast("_Sheet", book.add_worksheet("Statement")), cells)
    book.close()
    return file.getvalue()


WORKBOOKS: Final[Sequence[Callable[[Sequence[Sequence[str]]], bytes]]] = (as_xls, as_xlsx)


def _fill(sheet: _Sheet, cells: Sequence[Sequence[str | datetime]]) -> None:
    for row, words in enumerate(cells):
        for column, word in enumerate(words):
            if isinstance(word, datetime):
                sheet.write(row, column, word)
                continue
            plain = word.replace(",", "")
            is_amount = column in {5, 6, 7} and plain.removeprefix("-").replace(".", "").isdigit()
            sheet.write(row, column, float(plain) if is_amount else word)


def lines_of(amounts: Sequence[Decimal], *, opening: Decimal = Decimal(100_000)) -> list[Line]:
    """Return rows that move these amounts, the oldest first, one each second."""
    lines: list[Line] = []
    balance = opening
    for place, amount in enumerate(amounts):
        balance += amount
        account = "" if place % 3 == 0 else f"{place}"
        at = MORNING + timedelta(seconds=place)
        lines.append(Line(f"UI4{place:07}", at, amount, balance, account=account))
    return lines


cents = st.integers(-70_000_00, 250_000_00).filter(bool).map(lambda number: Decimal(number) / 100)
sales = st.lists(cents, min_size=1, max_size=12).map(lines_of)
layouts = st.builds(
    Layout,
    columns=st.sampled_from([8, 9, 11, 13]),
    negative=st.booleans(),
    day_first=st.booleans(),
    newest_first=st.booleans(),
    totals=st.booleans(),
    head=st.booleans(),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
