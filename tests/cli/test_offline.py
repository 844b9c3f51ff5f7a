"""The commands ``phone``, ``explain`` and ``simulate``."""

import io
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_phone_writes_each_number_as_daraja_takes_it(run: Run) -> None:
    ended = run("phone", "0712 345 678", "+254 (0)722-000-111", "254712345678.0")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.split() == ["254712345678", "254722000111", "254712345678"]


def test_phone_names_the_line_of_each_fault_and_masks_the_number(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"0712345678\n\n071234567\n7.12E+08\nRen\xe9\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines), "utf-8"))
    ended = run("phone")
    assert (ended.status, ended.out) == (1, "254712345678\n")
    assert ended.err.startswith("line 3: '0*****567' is not")
    assert "line 4: " in ended.err
    assert "a spreadsheet shortened it" in ended.err
    assert "line 5: " in ended.err


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_phone_reads_a_column_of_a_csv_file(run: Run, tmp_path: Path, separator: str) -> None:
    table = tmp_path / "customers.csv"
    rows = [["name", "mobile"], ["Wanjiku", "'0712345678"], [], ["Otieno"], ["Achieng", "0110 123 456"]]
    table.write_text("".join(separator.join(row) + "\n" for row in rows), encoding="utf-8-sig")
    ended = run("phone", "--csv", str(table), "--column", "mobile", "--json")
    assert ended.status == 1
    assert [(row["place"], row["phone"]) for row in ended.rows] == [
        ("row 2", "254712345678"),
        ("row 4", None),
        ("row 5", "254110123456"),
    ]
    assert "it is blank" in ended.rows[1]["fault"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_phone_reads_a_csv_file_in_each_encoding_of_a_spreadsheet(run: Run, tmp_path: Path, encoding: str) -> None:
    table = tmp_path / "customers.csv"
    table.write_bytes("name;mobile\r\nRené;0712345678\r\n".encode(encoding))
    ended = run("phone", "--csv", str(table), "--column", "mobile")
    assert (ended.status, ended.out) == (0, "254712345678\n")


def test_phone_takes_the_only_column_of_a_csv_file(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "numbers.csv"
    table.write_text("mobile\n0712345678\n")
    assert run("phone", "--csv", str(table)).out == "254712345678\n"


def test_phone_lists_the_columns_if_none_is_named(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "numbers.csv"
    table.write_text("name,mobile\nWanjiku,0712345678\n")
    ended = run("phone", "--csv", str(table))
    assert ended.status == 2
    assert "The columns are: name, mobile." in ended.err
    table.write_text("")
    assert "The columns are: none." in run("phone", "--csv", str(table)).err


def test_phone_does_not_wait_for_a_person_to_type(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    ended = run("phone")
    assert ended.status == 2
    assert "Give numbers, or --csv FILE, or pipe them in." in ended.err


def test_explain_takes_a_code_of_a_push(run: Run) -> None:
    ended = run("explain", "1032")
    assert (ended.status, ended.err) == (0, "")
    assert "Cancelled by the customer" in ended.out
    assert "charge again  yes" in ended.out


def test_explain_takes_the_product_first(run: Run) -> None:
    (row,) = run("explain", "b2c", "2040", "--json").rows
    assert row["pay_again"] is True, "a payout charges nobody"
    assert (row["product"], row["code"], row["title"]) == ("b2c", "2040", "Receiver not registered")


def test_explain_lists_the_codes_of_a_product(run: Run) -> None:
    rows = run("explain", "stk", "--json").rows
    assert {"0", "1", "1032", "1037", "2001"} <= {row["code"] for row in rows}
    assert "Cancelled by the customer" in run("explain", "stk").out


def test_explain_shows_long_codes_whole(run: Run) -> None:
    assert "100000000" in {row["code"] for row in run("explain", "b2c", "--json").rows}
    assert "100000000" in run("explain", "b2c").out


def test_explain_knows_the_codes_of_refusals(run: Run) -> None:
    rows = run("explain", "500.001.1001", "--json").rows
    assert {row["words"]: row["error"] for row in rows} == {
        "merchant does not exist; wrong credentials": "AuthenticationError",
        "lock subscriber": "SubscriberBusy",
        "being processed; does not exist": "OutcomeUnknown",
        "other words": "OutcomeUnknown",
    }
    assert "wait at least 60 seconds" in run("explain", "500.001.1001").out
    (row,) = run("explain", "400.002.02", "--json").rows
    assert row["error"] == "InvalidRequest"


def test_explain_says_that_a_code_is_unknown(run: Run) -> None:
    assert "Unrecognised code 7777" in run("explain", "7777").out


def test_explain_names_the_products(run: Run) -> None:
    ended = run("explain", "b2x", "1032")
    assert ended.status == 2
    assert "'b2x' is not a product. The products are: stk, b2c, " in ended.err


def test_simulate_takes_the_options_of_the_local_daraja(run: Run) -> None:
    ended = run("simulate", "--list")
    assert ended.status == 0
    assert "254700008001" in ended.out
