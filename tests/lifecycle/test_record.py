"""What is kept beside a payment says what it has to, and no more than may be seen."""

from datetime import timedelta

import attrs
import pytest

from daraja import Status
from daraja.lifecycle.evidence import Source
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.reconcile import Report
from daraja.lifecycle.record import Account, Record
from daraja.lifecycle.transitions import Transition
from daraja.payments.model import Payment
from tests.support.numbers import digits_shown
from tests.support.payments import START, a_payment, with_facts
from tests.support.scripted import PHONE


def test_a_repr_shows_neither_a_stored_body_nor_a_person_s_words() -> None:
    callback = ReceivedCallback(
        account=Account("simulator", "600111"),
        key=None,
        body=PHONE.encode(),
        received_at=START,
        limit=1,
    )
    entry = HistoryEntry(
        key="0" * 32,
        at=START,
        event="person paid",
        by="Wanjiku",
        note=f"called {PHONE}",
        before=Status.PENDING,
        after=Status.SUCCESS,
    )

    assert digits_shown(PHONE, f"{callback!r} {entry!r}") == []
    assert "600111" in repr(callback)
    assert "Wanjiku" in repr(entry)


@pytest.mark.parametrize(
    "after",
    [
        attrs.evolve(a_payment(), updated_at=START + timedelta(1)),
        attrs.evolve(a_payment(), next_check_at=START),
        attrs.evolve(a_payment(), checks=1),
        attrs.evolve(a_payment(), notified_at=START),
        attrs.evolve(a_payment(), version=7),
    ],
)
def test_scheduling_fields_do_not_count_as_a_change(after: Payment) -> None:
    assert not Transition(a_payment(), after).changed
    assert not Transition(a_payment(), after).became_success


@pytest.mark.parametrize(
    "after",
    [
        attrs.evolve(a_payment(), status=Status.INITIATED),
        with_facts(a_payment(), checkout_request_id="ws_CO_1"),
        with_facts(a_payment(), receipt="UAF1AAAAAA"),
        attrs.evolve(a_payment(), conflicts=frozenset({"amount=499"})),
        attrs.evolve(a_payment(), decided_by=Source.QUERY),
        attrs.evolve(a_payment(), denied_at={"clock": (START, START)}),
        attrs.evolve(a_payment(), succeeded_at=START),
    ],
)
def test_every_new_fact_counts_as_a_change(after: Payment) -> None:
    assert Transition(a_payment(), after).changed


def test_became_success_is_true_only_for_the_transition_to_success() -> None:
    success = attrs.evolve(a_payment(), status=Status.SUCCESS, succeeded_at=START)
    doubtful = attrs.evolve(a_payment(), status=Status.SUCCESS)

    assert Transition(a_payment(), success).became_success
    assert Transition(doubtful, success).became_success  # a person said so
    assert not Transition(success, success).became_success
    assert not Transition(a_payment(), doubtful).became_success


@pytest.mark.parametrize(
    ("before", "after", "report"),
    [
        (Status.INITIATED, Status.SUCCESS, Report(succeeded=2, settled=1)),
        (Status.INITIATED, Status.FAILED, Report(succeeded=1, settled=2)),
        (Status.INITIATED, Status.INITIATED, Report(succeeded=1, settled=1)),
    ],
)
def test_a_report_counts_one_payment_once(before: Status, after: Status, report: Report) -> None:
    def at(status: Status) -> Payment:
        succeeded_at = START if status is Status.SUCCESS else None
        return attrs.evolve(a_payment(), status=status, succeeded_at=succeeded_at)

    assert Report(succeeded=1, settled=1).count(Transition(at(before), at(after))) == report


@pytest.mark.parametrize("report", [Report(unconfirmed=("1",)), Report(conflicts=("1",)), Report(unmatched=("1",))])
def test_a_report_says_whether_a_person_is_needed(report: Report) -> None:
    assert report.needs_attention
    assert not Report(asked=3, failed=2, stopped="Slow down").needs_attention


def test_a_kind_that_fixes_nothing_beforehand_expects_nothing() -> None:
    @attrs.frozen(kw_only=True)
    class Plain(Record):
        """A record of a kind without facts of its own."""

    values = {field.alias or "": getattr(a_payment(), field.name) for field in attrs.fields(Record) if field.init}
    assert Plain(**values).expected == {}
