"""Open payments are checked again, less and less often; settled payments are not."""

from datetime import datetime, timedelta
from functools import reduce
from typing import Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Checkout, Daraja, Payment, Status
from daraja.lifecycle.evidence import Evidence, Reading, Said, Source, add_reading
from daraja.lifecycle.state_machine import advance, is_settled, next_check, next_delivery
from daraja.payments.model import PROMPT_LIFE
from daraja.stores import MemoryStore
from daraja.testing import ManualClock
from tests.support.payments import START, a_payment, evidence, with_facts
from tests.support.scripted import ScriptedTransport, accepted, settings, token

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
ID: Final = "ws_CO_1"

histories = st.lists(evidence(), max_size=5).map(lambda all_heard: reduce(advance, all_heard, a_payment()))
payments = st.tuples(histories, st.integers(0, 12)).map(lambda pair: attrs.evolve(pair[0], checks=pair[1]))
moments = st.integers(0, 48 * 60).map(lambda minutes: START + minutes * MINUTE)

WINDOW = Payment.kind.timing.window


def payment(status: Status, *, source: Source | None = None, checkout_request_id: str | None = ID) -> Payment:
    return with_facts(a_payment(), status=status, decided_by=source, checkout_request_id=checkout_request_id)


def denied(*minutes: float, before: Payment | None = None) -> Payment:
    """Return a payment with a denial from a query, this number of minutes after its start."""
    denials = [
        Evidence(source=Source.QUERY, said=Said.TIMEOUT, at=START + minute * MINUTE, result_code="1037")
        for minute in minutes
    ]
    return reduce(advance, denials, payment(Status.INITIATED) if before is None else before)


def seen(payment: Payment, *moments: datetime) -> Payment:
    """Return the payment after one clock showed these times during its checks."""
    readings = reduce(lambda known, at: add_reading(Reading("one clock", at), known), moments, payment.readings)
    return attrs.evolve(payment, readings=readings)


@given(payments, moments)
def test_every_open_payment_has_a_next_check_and_no_settled_payment_has_one(payment: Payment, now: datetime) -> None:
    due = next_check(payment, now)

    assert (due is None) is is_settled(payment, now)
    assert due is None or due > now


@given(payments, moments)
def test_a_payment_is_settled_only_when_it_is_decided_or_given_up(payment: Payment, now: datetime) -> None:
    if payment.status in {Status.PENDING, Status.INITIATED}:
        assert not is_settled(payment, now)
    if payment.status is Status.SUCCESS:
        assert is_settled(payment, now)


@given(payments, moments)
def test_a_settled_payment_stays_settled(payment: Payment, now: datetime) -> None:
    if is_settled(payment, now):
        assert is_settled(payment, now + HOUR)


@given(payments, moments)
def test_checks_become_rarer_down_to_one_an_hour(payment: Payment, now: datetime) -> None:
    first, second = next_check(payment, now), next_check(attrs.evolve(payment, checks=payment.checks + 1), now)
    if first is None or second is None:
        assert first is second
        return

    assert first <= second
    assert second <= max(now + HOUR, START + WINDOW)
    if payment.checkout_request_id is not None:
        assert second <= now + HOUR


def test_the_pauses_double_up_to_an_hour() -> None:
    def pause(checks: int) -> float:
        due = next_check(attrs.evolve(payment(Status.INITIATED), checks=checks), START)
        assert due is not None
        return (due - START).total_seconds()

    assert [pause(checks) for checks in range(10)] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_the_first_check_comes_after_a_start_is_over() -> None:
    due = next_check(payment(Status.INITIATED), START)

    assert due is not None
    assert due - START > timedelta(seconds=20)


# Giving up ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.PENDING, Status.INITIATED])
def test_a_payment_without_an_id_is_checked_as_often_as_any_other(status: Status) -> None:
    waiting = payment(status, checkout_request_id=None)

    assert next_check(waiting, START) == START + timedelta(seconds=30)
    assert next_check(attrs.evolve(waiting, checks=2), START) == START + timedelta(minutes=2)


@pytest.mark.parametrize("status", [Status.PENDING, Status.INITIATED])
def test_a_payment_with_an_id_is_queried_until_an_answer_comes(status: Status) -> None:
    now = START + 10 * WINDOW

    assert next_check(attrs.evolve(payment(status), checks=99), now) == now + HOUR


def test_an_unconfirmed_payment_with_an_id_is_queried_until_the_window_ends() -> None:
    can, cannot = payment(Status.UNCONFIRMED), payment(Status.UNCONFIRMED, checkout_request_id=None)

    assert not is_settled(seen(can, START, START + WINDOW - MINUTE), START + WINDOW)
    assert is_settled(seen(can, START, START + WINDOW), START + WINDOW)
    assert is_settled(cannot, START)


