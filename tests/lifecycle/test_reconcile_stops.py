"""Runs that stop, overlap or are killed lose nothing and ask nothing twice."""

import logging
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from daraja import Status
from daraja.errors import Conflict, DarajaError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpResponse
from daraja.lifecycle.ports import HistoryEntry
from daraja.lifecycle.reconcile import Report, reconcile
from daraja.payments.model import Payment
from daraja.simulator.products.stk.scenarios import NO_CALLBACK, THREE_CALLBACKS
from daraja.stores import MemoryStore
from tests.lifecycle.runs import due, killed, shop_where, started
from tests.support.numbers import digits_shown
from tests.support.scripted import PHONE, answer, refusal
from tests.support.shops import by_turns, token_for

# Runs that stop


def test_a_rate_limit_stops_the_run_and_the_rest_stays_due() -> None:
    shop = shop_where(NO_CALLBACK, query_limit=5)
    payments = started(shop, 4)
    report = shop.checkout.reconcile()

    assert (report.asked, report.succeeded, report.failed) == (2, 1, 1)
    assert "Spike arrest" in report.stopped
    assert report.left == 2
    assert set(due(shop)) == {payment.key for payment in payments[2:]}
    for _ in range(30):
        shop.clock.advance(30)
        shop.checkout.reconcile()
    assert all(shop.now(payment).paid for payment in payments)
    assert len(shop.told) == 4


def test_wrong_credentials_stop_the_run_at_once() -> None:
    shop = shop_where(NO_CALLBACK)
    payments = started(shop, 3)
    shop.simulator.respond_with(refusal(500, "500.001.1001", "Wrong credentials"))
    report = shop.checkout.reconcile()

    assert (report.asked, report.failed) == (1, 1)
    assert "Wrong credentials" in report.stopped
    assert due(shop) == [payment.key for payment in payments[1:]]


@pytest.mark.parametrize(
    "instead",
    [NotSent("no route"), OutcomeUnknown("it broke"), answer(200, b"<html>")],
)
def test_three_queries_in_a_row_without_an_answer_stop_the_run(instead: HttpResponse | DarajaError) -> None:
    shop = shop_where(NO_CALLBACK)
    payments = started(shop, 5)
    shop.simulator.respond_with(instead)
    report = shop.checkout.reconcile()

    assert (report.asked, report.failed, report.succeeded) == (3, 3, 0)
    assert due(shop) == [payment.key for payment in payments[3:]]
    assert all(shop.now(payment).status is Status.INITIATED for payment in payments)
    shop.simulator.respond_with(None)
    shop.clock.advance(60)
    assert shop.checkout.reconcile() == Report(asked=5, succeeded=5)


def test_two_in_a_row_do_not_stop_it() -> None:
    shop = shop_where(NO_CALLBACK)
    payments = started(shop, 6)
    seen: list[Report] = []

    def progress(report: Report) -> None:
        seen.append(report)
        shop.simulator.respond_with(None if report.asked % 3 == 2 else NotSent("no route"))

    shop.simulator.respond_with(NotSent("no route"))
    report = shop.checkout.reconcile(progress=progress)

    assert (report.asked, report.failed, report.succeeded, report.stopped) == (6, 4, 2, "")
    assert len(seen) >= len(payments)


def test_a_store_error_does_not_count_as_silence_of_daraja() -> None:
    class Picky(MemoryStore):
        def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
            if entry.event.startswith("query") and old.reference != "ORD-4":
                message = "something does not fit"
                raise Conflict(message)
            return super().swap(old, new, entry)

    shop = shop_where(NO_CALLBACK, Picky())
    payments = started(shop, 5)

    assert shop.checkout.reconcile() == Report(asked=5, failed=4, succeeded=1)
    assert shop.now(payments[4]).paid
    assert not any(shop.now(payment).conflicts for payment in payments)


