"""What is open is looked after: nothing twice, nothing forgotten, wherever a run stops and however many run at once."""

import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from daraja import Checkout, Status
from daraja.api.addresses import Purpose
from daraja.errors import Conflict, DarajaError, InvalidInput, NotSent, OutcomeUnknown, RecordUnreadable
from daraja.http.flow import Flow
from daraja.http.messages import HttpResponse
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.reconcile import Report, reconcile
from daraja.payments.model import Account, Payment
from daraja.runtime.base import Runtime
from daraja.simulator import Answer, Engine
from daraja.simulator.products.stk.scenario import Scenario
from daraja.simulator.products.stk.scenarios import ANSWER_LOST, NEVER_RESOLVED, NO_CALLBACK, THREE_CALLBACKS
from daraja.stores import MemoryStore
from daraja.stores.sql import SqlStore
from tests.support.numbers import digits_shown
from tests.support.scripted import PASSKEY, PHONE, TILL, answer, refusal, settings
from tests.support.shops import (
    FailingStore,
    Shop,
    a_shop,
    by_turns,
    callback_body,
    paid,
    result_of_query,
    token_for,
)

PHONES = [f"2547123456{number:02}" for number in range(100)]


def shop_where(scenario: Scenario, store: MemoryStore | None = None, query_limit: int | None = None) -> Shop:
    scenarios = dict.fromkeys(PHONES, scenario)
    engine = Engine(shortcodes={"600111": PASSKEY}, scenarios=scenarios, query_limit=query_limit)
    return a_shop(engine=engine, store=store)


def started(shop: Shop, number: int) -> list[Payment]:
    """Start payments, and let time pass until all of them are due."""
    payments = [shop.start(phone=PHONES[place % 100], reference=f"ORD-{place}") for place in range(number)]
    shop.clock.advance(60)
    return payments


def due(shop: Shop) -> list[str]:
    return [payment.key for payment in shop.store.due(shop.clock.now(), 1000, Account.of(shop.config))]


def killed(flow: Flow[object], office: Runtime, after: int) -> bool:
    """Carry out so many effects, then end the process; whether there were that many."""
    answer: object = None
    try:
        for _ in range(after):
            answer = office.answer(flow.send(answer))
    except StopIteration:
        return False
    flow.close()
    return True


# What a run does


def test_an_idle_run_does_nothing_and_reports_zero() -> None:
    shop = a_shop()

    assert shop.checkout.reconcile() == Report()
    assert not shop.checkout.reconcile().needs_attention
    assert shop.simulator.requests == ()


def test_only_due_payments_are_queried() -> None:
    shop = a_shop()
    first = shop.start()
    shop.engine.answer(PHONE, Answer.PAY, shop.clock.now())
    shop.clock.advance(61)
    second = shop.start()
    report = shop.checkout.reconcile()

    assert report == Report(asked=1, succeeded=1)
    assert shop.now(first).paid
    assert shop.now(second) == second
    assert [one.key for one in shop.told] == [first.key]


def test_the_report_counts_what_the_run_did() -> None:
    shop = a_shop()
    for phone, pressed in ((PHONES[0], Answer.PAY), (PHONES[1], Answer.CANCEL), (PHONES[2], None)):
        shop.start(phone=phone)
        if pressed is not None:
            shop.engine.answer(phone, pressed, shop.clock.now())
    shop.clock.advance(31)

    assert shop.checkout.reconcile() == Report(asked=3, succeeded=1, settled=2)


def test_the_pauses_grow_and_the_checks_end_after_a_day() -> None:
    shop = shop_where(NEVER_RESOLVED)
    (payment,) = started(shop, 1)
    asked_after: list[int] = []
    for minute in range(1, 26 * 60):
        before = shop.queries
        shop.checkout.reconcile()
        if shop.queries > before:
            asked_after.append(minute)
        shop.clock.advance(60)

    gaps = [later - earlier for earlier, later in pairwise(asked_after)]
    assert gaps[:6] == sorted(gaps[:6])
    assert max(gaps) <= 61
    assert len(asked_after) < 40
    assert shop.now(payment).status is Status.UNCONFIRMED
    assert shop.now(payment).next_check_at is None
    assert shop.checkout.reconcile() == Report(unconfirmed=(payment.key,))


