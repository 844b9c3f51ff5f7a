"""The command ``read``: bodies of every product, from files, folders and standard input."""

import io
import json
import sys
from pathlib import Path

import attrs
import pytest

from daraja.testing import (
    b2b_result,
    b2c_result,
    balance_result,
    bill_payment,
    c2b_confirmation,
    express_result,
    pull_record,
    reversal_result,
    standing_order_result,
    status_result,
)
from tests.cli.conftest import Run
from tests.support.results import result

BODIES = Path("tests/data/callbacks")


@attrs.frozen
class Input:
    buffer: io.BytesIO


def test_read_takes_a_folder(run: Run) -> None:
    ended = run("read", str(BODIES), "--json")
    rows = {row["place"]: row for row in ended.rows}
    assert ended.status == 0
    assert len(rows) == len(list(BODIES.iterdir()))
    assert rows["cancelled_1032.json"]["outcome"] == "cancelled"
    assert rows["unknown_7777.json"]["outcome"] == "unrecognised"
    paid = rows["paid_2026.json"]
    assert (paid["product"], paid["outcome"], paid["receipt"]) == ("stk", "paid", "UHH4K7M2QX")
    assert "Cancelled by" in run("read", str(BODIES)).out


BY_PRODUCT = {
    "b2b": (b2b_result(), "paid"),
    "b2c": (b2c_result(), "paid"),
    "balance": (balance_result(), "answered"),
    "express": (express_result(), "paid"),
    "reversal": (reversal_result(), "paid"),
    "standing_order": (standing_order_result(), "paid"),
    "status": (status_result(), "answered"),
    "c2b": (c2b_confirmation(), "announced"),
    "bill_manager": (bill_payment(), "announced"),
}


@pytest.mark.parametrize("product", BY_PRODUCT)
def test_read_tells_the_product_of_a_body(run: Run, tmp_path: Path, product: str) -> None:
    callback, outcome = BY_PRODUCT[product]
    (tmp_path / "body.json").write_bytes(callback.body)
    (row,) = run("read", str(tmp_path / "body.json"), "--json").rows
    assert (row["product"], row["outcome"]) == (product, outcome)


def test_read_shows_what_an_answer_says(run: Run, tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(balance_result().body)
    (tmp_path / "2").write_bytes(status_result("Declined").body)
    out = run("read", str(tmp_path)).out
    assert "81,234.50" in out
    assert "Declined" in out


def test_read_takes_one_body_a_line_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b2c_result().body + b"\n\n" + c2b_confirmation(phone="254712345678").body + b"\nnothing\n"
    monkeypatch.setattr(sys, "stdin", Input(io.BytesIO(lines)))
    ended = run("read", "--json")
    assert ended.status == 1
    assert [(row["place"], row["product"]) for row in ended.rows] == [
        ("stdin:1", "b2c"),
        ("stdin:3", "c2b"),
        ("stdin:4", None),
    ]
    assert ended.rows[1]["phone"] == "2547*****678"
    assert "body is not JSON" in ended.rows[2]["title"]


def test_read_shows_numbers_only_if_asked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(c2b_confirmation(phone="254712345678").body)
    assert run("read", str(tmp_path), "--show-numbers", "--json").rows[0]["phone"] == "254712345678"


def test_read_takes_lists_and_the_answers_of_pull(run: Run, tmp_path: Path) -> None:
    records = [pull_record(receipt="UKN7X2M4QA"), pull_record(receipt="UKN7X2M4QB")]
    (tmp_path / "a").write_text(json.dumps(records))
    (tmp_path / "b").write_text(json.dumps({"ResponseCode": "1000", "Response": [records]}))
    rows = run("read", str(tmp_path), "--json").rows
    assert [row["place"] for row in rows] == ["a[0]", "a[1]", "b[0]", "b[1]"]
    assert [row["receipt"] for row in rows] == ["UKN7X2M4QA", "UKN7X2M4QB"] * 2
    assert {row["product"] for row in rows} == {"pull"}


def test_read_says_that_a_body_is_no_callback(run: Run, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"<html>")
    ended = run("read", str(tmp_path))
    assert ended.status == 1
    assert "1 of 1 cannot be read." in ended.out


def test_read_asks_for_the_product_where_the_outcome_depends_on_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "body").write_text(json.dumps(result(0)))
    (row,) = run("read", str(tmp_path), "--json").rows
    assert (row["product"], row["outcome"]) == ("result", "depends")
    (row,) = run("read", str(tmp_path), "--product", "balance", "--json").rows
    assert (row["product"], row["outcome"]) == ("balance", "answered")


def test_read_needs_no_product_where_the_outcome_is_the_same_for_all(run: Run, tmp_path: Path) -> None:
    (tmp_path / "body").write_text(json.dumps(result(2001)))
    (row,) = run("read", str(tmp_path), "--json").rows
    assert (row["product"], row["outcome"]) == ("result", "failed")


def test_read_names_a_file_without_a_body(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.json").touch()
    ended = run("read", str(tmp_path), "--json")
    assert ended.status == 1
    assert [(row["place"], row["product"]) for row in ended.rows] == [("empty.json", None)]