def test_a_payment_that_cannot_be_leased_is_counted_and_stops_no_other() -> None:
    class Picky(MemoryStore):
        def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
            if entry.event == "check" and old.reference == "ORD-0":
                raise RuntimeError
            return super().swap(old, new, entry)

    shop = shop_where(NO_CALLBACK, Picky())
    payments = started(shop, 150)
    report = shop.checkout.reconcile(limit=1000)

    assert (report.asked, report.succeeded) == (149, 149)
    assert report.failed >= 1
    assert due(shop) == [payments[0].key]


def test_the_reason_for_stopping_shows_no_customer(caplog: pytest.LogCaptureFixture) -> None:
    shop = shop_where(NO_CALLBACK)
    payments = started(shop, 3)
    shop.simulator.respond_with(refusal(500, "500.001.1001", f"Wrong credentials {PHONE}"))
    with caplog.at_level(logging.DEBUG):
        report = shop.checkout.reconcile()

    assert digits_shown(PHONE, f"{report!r} {caplog.text}") == []
    failures = [record.getMessage() for record in caplog.records if "check_failed" in record.getMessage()]
    assert failures == [f"payment.check_failed key={payments[0].key} error=AuthenticationError"]


# Runs at the same time


@hypothesis_settings(max_examples=50)
@given(st.lists(st.integers(0, 2), max_size=120))
def test_overlapping_runs_query_once_and_deliver_once(turns: list[int]) -> None:
    shop = shop_where(NO_CALLBACK)
    payments = started(shop, 4)
    reports = by_turns(shop.office, [reconcile(100, shop.policy) for _ in range(3)], turns)

    assert shop.queries == 4
    assert sum(report.asked for report in reports) == 4
    assert sum(report.succeeded for report in reports) == 4
    assert sorted(one.key for one in shop.told) == sorted(payment.key for payment in payments)
    assert all(shop.now(payment).notified_at is not None for payment in payments)


@hypothesis_settings(max_examples=50)
@given(st.lists(st.integers(0, 1), max_size=120))
def test_overlapping_runs_replay_a_callback_into_one_success(turns: list[int]) -> None:
    shop = shop_where(THREE_CALLBACKS)
    (payment,) = started(shop, 1)
    for callback in shop.engine.due(shop.clock.now()):
        shop.keep(payment, callback.body)
    reports = by_turns(shop.office, [reconcile(100, shop.policy) for _ in range(2)], turns)

    assert sum(report.succeeded for report in reports) == 1
    assert len(shop.told) == 1
    assert shop.left_over() == []


def test_runs_in_parallel_threads_query_once_and_deliver_once() -> None:
    shop = shop_where(NO_CALLBACK)
    started(shop, 40)
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(shop.checkout.reconcile) for _ in range(4)]
    reports = [run.result() for run in runs]

    assert shop.queries == 40
    assert sum(report.succeeded for report in reports) == 40
    assert len(shop.told) == len({one.key for one in shop.told}) == 40


# Runs that are stopped


@pytest.mark.parametrize("confirm", [False, True])
def test_a_run_that_is_killed_anywhere_loses_nothing(*, confirm: bool) -> None:
    point = 0
    going = True
    while going:
        shop = shop_where(THREE_CALLBACKS)
        payments = started(shop, 3)
        (heard, *_) = shop.engine.due(shop.clock.now())
        first = next(payment for payment in payments if token_for(shop.config, payment.key) in heard.url)
        shop.keep(first, heard.body)
        policy = attrs.evolve(shop.policy, confirm=confirm)
        going = killed(reconcile(100, policy), shop.office, point)
        for _ in range(3):
            shop.clock.advance(120)
            by_turns(shop.office, [reconcile(100, policy)], [])

        assert all(shop.now(payment).paid for payment in payments), point
        assert shop.now(first).receipt is not None, point
        assert {one.key for one in shop.told} == {payment.key for payment in payments}, point
        assert len(shop.told) <= 4, point  # whoever was killed between telling and noting it tells once more
        assert all(shop.now(payment).notified_at is not None for payment in payments), point
        assert shop.left_over() == [], point
        point += 1
    assert point > 40