def test_a_payment_without_an_id_is_never_queried_and_stays_listed_for_a_person() -> None:
    shop = shop_where(attrs.evolve(ANSWER_LOST, callbacks=()))
    (payment,) = started(shop, 1)
    for _ in range(30):
        shop.clock.advance(3600)
        assert shop.checkout.reconcile().asked == 0
    report = shop.checkout.reconcile()

    assert report == Report(unconfirmed=(payment.key,))
    assert report.needs_attention
    assert shop.queries == 0
    shop.checkout.resolve(payment.key, paid=False, note="not on the statement", by="Otieno")
    assert shop.checkout.reconcile() == Report()


def test_a_run_keeps_its_limit_and_the_next_run_continues() -> None:
    shop = shop_where(NO_CALLBACK)
    started(shop, 5)

    limited = "the limit of {} was reached; run it again, more often or with a higher limit"
    assert shop.checkout.reconcile(limit=0) == Report(stopped=limited.format(0), left=5)
    assert shop.checkout.reconcile(limit=2) == Report(asked=2, succeeded=2, stopped=limited.format(2), left=3)
    assert len(due(shop)) == 3
    assert shop.checkout.reconcile(limit=3) == Report(asked=3, succeeded=3)
    assert shop.queries == 5


@pytest.mark.parametrize("limit", [-1, 2.5, "5", None, True])
def test_a_wrong_limit_is_refused_and_nothing_is_queried(limit: int) -> None:
    shop = shop_where(NO_CALLBACK)
    started(shop, 1)

    with pytest.raises(InvalidInput, match="limit: is not a whole number from 0"):
        shop.checkout.reconcile(limit=limit)
    assert shop.queries == 0


async def awaited(_: Report) -> None:
    """Show nothing."""


@pytest.mark.parametrize("progress", [5, "print", awaited])
def test_what_cannot_show_progress_is_refused_and_nothing_is_queried(progress: Any) -> None:  # noqa: ANN401 - wrong
    shop = shop_where(NO_CALLBACK)
    started(shop, 1)

    with pytest.raises(InvalidInput, match="progress: must be a plain function"):
        shop.checkout.reconcile(progress=progress)
    assert shop.queries == 0


def test_one_run_handles_more_payments_than_a_page_has() -> None:
    shop = shop_where(NO_CALLBACK)
    for round_ in range(3):
        for phone in PHONES:
            shop.start(phone=phone, reference=f"ORD-{round_}")
        shop.clock.advance(61)

    first = shop.checkout.reconcile(limit=250)
    assert (first.asked, first.succeeded, first.stopped[:16]) == (250, 250, "the limit of 250")
    assert shop.checkout.reconcile() == Report(asked=50, succeeded=50)
    assert len(shop.told) == 300


# Callbacks that were left over


def test_a_callback_left_over_by_a_crash_is_applied_first_without_a_query() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.clock.advance(60)
    shop.keep(payment)

    assert shop.checkout.reconcile() == Report(replayed=1, succeeded=1)
    assert shop.queries == 0
    assert shop.now(payment).receipt is not None
    assert shop.checkout.reconcile() == Report()


def test_one_run_replays_more_callbacks_than_a_page_has_and_a_failure_stops_none() -> None:
    class Picky(MemoryStore):
        def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
            if old.key == poison.key and entry.event == "callback paid":
                raise RuntimeError
            return super().swap(old, new, entry)

    shop = a_shop(store=Picky())
    poison, *others = [shop.start(phone=phone) for phone in PHONES]
    for payment in (poison, *others, *others):
        shop.keep(payment)
    report = shop.checkout.reconcile()

    assert report == Report(replayed=198, succeeded=99, failed=1)
    assert not shop.now(poison).paid
    assert not shop.checkout.may_retry(poison.key)
    assert [callback.key for callback in shop.left_over()] == [poison.key]


def test_unmatched_callbacks_are_listed_in_every_report_up_to_a_limit() -> None:
    shop = a_shop()
    nobody_s = callback_body({"CheckoutRequestID": "ws_CO_1", "ResultCode": 0})
    for _ in range(1001):
        shop.checkout.receive(nobody_s)

    assert len(shop.checkout.reconcile().unmatched) == 1000
    report = shop.checkout.reconcile()
    assert len(set(report.unmatched)) == 1000
    assert report.needs_attention
    assert report.replayed == 0


def test_an_unmatched_callback_is_listed_once_although_it_is_replayed_twice() -> None:
    shop = a_shop(confirm=True)
    for _ in range(3):
        shop.checkout.receive(callback_body({"ResultCode": 0}))

    assert shop.checkout.reconcile().unmatched == ("1", "2", "3")


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


# Telling the shop


