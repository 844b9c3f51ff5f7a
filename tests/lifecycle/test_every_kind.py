"""The engine knows no product: the rules hold for payments and for a payout-like kind alike."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial, reduce
from random import Random
from typing import Final, TypeVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Daraja
from daraja.api.addresses import Purpose, sign
from daraja.disbursements import Product
from daraja.http.flow import Effect, Flow, ask
from daraja.lifecycle.callbacks import Reply, receive_callback
from daraja.lifecycle.check_status import refresh
from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.kind import Kind
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.ports import Records
from daraja.lifecycle.reconcile import reconcile
from daraja.lifecycle.record import Account, Record, Resolution
from daraja.lifecycle.resolve import resolve as decide
from daraja.lifecycle.serialization import from_dict, to_dict
from daraja.lifecycle.state_machine import advance, contradict, resolve
from daraja.payments.model import STK
from daraja.runtime import run
from daraja.runtime.base import RecordRuntime
from daraja.stores import MemoryStore
from daraja.testing import ManualClock
from tests.support.disbursements import a_payout_of
from tests.support.payments import START, a_payment, instants, words
from tests.support.payouts import PAYOUT, Payout, PayoutStatus, a_payout
from tests.support.receipts import a_receipt
from tests.support.scripted import ScriptedTransport, settings

T = TypeVar("T")

MAKERS: Final[dict[str, Callable[[], Record]]] = {
    "payment": a_payment,
    "payout-like": a_payout,
    "receipt": a_receipt,
    **{product.value: partial(a_payout_of, product) for product in Product},
}
VALUES: Final = ("1", "500", "1200", "254712345678", "AG_1", "UAF1AAAAAA")


def _evidence(
    pair: tuple[Source, Said], at: datetime, facts: dict[str, str | None], code: str | None, text: str
) -> Evidence:
    return Evidence(source=pair[0], said=pair[1], at=at, facts=facts, result_code=code, result_description=text)


def evidence_for(kind: Kind) -> st.SearchStrategy[Evidence]:
    """Anything that the kind can learn, with facts that fit and facts that contradict."""
    names = st.sampled_from([*kind.unique, "amount", "receiver", "receipt"])
    return st.builds(
        _evidence,
        st.sampled_from(sorted(kind.transitions)),
        instants,
        st.dictionaries(names, st.sampled_from(VALUES), max_size=3),
        st.sampled_from([None, "0", "1", "1032", "1037", "7777"]),
        words,
    )


def resolutions() -> st.SearchStrategy[Resolution]:
    return st.builds(Resolution, paid=st.booleans(), note=words, by=st.sampled_from(["Wanjiku", "Otieno"]), at=instants)


@attrs.frozen
class Foreign:
    """Evidence of which one unique fact belongs to another record."""

    evidence: Evidence


def heard_of(kind: Kind) -> st.SearchStrategy[Evidence | Foreign]:
    foreign = evidence_for(kind).map(
        lambda one: Foreign(attrs.evolve(one, facts={**one.facts, kind.unique[0]: "belongs to another"}))
    )
    return st.one_of(evidence_for(kind), foreign)


def steps(kind: Kind) -> st.SearchStrategy[Evidence | Resolution | Foreign]:
    return st.one_of(heard_of(kind), resolutions())


def learn(record: Record, one: Evidence | Resolution | Foreign) -> Record:
    match one:
        case Resolution():
            return resolve(record, one)
        case Foreign(evidence):
            return contradict(record, evidence, frozenset({record.kind.unique[0]}))
        case _:
            return advance(record, one)


def after(make: Callable[[], Record], everything: Sequence[Evidence | Resolution | Foreign]) -> Record:
    return reduce(learn, everything, make())


every_kind = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@every_kind
@given(data=st.data(), random=st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_end_the_same(
    make: Callable[[], Record], data: st.DataObject, random: Random
) -> None:
    everything = data.draw(st.lists(heard_of(make().kind), max_size=6))
    shuffled = everything + everything[: len(everything) // 2]
    random.shuffle(shuffled)

    assert after(make, shuffled) == after(make, everything)


@every_kind
@given(data=st.data())
def test_a_record_only_climbs_and_loses_no_fact(make: Callable[[], Record], data: st.DataObject) -> None:
    kind = make().kind
    before = after(make, data.draw(st.lists(steps(kind), max_size=5)))
    now = learn(before, data.draw(steps(kind)))

    assert kind.ranks[now.status] >= kind.ranks[before.status]
    assert now.conflicts >= before.conflicts
    assert now.facts.keys() >= before.facts.keys()
    assert before.resolution is None or now.resolution is not None


@every_kind
@given(data=st.data())
def test_a_contradiction_is_never_fulfilled_by_itself(make: Callable[[], Record], data: st.DataObject) -> None:
    record = after(make, data.draw(st.lists(evidence_for(make().kind), max_size=6)))

    assert not (record.conflicts and record.paid)
    assert not record.paid or record.is_success


@every_kind
@given(data=st.data())
def test_a_record_is_the_same_after_storing(make: Callable[[], Record], data: st.DataObject) -> None:
    record = after(make, data.draw(st.lists(steps(make().kind), max_size=5)))

    assert from_dict(type(record), json.loads(json.dumps(to_dict(record)))) == record


def test_only_facts_that_identify_one_record_are_unique() -> None:
    assert (STK.unique, PAYOUT.unique) == (("checkout_request_id", "receipt"), ("conversation_id", "receipt"))


# The engine, with a payout in a store


class Till:
    """Payouts in a store, with a clock, and a hook that hears of each one that is paid."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.store = MemoryStore()
        self.paid: list[str] = []
        daraja = Daraja(settings(), transport=ScriptedTransport([]), clock=self.clock)
        self.policy = Policy(records=Payout, config=settings(), account=Account.of(settings()), has_listener=True)
        self.runtime = RecordRuntime(
            runtime=daraja.runtime, store=self.store, on_success=lambda payout: self.paid.append(payout.key)
        )

    def run(self, flow: Flow[T] | Effect[T]) -> T:
        return run(flow, self.runtime)

    def insert(self) -> Payout:
        payout = attrs.evolve(a_payout(), next_check_at=START + timedelta(minutes=2))
        self.run(ask(Records.insert, payout))
        return payout

    def now(self, payout: Payout) -> Record:
        found = self.run(ask(Records.load, payout.key))
        assert found is not None
        return found

    def receive(self, payout: Payout, /, **fields: str) -> Reply[Payout]:
        token = sign(settings(), Purpose.RESULT, payout.key)
        return self.run(receive_callback(json.dumps(fields).encode(), token, "", self.policy))


