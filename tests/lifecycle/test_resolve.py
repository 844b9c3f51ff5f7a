"""What people do with payments: decide, wait, put away, clear up."""

from datetime import timedelta
from math import inf, nan
from typing import Any

import attrs
import pytest

from daraja import Payment, Status
from daraja.errors import Conflict, InvalidInput, NotSent, UnknownPayment
from daraja.simulator import Answer, Engine
from daraja.simulator.products.stk.scenario import Scenario
from daraja.simulator.products.stk.scenarios import ANSWER_LOST, NEVER_RESOLVED, NO_CALLBACK, QUERY_CONTRADICTS
from daraja.testing import ManualClock
from tests.support.leaks import everything_shown
from tests.support.numbers import digits_shown
from tests.support.scripted import PASSKEY, PHONE, TILL, settings
from tests.support.shops import FailingStore, RacingStore, Shop, a_shop, callback_body

WRONG_WORDS = ["", " \n", "x" * 1001, "a\x00b", "\ud800", None, 7, b"paid", int(PHONE)]


def shop_where(scenario: Scenario) -> Shop:
    return a_shop(engine=Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: scenario}))


# Resolving


def test_a_conflict_of_the_store_that_no_receipt_explains_reaches_the_person() -> None:
    store = FailingStore()
    shop = a_shop(store=store)
    payment = shop.start()
    store.failing["swap"] = Conflict("the database refuses it")
    with pytest.raises(Conflict, match="the database refuses it"):
        shop.checkout.resolve(payment.key, paid=True, note="on the statement", by="Wanjiku", receipt="UAF1AAAAAA")
    store.failing.clear()
    assert shop.now(payment).resolution is None


def test_a_payment_that_a_person_calls_paid_is_fulfilled_once() -> None:
    shop = shop_where(attrs.evolve(ANSWER_LOST, callbacks=()))
    payment = shop.start()
    shop.clock.advance(25 * 3600)
    assert shop.checkout.reconcile().unconfirmed == (payment.key,)
    transition = shop.checkout.resolve(payment.key, paid=True, note="UAF1AAAAAA is on the statement", by="Wanjiku")

    assert transition.became_success
    after = shop.now(payment)
    assert (after.status, after.paid, after.decided_by) == (Status.SUCCESS, True, "person")
    assert after.resolution is not None
    assert (after.resolution.by, after.resolution.at) == ("Wanjiku", shop.clock.now())
    assert [one.key for one in shop.told] == [payment.key]
    entry = shop.store.history(payment.key)[-2]
    assert (entry.event, entry.by, entry.note) == ("person paid", "Wanjiku", "UAF1AAAAAA is on the statement")
    assert entry.became_success

    again = shop.checkout.resolve(payment.key, paid=True, note="looked again", by="Otieno")
    assert not again.became_success
    assert len(shop.told) == 1
    assert shop.checkout.reconcile().unconfirmed == ()


def test_a_claim_after_a_decision_that_it_was_not_paid_needs_another_look() -> None:
    engine = Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: attrs.evolve(NEVER_RESOLVED, callbacks=())})
    shop = a_shop(engine=engine, confirm=True)
    payment = shop.start()
    shop.clock.advance(25 * 3600)
    shop.checkout.reconcile()
    shop.checkout.resolve(payment.key, paid=False, note="not on the statement", by="Wanjiku")
    assert shop.checkout.may_retry(payment.key)

    shop.claim(payment)
    assert shop.now(payment).needs_review
    assert not shop.checkout.may_retry(payment.key)

    shop.checkout.resolve(payment.key, paid=False, note="looked again", by="Wanjiku")
    assert not shop.now(payment).needs_review
    assert shop.checkout.may_retry(payment.key)


def test_a_payment_that_a_person_calls_not_paid_is_settled() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment, amount=499)
    assert shop.checkout.reconcile().conflicts == (payment.key,)
    transition = shop.checkout.resolve(payment.key, paid=False, note="it was another order", by="Wanjiku")

    assert not transition.became_success
    assert not transition.after.paid
    assert shop.checkout.reconcile().conflicts == ()
    assert shop.told == []
    assert shop.events(payment)[-1] == "person not paid"


