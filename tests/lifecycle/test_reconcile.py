"""A run looks after what is due: it asks, applies what was left over, and reports what it found."""

import logging
import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import pytest

from daraja import Checkout, Status
from daraja.api.addresses import Purpose
from daraja.errors import InvalidInput, OutcomeUnknown, RecordUnreadable
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.reconcile import Report
from daraja.payments.model import Payment
from daraja.simulator import Answer, Engine
from daraja.simulator.products.stk.scenarios import ANSWER_LOST, NEVER_RESOLVED, NO_CALLBACK
from daraja.stores import MemoryStore
from daraja.stores.sql import SqlStore
from tests.lifecycle.runs import PHONES, due, shop_where, started
from tests.support.scripted import PASSKEY, PHONE, TILL, settings
from tests.support.shops import a_shop, callback_body, paid, token_for

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
