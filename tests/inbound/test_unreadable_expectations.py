"""What is expected and cannot be read, as a person edited it, is named and stops nothing else."""

import logging
import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from daraja.errors import RecordUnreadable
from daraja.ledger import Ledger
from daraja.stores.sql import SqlReceiptStore
from tests.inbound.confirmations import confirmed
from tests.support.receiving import Counter, a_counter
from tests.support.scripted import PHONE

BROKEN: Final = "UPDATE daraja_expectations SET metadata = '{' WHERE reference = 'ORD-1'"
NO_OBJECT: Final = "UPDATE daraja_expectations SET metadata = '[1]' WHERE reference = 'ORD-1'"
NO_NUMBER: Final = "UPDATE daraja_expectations SET amount = 'five hundred' WHERE reference = 'ORD-1'"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "receipts.db"


@pytest.fixture
def counter(path: Path) -> Generator[Counter]:
    """A shop that expects two orders."""
    with closing(SqlReceiptStore(f"sqlite:///{path}")) as store:
        counter = a_counter(store=store)
        for number in (1, 2):
            counter.receipts.expect(order=f"ORD-{number}", amount=500, reference=f"ORD-{number}")
        yield counter


def spoil(path: Path, change: str) -> str:
    """Edit the expectation of the first order by hand, and return its key."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(change)
        (key,) = database.execute("SELECT key FROM daraja_expectations WHERE reference = 'ORD-1'").fetchone()
    return str(key)


@pytest.mark.parametrize("change", [BROKEN, NO_OBJECT, NO_NUMBER])
def test_it_hides_no_other_money_and_is_named(
    path: Path, counter: Counter, caplog: pytest.LogCaptureFixture, change: str
) -> None:
    key = spoil(path, change)
    for number, reference in (("UAF1AAAAAA", "ORD-1"), ("UAF1AAAAAB", "ORD-2"), ("UAF1AAAAAC", "ORD-22")):
        confirmed(counter, number, reference=reference)

    assert counter.checkout.order("ORD-2").paid
    (nobodys,) = counter.receipts.unmatched()
    assert nobodys.receipt.number == "UAF1AAAAAC"
    assert [one.expectation.reference for one in nobodys.suggestions] == ["ORD-2"]
    with pytest.raises(RecordUnreadable, match=key):
        counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    with caplog.at_level(logging.WARNING):
        assert counter.receipts.reconcile().failed == 1
    assert key in caplog.text


def test_it_is_named_where_a_number_is_exported_or_erased(path: Path, counter: Counter) -> None:
    key = spoil(path, BROKEN)
    ledger = Ledger(counter.store)

    assert ledger.export(PHONE)["unreadable"] == [key]
    assert ledger.erase(PHONE).unreadable == (key,)