def test_a_person_may_accept_a_conflict() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment, amount=501)

    assert shop.checkout.resolve(payment.key, paid=True, note="a shilling too much", by="Wanjiku").became_success
    assert shop.now(payment).conflicts == {"amount=501"}
    assert len(shop.told) == 1
    shop.claim(payment, amount=502)
    assert shop.now(payment).needs_review  # what is new wants another look
    assert len(shop.told) == 1


@pytest.mark.parametrize("field", ["note", "by"])
@pytest.mark.parametrize("words", WRONG_WORDS)
def test_a_decision_needs_a_name_and_a_reason(field: str, words: str) -> None:
    shop = a_shop()
    payment = shop.start()
    given = {"note": f"call {PHONE}", "by": f"Wanjiku {PHONE}", field: words}
    with pytest.raises(InvalidInput, match=field) as caught:
        shop.checkout.resolve(payment.key, paid=True, **given)
    assert set(caught.value.faults) == {field}
    assert digits_shown(PHONE, everything_shown(caught.value)) == []
    assert shop.now(payment) == payment


def test_every_fault_is_named_at_once() -> None:
    shop = a_shop()
    payment = shop.start()
    with pytest.raises(InvalidInput) as caught:
        shop.checkout.resolve(payment.key, paid=1, note="", by="")  # type: ignore[arg-type]  # wrong on purpose

    assert set(caught.value.faults) == {"paid", "note", "by"}


def test_a_note_may_have_several_lines_and_its_phone_numbers_are_masked() -> None:
    shop = a_shop()
    payment = shop.start()
    note = f"asked at the counter:\n\tit was {PHONE}"
    transition = shop.checkout.resolve(payment.key, paid=False, note=note, by="Wanjiku")

    assert shop.store.history(payment.key)[-1].note == note
    assert digits_shown(PHONE, repr(transition)) == []


def test_an_unknown_payment_cannot_be_decided() -> None:
    shop = a_shop()
    payment = shop.start()
    other = a_shop(store=shop.store, config=settings(business=TILL))
    for key in (PHONE, payment.key):
        with pytest.raises(UnknownPayment) as caught:
            other.checkout.resolve(key, paid=True, note="paid", by="Wanjiku")
        assert digits_shown(PHONE, everything_shown(caught.value)) == []
    assert shop.now(payment) == payment


# Waiting


def test_wait_queries_when_a_check_is_due_until_the_customer_has_answered() -> None:
    shop = shop_where(attrs.evolve(NO_CALLBACK, after=40))
    payment = shop.start()
    after = shop.checkout.wait(payment.key)

    assert after.paid
    assert after == shop.now(payment)
    assert shop.queries == 2
    assert len(shop.told) == 1
    assert shop.clock.slept == [1.0] * 90


def test_wait_ends_on_time_and_the_payment_stays_open() -> None:
    shop = shop_where(NEVER_RESOLVED)
    payment = shop.start()
    after = shop.checkout.wait(payment.key, timeout=10.5)

    assert after == payment
    assert shop.clock.slept == [1.0] * 10 + [0.5]
    assert shop.checkout.wait(payment.key, timeout=0) == payment
    assert shop.queries == 0


def test_wait_returns_a_settled_payment_at_once() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment)

    assert shop.checkout.wait(payment.key).paid
    assert shop.clock.slept == []


def test_wait_returns_an_answer_of_the_last_moment() -> None:
    shop = shop_where(NO_CALLBACK)
    payment = shop.start()
    shop.clock.advance(29)

    assert shop.checkout.wait(payment.key, timeout=1).paid
    assert shop.clock.slept == [1.0]


def test_wait_ends_when_safaricom_can_give_no_answer_any_more() -> None:
    shop = shop_where(NEVER_RESOLVED)
    payment = shop.start()

    assert shop.checkout.wait(payment.key, timeout=inf).status is Status.UNCONFIRMED
    assert shop.checkout.wait(payment.key, timeout=inf).status is Status.UNCONFIRMED
    assert sum(shop.clock.slept) < 1000


def test_wait_needs_a_second_query_after_one_denial() -> None:
    shop = shop_where(attrs.evolve(QUERY_CONTRADICTS, callbacks=()))
    payment = shop.start()
    after = shop.checkout.wait(payment.key, timeout=300)

    assert after.status is Status.TIMEOUT
    assert after.next_check_at is None
    assert shop.queries == 2


