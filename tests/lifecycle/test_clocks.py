"""A span of time counts as passed only where a clock that is wrong cannot have made it up."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, Final

import attrs
from hypothesis import given
from hypothesis import strategies as st

from daraja import Checkout, Daraja, Payment, Status
from daraja.lifecycle.evidence import Reading, Readings, add_reading, has_passed, read_clock
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import HistoryEntry, Unreadable
from daraja.runtime import run
from daraja.stores import MemoryStore
from daraja.testing import ManualClock
from tests.support.scripted import ScriptedAnswer, ScriptedTransport, accepted, settings, token
from tests.support.shops import FailingStore, result_of_query

NOON: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)
SPAN: Final = timedelta(minutes=3)


class OtherClock:
    """The clock of another machine, which tells the same passing of time and another time of day."""

    def __init__(self, clock: ManualClock, ahead: timedelta) -> None:
        self._clock = clock
        self._ahead = ahead

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float, /) -> None:
        self._clock.sleep(seconds)


def readings_of(all_read: list[tuple[str, timedelta]]) -> Readings:
    readings: Readings = {}
    return reduce(lambda known, one: add_reading(Reading(one[0], NOON + one[1]), known), all_read, readings)


moments = st.integers(0, 20).map(lambda minutes: timedelta(minutes=minutes))
errors = st.timedeltas(timedelta(days=-2), timedelta(days=2))
read = st.lists(st.tuples(st.sampled_from("abcd"), moments), max_size=8)


@given(read, st.sampled_from("abcd"), errors)
def test_a_span_that_counts_as_passed_has_passed_with_any_one_wrong_clock(
    all_read: list[tuple[str, timedelta]], wrong: str, error: timedelta
) -> None:
    shown = [(clock, at + error if clock == wrong else at) for clock, at in all_read]
    real = [at for _, at in all_read]

    if has_passed(SPAN, readings_of(shown)):
        assert max(real) - min(real) >= SPAN


@given(read, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_end_in_the_same_readings(
    all_read: list[tuple[str, timedelta]], random: object
) -> None:
    shuffled = all_read + all_read[:3]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random

    assert readings_of(shuffled) == readings_of(all_read)


@given(read, read)
def test_a_span_that_has_passed_stays_passed(
    before: list[tuple[str, timedelta]], then: list[tuple[str, timedelta]]
) -> None:
    if any(last - first >= SPAN for first, last in readings_of(before).values()):
        assert has_passed(SPAN, readings_of(before + then))


def test_three_clocks_that_each_read_once_are_enough() -> None:
    assert not has_passed(SPAN, readings_of([("a", 0 * SPAN), ("b", 1 * SPAN)]))
    assert not has_passed(SPAN, readings_of([("a", 0 * SPAN), ("b", 1 * SPAN), ("c", 1.5 * SPAN)]))
    assert has_passed(SPAN, readings_of([("a", 0 * SPAN), ("b", 1 * SPAN), ("c", 2 * SPAN)]))


def test_a_clock_is_the_same_until_its_time_of_day_is_set() -> None:
    clock = ManualClock()
    same, ahead = OtherClock(clock, timedelta(0)), OtherClock(clock, timedelta(seconds=61))

    def named(clock: ManualClock | OtherClock) -> str:
        return run(read_clock(), Daraja(settings(), transport=ScriptedTransport([]), clock=clock).runtime).clock

    first = named(clock)
    clock.advance(12_345.678)
    assert named(clock) == named(same) == first
    assert named(ahead) != first


# On several machines --------------------------------------------------------------------------------------------------


def machine(store: MemoryStore, clock: ManualClock | OtherClock, *replies: ScriptedAnswer) -> Checkout:
    return Checkout(Daraja(settings(), transport=ScriptedTransport([token(), *replies]), clock=clock), store)


def start(checkout: Checkout) -> Payment:
    return checkout.start(phone="254712345678", amount=500, reference="ORD-1")


def test_two_denials_of_two_clocks_count_as_one() -> None:
    store, clock = MemoryStore(), ManualClock()
    here = machine(store, clock, accepted(), *[result_of_query("1032")] * 3)
    ahead = machine(store, OtherClock(clock, timedelta(seconds=75)), *[result_of_query("1032")] * 3)
    payment = start(here)
    clock.advance(35)
    assert here.reconcile().settled == 1
    clock.advance(2)
    ahead.reconcile()
    assert here.payment(payment.key).denied_once
    clock.advance(30)
    assert not here.may_retry(payment.key)

    clock.advance(40)
    ahead.reconcile()
    assert not here.payment(payment.key).denied_once
    assert here.may_retry(payment.key)


def test_one_machine_that_is_days_ahead_ends_nothing() -> None:
    store, clock = MemoryStore(), ManualClock()
    processing = result_of_query("4999")
    here = machine(store, clock, accepted())
    ahead = machine(store, OtherClock(clock, timedelta(days=3)), *[processing] * 9)
    payment = start(here)
    for _ in range(5):
        clock.advance(30)
        ahead.reconcile()
        after = here.payment(payment.key)
        assert after.status is Status.INITIATED
        assert after.next_check_at is not None

    for _ in range(20):  # by its own clock, the time passes there as everywhere
        clock.advance(60)
        ahead.reconcile()
    assert here.payment(payment.key).status is Status.UNCONFIRMED
    assert here.payment(payment.key).next_check_at is not None


def test_what_a_machine_that_is_a_day_ahead_puts_off_the_others_check_all_the_same() -> None:
    store, clock = MemoryStore(), ManualClock()
    here = machine(store, clock, accepted(), result_of_query("0"))
    ahead = machine(store, OtherClock(clock, timedelta(days=1)), result_of_query("4999"))
    payment = start(here)
    clock.advance(2)
    assert ahead.reconcile().asked == 1
    put_off = here.payment(payment.key).next_check_at
    assert put_off is not None
    assert put_off > clock.now() + timedelta(hours=23)

    clock.advance(60)
    assert here.reconcile().succeeded == 1
    assert here.payment(payment.key).paid


def test_what_somebody_else_brought_forward_meanwhile_stays_and_an_unreadable_row_stops_nothing() -> None:
    clock = ManualClock()

    class Busy(MemoryStore):
        def list(self, which: Filter, limit: int, after: str | None = None, /) -> Any:  # noqa: ANN401 - two kinds of rows
            listed = super().list(which, limit, after)
            for payment in listed:
                near = attrs.evolve(payment, next_check_at=clock.now() + SPAN, version=payment.version + 1)
                entry = HistoryEntry(key=payment.key, at=NOON, event="check", before="pending", after="pending")
                assert self.swap(payment, near, entry)
            return [Unreadable("0" * 32, "it has no status"), *listed]

    store = Busy()
    here = machine(store, clock, accepted())
    payment = start(here)
    far = attrs.evolve(payment, next_check_at=clock.now() + timedelta(days=1), version=payment.version + 1)
    entry = HistoryEntry(key=payment.key, at=clock.now(), event="check", before="initiated", after="initiated")
    assert store.swap(payment, far, entry)
    clock.advance(60)
    assert here.reconcile().asked == 0
    assert here.payment(payment.key).next_check_at == clock.now() + SPAN


def test_a_store_that_does_not_take_it_is_counted_and_stops_nothing() -> None:
    store, clock = FailingStore(), ManualClock()
    here = machine(store, clock, accepted())
    payment = start(here)
    far = attrs.evolve(payment, next_check_at=clock.now() + timedelta(days=1), version=payment.version + 1)
    entry = HistoryEntry(key=payment.key, at=clock.now(), event="check", before="initiated", after="initiated")
    assert store.swap(payment, far, entry)
    store.failing["swap"] = OSError()
    clock.advance(60)
    assert here.reconcile().failed == 1


def test_a_machine_that_is_a_day_behind_asks_no_oftener_than_any_other() -> None:
    store, clock = MemoryStore(), ManualClock()
    here = machine(store, clock, accepted(), *[result_of_query("4999")] * 9)
    behind = machine(store, OtherClock(clock, timedelta(days=-1)), *[result_of_query("4999")] * 99)
    payment = start(here)
    asked = 0
    for _ in range(120):
        clock.advance(30)
        asked += behind.reconcile().asked
        asked += here.reconcile().asked
    assert here.payment(payment.key).status is Status.UNCONFIRMED
    assert 0 < asked <= 2 * 8  # each of them eight times within an hour, by its own clock


def test_waiting_ends_by_the_clock_that_never_jumps() -> None:
    clock = ManualClock()

    class SetBack(OtherClock):
        def now(self) -> datetime:
            return super().now() - timedelta(hours=1) * (clock.monotonic() > 5)

    checkout = machine(MemoryStore(), SetBack(clock, timedelta(0)), accepted())
    payment = start(checkout)
    began = clock.monotonic()
    checkout.wait(payment.key, timeout=20)

    assert clock.monotonic() - began == 20
