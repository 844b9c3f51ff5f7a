"""A statement is read in every known layout, and one that was changed or cut is refused."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import attrs
import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it has no types
import xlwt  # type: ignore[import-untyped]  # it has no types
from hypothesis import assume, given
from hypothesis import strategies as st

from daraja.errors import InvalidInput, StatementBroken
from daraja.inbound.statement import Statement
from daraja.simulator.ledger import Account, Ledger, Transaction, customer, organisation
from daraja.simulator.statement import statement
from daraja.statement import read_statement
from tests.support.statements import (
    HEADINGS,
    MORNING,
    WORKBOOKS,
    Layout,
    Line,
    as_csv,
    as_xlsx,
    layouts,
    lines_of,
    sales,
)

Write = Callable[[Sequence[Sequence[str]]], bytes]
DAY: Final = Layout()
THREE: Final = lines_of([Decimal(500), Decimal("-20.5"), Decimal(1_250)])

BOOKS: Final = {write: write(DAY.cells(THREE)) for write in WORKBOOKS}


def shown(read: Statement) -> list[tuple[object, ...]]:
    return [(row.receipt, row.completed_at, row.moved, row.balance, row.status) for row in read.rows]


def written(lines: Sequence[Line]) -> list[tuple[object, ...]]:
    return [(line.receipt, line.at, line.moved, line.balance, line.status) for line in lines]


@given(lines=sales, layout=layouts)
def test_every_known_layout_is_read_without_loss(lines: list[Line], layout: Layout) -> None:
    read = read_statement(layout.csv(lines))
    assert shown(read) == written(lines)
    assert read.has_totals is layout.totals
    assert read.shortcode == ("600999" if layout.head else None)
    # With fewer columns, the account stands in the words about the payment.
    assert [row.account or "" for row in read.rows] == [line.account for line in lines]


@pytest.mark.parametrize("write", WORKBOOKS)
def test_a_workbook_is_read_as_the_same_statement(write: Write) -> None:
    cells = DAY.cells(THREE)
    assert read_statement(write(cells)) == read_statement(as_csv(cells))


def test_times_that_a_spreadsheet_made_its_own_are_in_nairobi() -> None:
    cells: list[list[str | datetime]] = [[*row] for row in DAY.cells(THREE)]
    for row, line in zip(cells[5:8], reversed(THREE), strict=True):
        row[1] = line.at.replace(tzinfo=None)
    assert shown(read_statement(as_xlsx(cells))) == written(THREE)
    for row in cells[5:8]:
        row[1] = datetime(2026, 9, 4)  # noqa: DTZ001 - a workbook knows no zones
    assert {row.completed_at for row in read_statement(as_xlsx(cells)).rows} == {MORNING.replace(hour=0)}


@pytest.mark.parametrize("form", ["2.000", "2.000,00", "2000,00", "2 000,00", "2'000.00"])
def test_amounts_in_the_form_of_another_language_are_refused(form: str) -> None:
    def rewritten(cell: str) -> str:
        return form.replace("2", cell[0], 1) if cell.endswith(",000.00") else cell

    # All of them are rewritten, so that the chain of balances alone would not show it.
    cells = DAY.cells(lines_of([Decimal(2_000), Decimal(3_000)], opening=Decimal(1_000)))
    with pytest.raises(StatementBroken, match="an amount in it cannot be read; a spreadsheet may have changed it"):
        read_statement(as_csv([[rewritten(cell) for cell in row] for row in cells], delimiter=";"))


def test_a_workbook_with_a_cell_far_down_does_not_fill_the_memory() -> None:
    content = BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet().write(1_000_000, 16_000, "far away")
    with pytest.raises(InvalidInput, match="has more than 200,000 rows; export a shorter period"):
        read_statement(content.getvalue())


def test_a_workbook_that_unpacks_to_gigabytes_is_refused() -> None:
    content = bytearray(as_xlsx(DAY.cells(THREE)))
    size = content.index(b"PK\x01\x02") + 24  # in the directory of the archive
    content[size : size + 4] = b"\xf0\xff\xff\xff"
    with pytest.raises(InvalidInput, match="is too large when it is unpacked"):
        read_statement(bytes(content))


def test_an_old_workbook_keeps_its_times_and_leaves_its_errors_out() -> None:
    book = xlwt.Workbook(style_compression=2)
    sheet: Any = book.add_sheet("Statement")  # pyright: ignore[reportUnknownVariableType]  # Any: xlwt has no types
    is_time = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM:SS")
    times = 0
    for at, row in enumerate(DAY.cells(THREE)):
        for column, cell in enumerate(row):
            if column == 1 and cell.startswith("20"):
                sheet.write(at, column, datetime.fromisoformat(cell), is_time)
                times += 1
            else:
                sheet.write(at, column, cell)
        sheet.row(at).set_cell_error(20, "#DIV/0!")
    content = BytesIO()
    book.save(content)

    assert times >= len(THREE)
    assert shown(read_statement(content.getvalue())) == shown(read_statement(DAY.csv(THREE)))


def test_a_workbook_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ImportError, match=r"daraja-kit\[statement\]"):
        read_statement(as_xlsx(DAY.cells(THREE)))


def test_a_path_an_open_file_and_bytes_are_the_same(tmp_path: Path) -> None:
    content, path = DAY.csv(THREE), tmp_path / "statement.csv"
    path.write_bytes(content)
    with path.open("rb") as opened:
        assert read_statement(opened) == read_statement(path) == read_statement(str(path)) == read_statement(content)


@given(lines=sales.filter(lambda lines: len(lines) > 1), layout=layouts, data=st.data())
def test_one_changed_figure_is_found(lines: list[Line], layout: Layout, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    figure = data.draw(st.sampled_from(["moved", "balance"]))
    other = getattr(lines[at], figure) + data.draw(st.integers(1, 10**6)) / Decimal(100)
    assume(other != 0)
    changed = [*lines]
    changed[at] = attrs.evolve(lines[at], **{figure: other})
    cells = layout.cells(changed)
    if layout.totals:
        cells[-1] = layout.cells(lines)[-1]
    try:
        read = read_statement(as_csv(cells))
    except StatementBroken:
        return
    # The chain alone does not prove what the oldest row moved, so that amount settles nothing.
    assert (at, figure) == (0, "moved")
    assert not layout.totals
    assert lines[0].receipt not in read.receipts


@given(lines=sales.filter(lambda lines: len(lines) > 2), layout=layouts, data=st.data())
def test_one_row_that_was_taken_out_is_found_or_not_covered(
    lines: list[Line], layout: Layout, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    cells = layout.cells(lines)
    del cells[next(place for place, row in enumerate(cells) if row and row[0] == lines[at].receipt)]
    gone = lines[at].at
    try:
        read = read_statement(as_csv(cells))
    except StatementBroken:
        return
    assert at in {0, len(lines) - 1}
    assert not read.covers(gone, gone)


@given(lines=sales)
def test_a_file_that_was_sorted_by_time_is_read(lines: list[Line]) -> None:
    same_second = [attrs.evolve(line, at=MORNING + timedelta(seconds=place // 3)) for place, line in enumerate(lines)]
    cells = DAY.cells(same_second)
    head, rows, totals = cells[:5], cells[5:-1], cells[-1:]
    by_time = sorted(rows, key=lambda row: row[1])
    assert shown(read_statement(as_csv(head + by_time + totals))) == written(same_second)


def test_rows_that_failed_move_nothing_and_stay_in_the_list() -> None:
    failed = attrs.evolve(THREE[1], receipt="UI49999999", status="Failed", moved=Decimal(70))
    read = read_statement(DAY.csv([THREE[0], failed, THREE[1], THREE[2]]))
    assert [row.receipt for row in read.rows] == [THREE[0].receipt, "UI49999999", THREE[1].receipt, THREE[2].receipt]
    assert "UI49999999" not in read.receipts
    assert len(read.completed) == 3


def test_a_payment_and_its_charge_share_a_receipt_and_one_of_them_paid() -> None:
    charge = attrs.evolve(THREE[1], receipt=THREE[0].receipt)
    read = read_statement(DAY.csv([THREE[0], charge, THREE[2]]))
    assert read.receipts == {THREE[0].receipt, THREE[2].receipt}


def test_a_receipt_on_two_rows_that_paid_in_settles_nothing() -> None:
    twice = attrs.evolve(THREE[2], receipt=THREE[0].receipt)
    assert read_statement(DAY.csv([THREE[0], THREE[1], twice])).receipts == frozenset()


def test_the_period_counts_only_with_totals() -> None:
    noon, evening = MORNING + timedelta(hours=4), MORNING + timedelta(hours=12)
    with_totals, without = (read_statement(Layout(totals=totals).csv(THREE)) for totals in (True, False))
    assert with_totals.covers(noon, evening)
    assert not with_totals.covers(noon, evening + timedelta(seconds=1))
    assert not with_totals.covers(MORNING - timedelta(seconds=1), noon)
    assert not without.covers(noon, evening)
    middle = MORNING + timedelta(seconds=1)
    assert without.covers(middle, middle)
    assert not without.covers(MORNING, middle)


def test_a_day_is_covered_by_a_period_in_days() -> None:
    cells = DAY.cells(THREE)
    cells[2] = ["Time Period:", "From 04/09/2026 To 2026-09-04"]
    read = read_statement(as_csv(cells))
    assert read.covers_day(MORNING.date())
    assert not read.covers_day(MORNING.date() + timedelta(days=1))


@pytest.mark.parametrize("period", ["", "September", "From 2026-09-04 To 2026-13-99", "From 2026-09-05 To 2026-09-04"])
def test_a_period_that_cannot_be_read_covers_nothing(period: str) -> None:
    cells = DAY.cells(THREE)
    cells[2] = ["Time Period:", period]
    assert not read_statement(as_csv(cells)).covers_day(MORNING.date())


def test_what_the_simulator_exports_is_read_without_loss() -> None:
    ledger, now = Ledger({"600999": {Account.UTILITY: 5}}), MORNING
    for number in range(1, 40):
        party = organisation("600999", Account.UTILITY), customer(f"2547{number:08}")
        debit, credit = party if number % 4 == 0 else party[::-1]
        paid = Transaction(
            receipt=f"UI4AAAA{number:03}",
            product="c2b",
            reason="Pay Bill Online",
            amount=Decimal(number * 37 % 11 + 1),
            debit=debit,
            credit=credit,
            initiated_at=now,
            reference=f"ORD-{number}",
            linked="UI4AAAA001" if number == 8 else "",
        )
        now += timedelta(seconds=number % 2)
        ledger.complete(paid, now)
    read = read_statement(statement(ledger, "600999", Account.UTILITY, now).encode())
    entries = ledger.entries("600999", Account.UTILITY)
    assert [(row.receipt, row.moved, row.balance, row.account, row.linked) for row in read.rows] == [
        (
            entry.transaction.receipt,
            entry.amount,
            entry.balance,
            entry.transaction.reference,
            entry.transaction.linked or None,
        )
        for entry in entries
    ]
    assert [row.completed_at for row in read.rows] == [entry.transaction.finalised_at for entry in entries]
    assert read.has_totals
    assert read.covers(entries[0].transaction.initiated_at, now)


@pytest.mark.parametrize(
    ("column", "wrong", "words"),
    [
        (0, "", "receipt number"),
        (1, "yesterday", "completion time"),
        (5, "five hundred", "amount"),
        (5, "500.005", "amount"),
        (5, "-500.00", "below zero"),
        (7, "", "no balance"),
    ],
)
def test_a_cell_that_cannot_be_read_breaks_the_statement(column: int, wrong: str, words: str) -> None:
    cells = DAY.cells(THREE)
    cells[6][column] = wrong
    with pytest.raises(StatementBroken, match=words) as refused:
        read_statement(as_csv(cells))
    assert refused.value.row == 7
    assert "254712345678" not in str(refused.value)


def test_day_and_month_that_were_swapped_are_found() -> None:
    cells = DAY.cells(THREE)
    cells[6][1] = "2026-04-09 08:00:01"
    with pytest.raises(StatementBroken, match="day and month"):
        read_statement(as_csv(cells))


def test_headings_of_a_next_page_and_remarks_are_left_out() -> None:
    cells = DAY.cells(THREE)
    cells[6:6] = [list(HEADINGS), [], ["Page 2 of 2"]]
    assert shown(read_statement(as_csv(cells))) == written(THREE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Dear customer",
        b"<html><table><tr><td>Receipt No.</td></tr></table></html>",
        b"PK\x03\x04 no workbook",
        b"\xd0\xcf\x11\xe0 no workbook",
        b"\xff\xfe\x00",
        b'"' + b"a" * 200_000,
    ],
)
def test_what_is_no_statement_is_refused_in_plain_words(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="file: "):
        read_statement(content)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(InvalidInput, match="larger than 64 MiB"):
        read_statement(path)


def test_a_file_that_is_opened_as_text_is_refused() -> None:
    with pytest.raises(InvalidInput, match="mode 'rb'"):
        read_statement(cast("BinaryIO", StringIO("Receipt No.")))


@given(layout=layouts, data=st.data())
def test_any_damage_is_refused_in_one_of_two_ways(layout: Layout, data: st.DataObject) -> None:
    content = bytearray(layout.csv(THREE))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=10))
        assume(content)
    try:
        read = read_statement(BytesIO(bytes(content)))
    except (InvalidInput, StatementBroken):
        return
    assert isinstance(read, Statement)


@pytest.mark.parametrize("write", WORKBOOKS)
@given(data=st.data())
def test_any_damage_to_a_workbook_is_refused_in_one_of_two_ways(write: Write, data: st.DataObject) -> None:
    content = bytearray(BOOKS[write])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 300))] = data.draw(st.binary(max_size=100))
        assume(content)
    try:
        read_statement(bytes(content))
    except (InvalidInput, StatementBroken):
        return


def test_a_name_or_a_number_is_never_shown_whole() -> None:
    read = read_statement(DAY.csv(THREE))
    assert "254712345678" not in repr(read)
    assert "JOHN" not in repr(read.rows[0].other_party)


def test_whose_account_it_is_can_be_said_where_the_file_does_not_say_it() -> None:
    cut = Layout(head=False).csv(THREE)
    assert read_statement(cut).shortcode is None
    assert read_statement(cut, shortcode="600111").shortcode == "600111"
    assert read_statement(DAY.csv(THREE), shortcode="600999").shortcode == "600999"
    with pytest.raises(InvalidInput, match="file: is of shortcode 600999, not of 600111"):
        read_statement(DAY.csv(THREE), shortcode="600111")
    with pytest.raises(InvalidInput, match="shortcode"):
        read_statement(cut, shortcode="our till")