def test_wait_queries_a_silent_daraja_again_when_the_next_check_is_due() -> None:
    shop = shop_where(NO_CALLBACK)
    payment = shop.start()
    shop.simulator.respond_with(NotSent("no route"))

    assert shop.checkout.wait(payment.key, timeout=45).status is Status.INITIATED
    shop.simulator.respond_with(None)
    assert shop.checkout.wait(payment.key, timeout=120).paid


def test_wait_only_reads_while_another_process_checks() -> None:
    store = RacingStore()
    shop = a_shop(store=store, engine=Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: NO_CALLBACK}))
    payment = shop.start()
    shop.clock.advance(30)
    store.faster["check"] = shop.checkout.reconcile

    assert shop.checkout.wait(payment.key).paid
    assert shop.queries == 1
    assert len(shop.told) == 1


@pytest.mark.parametrize("timeout", [-1, nan, "5", None])
def test_an_invalid_timeout_is_refused(timeout: float) -> None:
    shop = a_shop()
    payment = shop.start()
    with pytest.raises(InvalidInput, match="timeout"):
        shop.checkout.wait(payment.key, timeout=timeout)


# Putting away


def test_an_unmatched_callback_can_be_dismissed_and_purged_then() -> None:
    shop = a_shop()
    shop.checkout.receive(callback_body({"CheckoutRequestID": "ws_CO_1", "ResultCode": 0}))
    (callback_id,) = shop.checkout.reconcile().unmatched
    shop.clock.advance(90 * 24 * 3600)
    assert shop.checkout.purge_callbacks(timedelta(days=1)) == 0

    shop.checkout.dismiss(callback_id, note="a test of Safaricom's")
    assert shop.left_over() == []
    assert shop.checkout.purge_callbacks(timedelta(days=1)) == 1
    assert shop.checkout.reconcile().unmatched == ()


@pytest.mark.parametrize("note", WRONG_WORDS)
def test_a_dismissal_needs_a_reason(note: str) -> None:
    shop = a_shop()
    shop.checkout.receive(callback_body({"ResultCode": 0}))
    (callback_id,) = shop.checkout.reconcile().unmatched
    with pytest.raises(InvalidInput, match="note") as caught:
        shop.checkout.dismiss(callback_id, note=note)

    assert digits_shown(PHONE, everything_shown(caught.value)) == []
    assert shop.checkout.reconcile().unmatched == (callback_id,)


@pytest.mark.parametrize("callback_id", ["", "7", "none of ours", "1 "])
def test_only_an_unprocessed_callback_can_be_dismissed(callback_id: str) -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment)
    for _ in range(3):
        shop.checkout.receive(callback_body({"ResultCode": 0}))
    before = shop.left_over()
    with pytest.raises(InvalidInput, match=r"callback_id: .* reconcile lists them as unmatched"):
        shop.checkout.dismiss(callback_id, note="a slip of the pen")
    with pytest.raises(InvalidInput, match="left over"):
        shop.checkout.dismiss("1", note="it was heard")

    assert shop.left_over() == before


def test_one_of_very_many_callbacks_can_be_dismissed() -> None:
    shop = a_shop()
    for _ in range(1001):
        shop.checkout.receive(callback_body({"ResultCode": 0}))
    shop.checkout.dismiss("1001", note="the last of a flood")

    assert len(shop.left_over()) == 1000


# Clearing up


def test_only_processed_callbacks_are_purged() -> None:
    shop = a_shop()
    heard, doubtful, unreadable = (shop.start(phone=f"25471234560{number}") for number in range(3))
    shop.claim(heard)
    shop.claim(heard)
    shop.claim(doubtful, amount=499)
    shop.claim(unreadable, b"{")
    shop.checkout.receive(callback_body({"ResultCode": 0}))
    shop.checkout.receive(b"[")
    shop.clock.advance(3600)

    assert shop.checkout.purge_callbacks(timedelta(hours=2)) == 0
    assert shop.checkout.purge_callbacks(timedelta(hours=1)) == 0
    assert shop.checkout.purge_callbacks(timedelta(minutes=59)) == 3
    assert [callback.key for callback in shop.left_over()] == [unreadable.key, None]
    shop.checkout.resolve(doubtful.key, paid=False, note="it was another order", by="Wanjiku")
    assert shop.checkout.purge_callbacks(timedelta(minutes=59)) == 1
    assert shop.now(heard).paid