def test_a_failed_notification_is_repeated_until_it_works() -> None:
    told: list[str] = []
    broken = True

    def on_success(payment: Payment) -> None:
        told.append(payment.key)
        if broken:
            message = "the shop's database is down"
            raise RuntimeError(message)

    shop = a_shop(on_success=on_success)
    payment = shop.start()
    reply = shop.claim(payment)
    assert reply.transition is not None
    assert reply.transition.became_success
    assert told == [payment.key]

    assert shop.checkout.reconcile() == Report()  # not at once
    shop.clock.advance(60)
    assert shop.checkout.reconcile() == Report()  # it failed again, which the log says
    assert shop.now(payment).notified_at is None
    broken = False
    shop.clock.advance(120)
    assert shop.checkout.reconcile() == Report(delivered=1)
    assert shop.now(payment).notified_at == shop.clock.now()
    shop.clock.advance(24 * 3600)
    assert shop.checkout.reconcile() == Report()
    assert told == [payment.key] * 3
    assert shop.queries == 0


def test_a_success_with_a_conflict_before_its_notification_waits_for_a_person() -> None:
    told: list[str] = []

    def on_success(payment: Payment) -> None:
        if not told:
            told.append("")
            raise RuntimeError
        told.append(payment.key)

    shop = a_shop(on_success=on_success)
    payment = shop.start()
    shop.claim(payment)
    shop.claim(payment, receipt="UAF2BBBBBB")
    for _ in range(5):
        shop.clock.advance(3600)
        shop.checkout.reconcile()
    assert shop.checkout.reconcile() == Report(conflicts=(payment.key,))
    assert told == [""]

    shop.checkout.resolve(payment.key, paid=True, note="both are there", by="Wanjiku")
    assert told == ["", payment.key]
    shop.clock.advance(3600)
    assert shop.checkout.reconcile() == Report()
    assert told == ["", payment.key]


def untold() -> tuple[Shop, Payment]:
    """Give a shop and its success of which nobody could be told."""

    def forget(_: Payment) -> None:
        raise LookupError

    shop = a_shop(on_success=forget)
    payment = shop.start()
    shop.claim(payment)
    return shop, payment


def test_a_run_without_on_success_takes_no_delivery_from_another_process() -> None:
    shop, payment = untold()
    deaf = a_shop(store=shop.store, clock=shop.clock, listens=False)
    hearing = a_shop(store=shop.store, clock=shop.clock)
    shop.clock.advance(60)
    assert deaf.checkout.reconcile() == Report()
    shop.clock.advance(3600)

    assert hearing.checkout.reconcile() == Report(delivered=1)
    assert [one.key for one in hearing.told] == [payment.key]


def test_a_run_without_on_success_logs_it_and_leaves_the_delivery_to_another_process(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shop, payment = untold()
    deaf = a_shop(store=shop.store, clock=shop.clock, listens=False)
    hearing = a_shop(store=shop.store, clock=shop.clock)
    for _ in range(24 * 60):
        shop.clock.advance(60)
        deaf.checkout.reconcile()

    assert f"payment.nobody_to_notify key={payment.key}" in caplog.text
    shop.clock.advance(1)
    assert hearing.checkout.reconcile() == Report(delivered=1)


@pytest.mark.parametrize("code", ["26", "9999"])
def test_a_failure_without_proof_is_listed_until_a_person_has_decided(code: str) -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment, callback_body({"CheckoutRequestID": str(payment.checkout_request_id), "ResultCode": code}))

    assert shop.checkout.reconcile().unconfirmed == (payment.key,)
    shop.checkout.resolve(payment.key, paid=False, note="not on the statement", by="Wanjiku")
    assert shop.checkout.reconcile().unconfirmed == ()


# Telling how far it has come


def test_progress_is_reported_after_each_payment_and_at_the_end() -> None:
    shop = shop_where(NO_CALLBACK)
    started(shop, 3)
    seen: list[Report] = []
    report = shop.checkout.reconcile(progress=seen.append)

    assert [one.asked for one in seen] == [1, 2, 3, 3]
    assert seen[-1] == report


def test_an_exception_in_progress_ends_the_run_and_loses_nothing() -> None:
    shop = shop_where(NO_CALLBACK)
    payments = started(shop, 3)

    def progress(_: Report) -> None:
        message = "the terminal is gone"
        raise BrokenPipeError(message)

    with pytest.raises(BrokenPipeError):
        shop.checkout.reconcile(progress=progress)
    assert shop.now(payments[0]).paid
    assert due(shop) == [payment.key for payment in payments[1:]]

    assert shop.checkout.reconcile() == Report(asked=2, succeeded=2)
    assert len(shop.told) == 3