def test_a_payout_is_paid_once_by_its_signed_result() -> None:
    till = Till()
    payout = till.insert()
    paid = {"said": "paid", "receipt": "UAF1AAAAAA", "amount": "1200", "receiver": "254712345678"}
    replies = [till.receive(payout, **paid) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [200, 200, 200]
    assert till.now(payout).status is PayoutStatus.PAID
    assert till.paid == [payout.key]
    assert [reply.transition is not None and reply.transition.became_success for reply in replies] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("wrong", [{"amount": "1199"}, {"receiver": "254700000000"}])
def test_another_amount_or_receiver_is_a_conflict_and_not_fulfilled(wrong: dict[str, str]) -> None:
    till = Till()
    payout = till.insert()
    till.receive(payout, said="paid", receipt="UAF1AAAAAA", **wrong)

    (name, value), *_ = wrong.items()
    assert till.now(payout).conflicts == {f"{name}={value}"}
    assert till.paid == []
    assert till.run(reconcile(100, till.policy)).conflicts == (payout.key,)


def test_a_token_of_another_purpose_proves_nothing() -> None:
    till = Till()
    payout = till.insert()
    token = sign(settings(), Purpose.PAYMENT, payout.key)
    reply = till.run(receive_callback(b'{"said": "paid", "receipt": "UAF1AAAAAA"}', token, "", till.policy))

    assert reply.status_code == 404
    assert till.now(payout).status is PayoutStatus.PENDING


def test_a_kind_writes_its_own_reply() -> None:
    till = Till()

    assert json.loads(till.receive(till.insert(), said="processing").body) == {"seen": True}


def test_a_query_that_is_answered_by_callback_leaves_the_record_waiting() -> None:
    till = Till()
    payout = till.insert()
    till.receive(payout, said="processing", conversation_id="AG_1")
    till.clock.advance(3600)
    report = till.run(reconcile(100, till.policy))

    assert (report.asked, report.failed, report.settled) == (1, 0, 0)
    assert till.now(payout).status is PayoutStatus.ACCEPTED
    assert till.run(refresh(payout.key, till.policy)).changed is False
    till.clock.advance(24 * 3600)
    till.run(reconcile(100, till.policy))
    assert till.now(payout).status is PayoutStatus.UNCONFIRMED


def test_a_person_decides_about_a_payout_as_about_a_payment() -> None:
    till = Till()
    payout = till.insert()
    transition = till.run(decide(payout.key, till.policy, paid=True, note="on the statement", by="Wanjiku"))

    assert transition.became_success
    assert till.paid == [payout.key]


def test_a_receipt_of_another_payout_is_a_conflict() -> None:
    till = Till()
    first, second = till.insert(), attrs.evolve(a_payout(key="e" * 32))
    till.run(ask(Records.insert, second))
    till.receive(first, said="paid", receipt="UAF1AAAAAA")
    till.receive(second, said="paid", receipt="UAF1AAAAAA")

    assert till.now(second).conflicts == {"receipt=UAF1AAAAAA"}
    assert till.paid == [first.key]


def test_a_callback_that_no_kind_can_read_waits_for_a_person() -> None:
    till = Till()
    payout = till.insert()
    reply = till.receive(payout, nonsense="yes")

    assert reply.status_code == 200
    assert len(till.run(reconcile(100, till.policy)).unmatched) == 1


@pytest.mark.parametrize("kind", [STK, PAYOUT], ids=["payment", "payout"])
def test_every_source_has_a_status_for_its_evidence_of_payment(kind: Kind) -> None:
    assert kind.transitions[Source.PERSON, Said.PAID] is kind.success
    assert kind.transitions[Source.CALLBACK, Said.PAID] is kind.success
    assert kind.transitions[Source.GIVING_UP, Said.NOTHING] is kind.stopped
    assert kind.denied < set(kind.statuses)