def test_more_callbacks_than_a_page_are_purged() -> None:
    shop = a_shop()
    for number in range(21):
        payment = shop.start(reference=f"ORD-{number}", phone=f"2547123456{number:02}")
        for _ in range(100):
            shop.claim(payment)
    shop.clock.advance(1)

    assert shop.checkout.purge_callbacks(timedelta(0)) == 2100


def test_a_callback_that_waits_for_confirmation_stays() -> None:
    shop = a_shop(confirm=True)
    payment = shop.start()
    shop.claim(payment)
    shop.clock.advance(60)
    assert shop.checkout.purge_callbacks(timedelta(0)) == 0

    shop.engine.answer(PHONE, Answer.PAY, shop.clock.now() - timedelta(seconds=59))
    shop.checkout.reconcile()
    assert shop.checkout.purge_callbacks(timedelta(0)) == 1


@pytest.mark.parametrize("older_than", [timedelta(-1), 90, None, "90"])
def test_an_invalid_age_is_refused(older_than: timedelta) -> None:
    with pytest.raises(InvalidInput, match="older_than"):
        a_shop().checkout.purge_callbacks(older_than)


def test_an_age_beyond_the_calendar_purges_nothing() -> None:
    shop = a_shop()
    shop.checkout.receive(b"[")

    assert shop.checkout.purge_callbacks(timedelta.max) == 0


# By the order of writing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behind", [1, 300, 86_400])
def test_the_decision_that_is_written_last_counts_also_if_its_clock_is_behind(behind: float) -> None:
    shop = a_shop()
    payment = shop.start()
    shop.clock.advance(behind)
    shop.checkout.resolve(payment.key, paid=True, note="on the statement", by="Jane")
    earlier = a_shop(store=shop.store, clock=ManualClock(shop.clock.now() - timedelta(seconds=behind)))
    transition = earlier.checkout.resolve(payment.key, paid=False, note="it was another order", by="Peter")

    assert transition.changed
    assert not shop.now(payment).paid
    assert shop.events(payment)[-2:] == ["notified", "person not paid"]
    back = earlier.checkout.resolve(payment.key, paid=True, note="it was not", by="Jane").after
    assert (back.paid, back.resolution and back.resolution.note) == (True, "it was not")


# Denied by Safaricom --------------------------------------------------------------------------------------------------


def cancelled(payment: Payment, code: int = 1032) -> bytes:
    return callback_body({"CheckoutRequestID": payment.checkout_request_id, "ResultCode": code})


def test_a_denial_that_comes_to_a_success_needs_a_person_once() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment)
    for _ in range(3):
        shop.claim(payment, cancelled(payment))
    after = shop.now(payment)

    assert (after.status, after.needs_review, after.paid) == (Status.SUCCESS, True, False)
    assert shop.events(payment)[-1] == "callback cancelled"
    assert shop.checkout.reconcile().conflicts == (payment.key,)
    shop.checkout.resolve(payment.key, paid=True, note="it is on the statement", by="Jane")
    shop.claim(payment, cancelled(payment))
    assert shop.now(payment).paid  # the person knew of it
    assert len(shop.told) == 1


def test_a_denial_from_before_the_success_changes_nothing_after_it() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment, cancelled(payment, 1037))
    shop.claim(payment)
    shop.claim(payment, cancelled(payment, 1037))

    assert shop.now(payment).paid
    assert shop.checkout.reconcile().conflicts == ()


def test_safaricom_may_contradict_a_person_or_agree() -> None:
    shop = a_shop()
    said_paid, said_unpaid = shop.start(), shop.start(phone="254712345679", reference="ORD-2")
    shop.checkout.resolve(said_paid.key, paid=True, note="on the statement", by="Jane")
    shop.claim(said_paid, cancelled(said_paid))
    assert shop.now(said_paid).needs_review

    shop.claim(said_unpaid)
    shop.checkout.resolve(said_unpaid.key, paid=False, note="Safaricom reversed it", by="Jane")
    shop.claim(said_unpaid, cancelled(said_unpaid))
    assert not shop.now(said_unpaid).needs_review
    assert not shop.now(said_unpaid).paid