def test_a_payment_is_queried_for_a_week_while_daraja_is_silent() -> None:
    silent = attrs.evolve(payment(Status.UNCONFIRMED), unanswered=1)

    assert not is_settled(seen(silent, START, START + 6 * WINDOW), START + 6 * WINDOW)
    assert is_settled(seen(silent, START, START + 7 * WINDOW), START + 7 * WINDOW)


def test_one_clock_that_is_ahead_ends_nothing() -> None:
    given_up = seen(payment(Status.UNCONFIRMED), START)
    ahead = add_reading(Reading("ahead", START + 10 * WINDOW), given_up.readings)

    assert not is_settled(attrs.evolve(given_up, readings=ahead), START + 10 * WINDOW)


def test_a_prompt_lives_for_three_minutes_and_a_payment_for_a_day() -> None:
    assert (PROMPT_LIFE, WINDOW) == (3 * MINUTE, 24 * HOUR)


# Queries err ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT])
@pytest.mark.parametrize("source", [Source.ANSWER, Source.CALLBACK, Source.PERSON])
def test_a_failure_from_any_other_source_than_a_query_is_settled_at_once(status: Status, source: Source) -> None:
    assert is_settled(payment(status, source=source), START)


def test_a_failure_from_one_query_is_queried_again_a_minute_later() -> None:
    once = denied(2)

    assert once.denied_once
    assert next_check(once, START + 2 * MINUTE) == START + 3 * MINUTE
    assert next_check(once, START + 4 * MINUTE) == START + 4.5 * MINUTE


@pytest.mark.parametrize("minutes", [(2, 2), (2, 2.99), (2, 2.2, 2.4, 2.9)])
def test_many_queries_within_a_minute_count_as_one(minutes: tuple[float, ...]) -> None:
    often = denied(*minutes)

    assert often.denied_once
    assert next_check(often, START + 2.99 * MINUTE) == START + 3 * MINUTE


@pytest.mark.parametrize("minutes", [(2, 3), (3, 2), (2, 2.5, 3), (1, 60)])
def test_two_queries_a_minute_apart_settle_it(minutes: tuple[float, ...]) -> None:
    twice = denied(*minutes)

    assert not twice.denied_once
    assert next_check(twice, START + 90 * MINUTE) is None


def test_a_callback_that_says_the_same_settles_it_too() -> None:
    callback = Evidence(source=Source.CALLBACK, said=Said.TIMEOUT, at=START, result_code="1037")

    assert is_settled(advance(denied(2), callback), START + 2 * MINUTE)


def test_after_the_window_one_query_has_to_do() -> None:
    assert is_settled(seen(denied(2), START, START + WINDOW), START + WINDOW)


def test_a_success_from_a_query_needs_no_second_query() -> None:
    paid = advance(payment(Status.INITIATED), Evidence(source=Source.QUERY, said=Said.PAID, at=START))

    assert not paid.denied_once
    assert is_settled(paid, START)


# A success that nobody was told of ------------------------------------------------------------------------------------


def test_a_success_is_delivered_again_until_on_success_works() -> None:
    untold = attrs.evolve(payment(Status.SUCCESS), succeeded_at=START)
    pauses = [next_delivery(attrs.evolve(untold, checks=checks), START) for checks in (0, 1, 2, 99)]

    assert pauses == [START + MINUTE, START + MINUTE, START + 2 * MINUTE, START + HOUR]
    assert next_delivery(attrs.evolve(untold, notified_at=START), START) is None


def test_a_success_without_delivery_stays_due() -> None:
    told: list[str] = []

    def hook(payment: Payment) -> None:
        told.append(payment.key)
        if len(told) == 1:
            raise OSError

    clock, store, transport = ManualClock(), MemoryStore(), ScriptedTransport([token(), accepted()])
    checkout = Checkout(Daraja(settings(), transport=transport, clock=clock), store, on_success=hook)
    key = checkout.start(phone="0712345678", amount=500, reference="A").key
    signed = str(transport.sent()["CallBackURL"]).rstrip("/").rpartition("/")[2]
    checkout.receive({"Body": {"stkCallback": {"ResultCode": 0, "ResultDesc": "Fine"}}}, token=signed)

    clock.advance(59)
    assert store.due(clock.now(), 10) == []
    clock.advance(1)
    assert [payment.key for payment in store.due(clock.now(), 10)] == [key]
    assert checkout.reconcile().delivered == 1
    assert store.due(clock.now() + 10 * WINDOW, 10) == []
    assert told == [key, key]
