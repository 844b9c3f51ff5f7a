"""Whatever the store or the shop's own function fails to do, nobody is prompted twice, and nothing heard is lost.

As in the tests of crash points each operation is rehearsed, and done again with every effect that the shop carries out
failing by an ordinary exception: before anything is written, after it is written, or with all that come after it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from daraja.errors import RateLimited
from daraja.http.flow import Effect, StoreCall
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.ports import HistoryEntry
from daraja.lifecycle.reconcile import Report
from daraja.payments.model import Payment
from daraja.simulator.gateway import lost
from tests.support.crashes.aftermath import FEW_PLANS, Disturbance, live_on_after_each
from tests.support.crashes.conductor import End
from tests.support.crashes.interruptions import FailedError, failing_at, is_for_the_shop
from tests.support.crashes.ledgers import in_memory
from tests.support.crashes.naming import name_of, named, place
from tests.support.crashes.operations import CASES, EVERY_CASE, Operation
from tests.support.crashes.outcomes import OUTCOMES, Outcome
from tests.support.crashes.shop import Shop

Cases = Mapping[str, tuple[Operation, Outcome]]

STARTS: Final[Cases] = {name: case for name, case in CASES.items() if name.startswith("start")}
RUNS: Final[Cases] = {name: case for name, case in CASES.items() if name.startswith("reconcile")}
RECEIPTS: Final[Cases] = {name: case for name, case in CASES.items() if name.startswith("receive")}


def stumbles(rehearsal: End) -> Iterator[Disturbance]:
    """Let every effect of the shop fail once."""
    for point in points(rehearsal):
        where = place(rehearsal.asked, point)
        yield Disturbance(f"not done {where}", point, failing_at(point, done=False, for_good=False))
        yield Disturbance(f"done, yet failed {where}", point, failing_at(point, done=True, for_good=False))


def failures(rehearsal: End) -> Iterator[Disturbance]:
    """Let every effect of the shop fail, once or together with all that come after it."""
    yield from stumbles(rehearsal)
    for point in points(rehearsal):
        where = place(rehearsal.asked, point)
        yield Disturbance(f"nothing done any more {where}", point, failing_at(point, done=False, for_good=True))


def points(rehearsal: End) -> list[int]:
    return [point for point, effect in enumerate(rehearsal.asked) if is_for_the_shop(effect)]


@pytest.mark.parametrize(("operation", "outcome"), EVERY_CASE)
def test_work_continues_after_the_store_recovers(operation: Operation, outcome: Outcome) -> None:
    live_on_after_each(operation, outcome, in_memory, failures, FEW_PLANS)


@pytest.mark.parametrize(("operation", "outcome"), STARTS.values(), ids=STARTS)
def test_start_returns_the_payment_if_a_prompt_may_be_on_the_phone(operation: Operation, outcome: Outcome) -> None:
    _, rehearsal = operation.attempt(outcome, in_memory())
    for failure in failures(rehearsal):
        with named(failure.name):
            shop, end = operation.attempt(outcome, in_memory(), failure.around)
            if name_of(rehearsal.asked[failure.point]) in {"attempts", "insert"}:
                assert isinstance(end.error, FailedError)
                assert not shop.prompts(shop.purchases[0])
            elif outcome is OUTCOMES["turned away"]:
                assert isinstance(end.error, RateLimited)
                assert end.error.payment is not None
            else:
                assert isinstance(end.answer, Payment)


@pytest.mark.parametrize(("operation", "outcome"), STARTS.values(), ids=STARTS)
def test_start_stores_daraja_s_answer_although_the_store_fails_once(operation: Operation, outcome: Outcome) -> None:
    shop, rehearsal = operation.attempt(outcome, in_memory())
    answered = [prompt.push for prompt in shop.prompts(shop.purchases[0]) if outcome.scenario.reply is not lost]
    said = known(shop)
    assert said[1] == (answered[0].checkout_request_id if answered else None)
    for stumble in stumbles(rehearsal):
        if name_of(rehearsal.asked[stumble.point]) != "insert":
            with named(stumble.name):
                shop, end = operation.attempt(outcome, in_memory(), stumble.around)
                assert known(shop) == said
                assert end.error is not None or end.answer == shop.start(shop.purchases[0])


def known(shop: Shop) -> tuple[object, ...]:
    """Give what the store knows from Daraja of the payment that was started."""
    payment = shop.start(shop.purchases[0])
    return payment.status, payment.checkout_request_id, payment.refusal


@pytest.mark.parametrize(("operation", "outcome"), RECEIPTS.values(), ids=RECEIPTS)
def test_receive_never_raises_and_refuses_only_callbacks_that_were_not_stored(
    operation: Operation, outcome: Outcome
) -> None:
    _, rehearsal = operation.attempt(outcome, in_memory())
    for failure in failures(rehearsal):
        with named(failure.name):
            _, end = operation.attempt(outcome, in_memory(), failure.around)
            assert isinstance(end.answer, Reply)
            assert end.answer.status_code == (503 if name_of(rehearsal.asked[failure.point]) == "record" else 200)


@pytest.mark.parametrize(("operation", "outcome"), RUNS.values(), ids=RUNS)
def test_a_run_counts_failures_and_continues_with_the_rest(operation: Operation, outcome: Outcome) -> None:
    _, rehearsal = operation.attempt(outcome, in_memory())
    for stumble in stumbles(rehearsal):
        with named(stumble.name):
            _, end = operation.attempt(outcome, in_memory(), stumble.around)
            failed = rehearsal.asked[stumble.point]
            if name_of(failed) in {"due", "list", "need_attention", "unprocessed"}:
                assert isinstance(end.error, FailedError)
            else:
                assert isinstance(end.answer, Report)
                # What concerns the shop's own function is told by the log, and tried again.
                of_the_shop = name_of(failed) == "Notify" or is_note_of_notice(failed)
                assert end.answer.failed == (not of_the_shop)


def is_note_of_notice(effect: Effect[Any]) -> bool:  # Any: effects of every type
    if not isinstance(effect, StoreCall):
        return False
    return any(isinstance(one, HistoryEntry) and one.event == "notified" for one in effect.arguments)