def test_an_unsigned_denial_contradicts_nothing() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment)
    shop.checkout.receive(cancelled(payment))

    assert shop.now(payment).paid


# One receipt pays once ------------------------------------------------------------------------------------------------


def test_a_receipt_that_a_person_enters_is_a_fact() -> None:
    shop = a_shop()
    payment = shop.start()
    after = shop.checkout.resolve(payment.key, paid=True, note="cash desk", by="Jane", receipt=" uaf7kkkkkk ").after

    assert (after.paid, after.receipt) == (True, "UAF7KKKKKK")
    assert shop.store.find("receipt", "UAF7KKKKKK", "simulator") == shop.now(payment)


def test_one_receipt_pays_once() -> None:
    shop = a_shop()
    first, second, third = (shop.start(phone=f"25471234567{number}", reference=f"ORD-{number}") for number in range(3))
    shop.claim(first, receipt="UAF7KKKKKK")
    with pytest.raises(InvalidInput, match=f"receipt: belongs to payment {first.key} already"):
        shop.checkout.resolve(second.key, paid=True, note="on the statement", by="Jane", receipt="UAF7KKKKKK")
    assert not shop.now(second).paid

    shop.claim(third, receipt="UAF7KKKKKK")
    after = shop.now(third)
    assert (after.paid, after.receipt) == (False, None)
    assert after.conflicts == {"receipt=UAF7KKKKKK"}
    assert [one.key for one in shop.told] == [first.key]


@pytest.mark.parametrize("spelling", ["uaf7kkkkkk", " UAF7KKKKKK ", "UAF7kkkkkk\n"])
def test_one_receipt_pays_once_in_any_spelling_of_a_callback(spelling: str) -> None:
    shop = a_shop()
    first, second = (shop.start(phone=f"25471234567{number}", reference=f"ORD-{number}") for number in range(2))
    shop.checkout.resolve(first.key, paid=True, note="the customer's message", by="Jane", receipt="UAF7KKKKKK")
    shop.claim(second, receipt=spelling)

    after = shop.now(second)
    assert (after.paid, after.receipt) == (False, None)
    assert after.conflicts == {"receipt=UAF7KKKKKK"}


def test_a_blank_receipt_is_no_receipt_so_two_payments_may_have_it() -> None:
    shop = a_shop()
    payments = [shop.start(phone=f"25471234567{number}", reference=f"ORD-{number}") for number in range(2)]
    for payment in payments:
        shop.claim(payment, receipt="  ")

    assert [(shop.now(payment).paid, shop.now(payment).receipt) for payment in payments] == [(True, None)] * 2


def test_two_people_who_enter_one_receipt_at_the_same_time_pay_once() -> None:
    store = RacingStore()
    shop = a_shop(store=store)
    first, second = shop.start(), shop.start(phone="254712345679", reference="ORD-2")

    def enter(payment: Payment) -> None:
        shop.checkout.resolve(payment.key, paid=True, note="on the statement", by="Jane", receipt="UAF7KKKKKK")

    store.faster["person paid"] = lambda: enter(first)
    with pytest.raises(InvalidInput, match="a receipt pays once"):
        enter(second)
    assert (shop.now(first).paid, shop.now(second).paid) == (True, False)


@pytest.mark.parametrize("receipt", ["", "UAF", "UAF7-KKKKK", "254712345678901", 7])
def test_an_invalid_receipt_is_refused(receipt: Any) -> None:  # noqa: ANN401 - of any type
    shop = a_shop()
    payment = shop.start()
    with pytest.raises(InvalidInput, match="receipt: is not a receipt number"):
        shop.checkout.resolve(payment.key, paid=True, note="on the statement", by="Jane", receipt=receipt)


def test_a_receipt_needs_a_paid_decision_and_never_replaces_m_pesa_s() -> None:
    shop = a_shop()
    payment = shop.start()
    with pytest.raises(InvalidInput, match="although it was not paid"):
        shop.checkout.resolve(payment.key, paid=False, note="nothing there", by="Jane", receipt="UAF7KKKKKK")
    shop.claim(payment, receipt="UAF7KKKKKK")
    with pytest.raises(InvalidInput, match="is not the one that M-Pesa gave"):
        shop.checkout.resolve(payment.key, paid=True, note="on the statement", by="Jane", receipt="UAF8KKKKKK")