def test_an_error_of_the_store_s_list_reaches_the_caller() -> None:
    class Broken(FailingStore):
        def due(self, *_: object) -> list[Payment]:
            message = "no such table"
            raise LookupError(message)

    with pytest.raises(LookupError, match="no such table"):
        a_shop(store=Broken()).checkout.reconcile()


# Whose payments


def test_several_pay_bills_and_environments_share_a_store_and_never_mix() -> None:
    store = MemoryStore()
    engine = Engine(shortcodes={"600111": PASSKEY, "600222": PASSKEY}, tills={"600222": "5050505"}, busy_seconds=0)
    ours = a_shop(store=store, engine=engine)
    till = a_shop(store=store, engine=engine, clock=ours.clock, config=settings(business=TILL))
    sandbox = a_shop(store=store, engine=engine, clock=ours.clock, config=settings(environment="sandbox"))
    shops = [ours, till, sandbox]
    payments = [shop.start(phone=PHONES[number]) for number, shop in enumerate(shops)]
    for number, shop in enumerate(shops):
        shop.checkout.receive(callback_body({"CheckoutRequestID": "ws_CO_1", "ResultCode": 0}))
        shop.claim(shop.start(phone=PHONES[10 + number]), amount=499)
    ours.clock.advance(31)

    for number, shop in enumerate(shops):
        before = [shop.now(payment) for payment in payments]
        report = shop.checkout.reconcile()
        assert (report.asked, shop.queries) == (1, 1)
        assert len(report.conflicts) == len(report.unmatched) == 1
        after = [shop.now(payment) for payment in payments]
        assert after[number].status is Status.TIMEOUT
        assert [after[place] == before[place] for place in range(3)].count(False) == 1

        (nobody_s,) = report.unmatched
        for other in shops:
            if other is not shop:
                with pytest.raises(InvalidInput, match="left over"):
                    other.checkout.dismiss(nobody_s, note="not ours")
        shop.checkout.dismiss(nobody_s, note="a test of ours")
        ours.clock.advance(1)
        assert shop.checkout.purge_callbacks(timedelta(0)) == 1  # the other one belongs to a conflict
    assert [shop.left_over() for shop in shops] == [[], [], []]


# What belongs to others -----------------------------------------------------------------------------------------------


def test_a_success_found_without_on_success_is_delivered_by_a_process_that_has_it() -> None:
    shop = shop_where(NO_CALLBACK)
    (payment,) = started(shop, 1)
    deaf = Checkout(shop.daraja, shop.store)
    for _ in range(3):
        assert deaf.reconcile().delivered == 0
        shop.clock.advance(60)
    assert shop.now(payment).paid
    assert shop.told == []
    assert shop.checkout.reconcile() == Report(delivered=1)
    assert [told.key for told in shop.told] == [payment.key]


def test_a_payment_that_daraja_always_refuses_stops_no_other_and_needs_a_person_in_the_end() -> None:
    shop = shop_where(NO_CALLBACK)
    payments = started(shop, 5)
    shop.simulator.respond_with(refusal(404, "404.001.01", "Resource not found"))
    report = shop.checkout.reconcile()

    assert (report.asked, report.failed, report.stopped) == (5, 5, "")
    shop.clock.advance(24 * 3600)
    report = shop.checkout.reconcile()
    assert set(report.unconfirmed) == {payment.key for payment in payments}
    assert shop.checkout.reconcile().asked == 0


def test_a_failure_from_one_query_without_a_second_is_listed() -> None:
    shop = shop_where(NO_CALLBACK)
    (payment,) = started(shop, 1)
    shop.clock.advance(25 * 3600)
    shop.daraja.stk_query("ws_CO_1")  # which fetches a token
    shop.simulator.respond_with(result_of_query("1032"))
    assert shop.checkout.reconcile().settled == 1
    shop.simulator.respond_with(refusal(500, "500.001.1001", "The transaction is being processed"))
    shop.clock.advance(60)
    report = shop.checkout.reconcile()

    assert (report.asked, report.unconfirmed) == (1, (payment.key,))
    assert shop.now(payment).next_check_at is None


# What a run says ------------------------------------------------------------------------------------------------------


