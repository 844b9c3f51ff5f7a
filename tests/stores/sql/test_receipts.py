"""Fifty confirmations of one receipt, in a real database: one booking, written with what the shop writes."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Final

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, select, update

from daraja.inbound.expectation import Expectation
from daraja.inbound.model import Receipt
from daraja.lifecycle.record import Account
from daraja.stores.sql import SqlReceiptStore, StoreFailed
from daraja.testing import c2b_confirmation
from tests.stores.sql.together import work_together
from tests.support.receipts import an_expectation
from tests.support.receiving import SHORTCODE, Counter, a_counter

MANY: Final = 50
PROCESSES: Final = 5
PROCESS: Final = """
import sys
from contextlib import closing
from daraja.stores.sql import SqlReceiptStore
from tests.stores.sql.test_receipts import confirmation, count
from tests.support.receiving import a_counter

url, account, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
with closing(SqlReceiptStore(url, on_received=count)) as store:
    counter = a_counter(store=store)
    body, token = confirmation(counter, "UAF1AAAAAA", account), counter.token()
    counter.receipts.expectation(account)
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(times):
        print(counter.receipts.confirm(body, token=token).status_code)
"""
TILL: Final = Table("takings", MetaData(), Column("amount", Integer, nullable=False))


def count(connection: Connection, receipt: Receipt) -> None:
    connection.execute(update(TILL).values(amount=TILL.c.amount + int(receipt.amount or 0)))


@pytest.fixture
def store(url: str) -> Generator[SqlReceiptStore]:
    engine = create_engine(url)
    TILL.create(engine)
    with engine.begin() as connection:
        connection.execute(TILL.insert().values(amount=0))
    engine.dispose()
    with closing(SqlReceiptStore(url, on_received=count)) as store:
        store.create_schema()
        yield store


def takings(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        amount: int = connection.execute(select(TILL.c.amount)).scalar_one()
    engine.dispose()
    return amount


def confirm_at_once(counter: Counter, bodies: list[bytes]) -> list[int]:
    together, token = Barrier(len(bodies)), counter.token()

    def confirm(body: bytes) -> int:
        together.wait(60)
        return counter.receipts.confirm(body, token=token).status_code

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(confirm, bodies))


def confirmation(counter: Counter, receipt: str, account: str) -> bytes:
    return c2b_confirmation(
        receipt=receipt, amount=500, reference=account, shortcode=SHORTCODE, paid_at=counter.clock.now()
    ).body


def test_fifty_confirmations_of_one_receipt_are_one_booking(url: str, store: SqlReceiptStore) -> None:
    counter = a_counter(store=store)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    body = confirmation(counter, "UAF1AAAAAA", account)
    assert confirm_at_once(counter, [body] * MANY) == [200] * MANY
    check_one_booking(url, counter, account)


@pytest.mark.slow
def test_fifty_confirmations_of_one_receipt_to_several_processes_are_one_booking(
    url: str, store: SqlReceiptStore
) -> None:
    counter = a_counter(store=store)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    told = work_together(PROCESSES, PROCESS, url, account, str(MANY // PROCESSES))
    assert told == ["200"] * MANY
    check_one_booking(url, counter, account)


def check_one_booking(url: str, counter: Counter, account: str) -> None:
    while counter.receipts.reconcile().replayed:
        pass
    assert takings(url) == 500
    expectation = counter.receipts.expectation(account)
    assert expectation is not None
    assert expectation.received == 500
    history = counter.store.history(counter.receipts.receipt("UAF1AAAAAA").key)
    assert [entry.became_success for entry in history].count(True) == 1


def test_many_receipts_for_one_order_at_once_are_all_counted(url: str, store: SqlReceiptStore) -> None:
    counter = a_counter(store=store)
    account = counter.receipts.expect(order="ORD-1", amount=5_000).reference
    bodies = [confirmation(counter, f"UAF1AAAA{number:02}", account) for number in range(10)]
    assert confirm_at_once(counter, bodies) == [200] * 10
    counter.receipts.reconcile()
    expectation = counter.receipts.expectation(account)
    assert expectation is not None
    assert (int(expectation.received), expectation.is_paid) == (5_000, True)
    assert takings(url) == 5_000


def test_of_many_receipts_for_one_order_at_once_one_is_fulfilled(url: str, store: SqlReceiptStore) -> None:
    counter = a_counter(store=store)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    bodies = [confirmation(counter, f"UAF1AAAA{number:02}", account) for number in range(10)]
    assert confirm_at_once(counter, bodies) == [200] * 10
    counter.receipts.reconcile()
    assert takings(url) == 500
    assert len(counter.checkout.order("ORD-1").excess_receipts) == 9


class Forgetful(SqlReceiptStore):
    """A store in which somebody deletes what was just written."""

    def expected(self, compared: str, account: Account, /) -> Expectation | None:
        assert super().expected(compared, account) is not None
        return None


def test_an_expectation_that_vanishes_while_it_is_written_is_an_error(url: str) -> None:
    with closing(Forgetful(url)) as store:
        store.create_schema()
        with pytest.raises(StoreFailed, match="cannot be found"):
            store.expect(an_expectation())