def test_a_day_of_silence_is_listed_and_caught_up_within_minutes() -> None:
    shop = shop_where(NO_CALLBACK)
    payments = started(shop, 9)
    shop.simulator.respond_with(OutcomeUnknown("no whole answer came within 30 s"))
    for _ in range(25 * 60):
        shop.clock.advance(60)
        shop.checkout.reconcile()
    assert set(shop.checkout.reconcile().unconfirmed) == {payment.key for payment in payments}
    assert len(shop.store.history(payments[0].key)) < 2_000

    shop.simulator.respond_with(None)
    for _ in range(6):
        shop.clock.advance(60)
        shop.checkout.reconcile()
    assert [shop.now(payment).status for payment in payments] == [Status.SUCCESS] * 9


def test_a_callback_that_comes_to_an_unreadable_payment_is_kept_and_stops_nothing(tmp_path: Path) -> None:
    shop = a_shop()
    with closing(SqlStore(f"sqlite:///{tmp_path / 'payments.db'}")) as store:
        checkout = Checkout(shop.daraja, store)
        broken = checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        sound = checkout.start(phone="254712345679", amount=500, reference="ORD-2")
        newer = """UPDATE daraja_payments SET facts = replace(facts, '"initiated"', '"reversed"') WHERE key = ?"""
        with closing(sqlite3.connect(tmp_path / "payments.db")) as connection:
            connection.execute(newer, (broken.key,))
            connection.commit()
        for payment in broken, sound:
            reply = checkout.receive(paid(payment), token=token_for(shop.config, payment.key))
            assert reply.status_code == 200
        with pytest.raises(RecordUnreadable):
            checkout.payment(broken.key)
        for _ in range(2):
            report = checkout.reconcile()
            assert (report.unreadable, report.failed) == ((broken.key,), 0)
            assert report.needs_attention
        assert checkout.payment(sound.key).paid
        (left,) = store.unprocessed(9)
        assert left.key == broken.key


def test_a_run_that_finds_nothing_says_once_where_it_looked(caplog: pytest.LogCaptureFixture) -> None:
    shop = a_shop()
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            shop.checkout.reconcile()
    assert [record.getMessage() for record in caplog.records] == [
        "reconcile.nothing_open store=MemoryStore account=simulator 600111"
    ]
    caplog.clear()
    theirs = a_shop(store=shop.store, config=settings(business=TILL))
    payment = theirs.start()
    caplog.clear()
    with caplog.at_level(logging.INFO):
        shop.checkout.reconcile()
    assert [record.getMessage() for record in caplog.records] == [
        "reconcile.only_other_accounts store=MemoryStore account=simulator 600111 open_there=simulator 600222"
    ]
    assert theirs.now(payment) == payment


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.PAYMENT])
@pytest.mark.parametrize("signed", [True, False])
def test_callbacks_of_another_product_in_the_same_store_are_left_to_it(purpose: Purpose, *, signed: bool) -> None:
    shop = a_shop()
    payment = shop.start()
    callback = ReceivedCallback(
        account=payment.account,
        purpose=purpose,
        key=payment.key if signed else None,
        body=paid(payment),
        received_at=shop.clock.now(),
        limit=100,
    )
    callback_id = shop.store.record(callback)
    shop.clock.advance(10)

    assert shop.checkout.reconcile() == Report()
    assert shop.now(payment).status is Status.INITIATED
    assert shop.checkout.dismiss_all(timedelta(0), note="forged") == 0
    assert [one.id for one in shop.left_over()] == [callback_id]


# Rows that cannot be read


def test_rows_that_cannot_be_read_are_reported_once_and_the_others_are_looked_after(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "payments.db"
    with closing(SqlStore(f"sqlite:///{file}")) as store:
        store.create_schema()
        shop = a_shop(engine=Engine(shortcodes={"600111": PASSKEY}, scenarios=dict.fromkeys(PHONES, NO_CALLBACK)))
        checkout = Checkout(shop.daraja, store)
        keys = [checkout.start(phone=phone, amount=500, reference="ORD-1").key for phone in PHONES[:3]]
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("UPDATE daraja_payments SET facts = '[]' WHERE key = ?", (keys[1],))
        shop.clock.advance(180)

        for _ in range(2):
            caplog.clear()
            report = checkout.reconcile()
            assert report.unreadable == (keys[1],)
            assert len([line for line in caplog.messages if line.startswith("store.row_unreadable")]) == 1
            shop.clock.advance(180)
        assert all(checkout.payment(key).status is not Status.PENDING for key in (keys[0], keys[2]))
