"""A payment only climbs; the order and the repetition of evidence do not matter."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import reduce
from itertools import permutations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.record import Resolution
from daraja.lifecycle.state_machine import advance, contradict, resolve
from daraja.payments.model import LADDER, Payment, Status
from tests.support.payments import START, a_payment, evidence, evidence_of, resolutions


@attrs.frozen
class Foreign:
    """Evidence with the CheckoutRequestID of another payment."""

    evidence: Evidence


def naming(evidence: Evidence, checkout_request_id: str) -> Evidence:
    return attrs.evolve(evidence, facts={**evidence.facts, "checkout_request_id": checkout_request_id})


Heard = Evidence | Foreign
Told = Heard | Resolution
foreign = st.tuples(evidence(), st.sampled_from(["ws_CO_8", "ws_CO_9"])).map(
    lambda pair: Foreign(naming(pair[0], pair[1]))
)
heard = st.one_of(evidence(), foreign)


def hear(payment: Payment, one: Told) -> Payment:
    match one:
        case Resolution():
            return resolve(payment, one)
        case Foreign(evidence):
            return contradict(payment, evidence, frozenset({"checkout_request_id"}))
        case _:
            return advance(payment, one)


def after(all_heard: Sequence[Told]) -> Payment:
    return reduce(hear, all_heard, a_payment())


@given(st.lists(heard, max_size=6), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_end_the_same(all_heard: list[Heard], random: object) -> None:
    shuffled = all_heard + all_heard[: len(all_heard) // 2]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random

    assert after(shuffled) == after(all_heard)


told = st.one_of(heard, resolutions())


@given(st.lists(told, max_size=5), told)
def test_no_evidence_lowers_a_payment_or_removes_a_fact(all_heard: list[Told], one: Told) -> None:
    before = after(all_heard)
    now = hear(before, one)

    assert Payment.kind.ranks[now.status] >= Payment.kind.ranks[before.status]
    assert now.conflicts >= before.conflicts
    for fact in ("merchant_request_id", "checkout_request_id", "receipt", "decided_by", "resolution"):
        assert getattr(before, fact) is None or getattr(now, fact) is not None


@given(st.lists(evidence(), max_size=6))
def test_a_success_is_never_undone(all_heard: list[Evidence]) -> None:
    paid = evidence_of(source=Source.CALLBACK, said=Said.PAID, at=START, receipt="UAF1AAAAAA", amount=Decimal(500))

    assert after([paid, *all_heard]).status is Status.SUCCESS
    assert after([*all_heard, paid]).status is Status.SUCCESS


@pytest.mark.parametrize("source", [Source.CALLBACK, Source.QUERY])
def test_giving_up_keeps_the_code_and_the_words(source: Source) -> None:
    unknown = Evidence(
        source=source, said=Said.UNRECOGNISED, at=START, result_code="7777", result_description="Customer debited."
    )
    busy = Evidence(source=Source.QUERY, said=Said.PROCESSING, at=START, result_code="4999", result_description="Wait.")
    up = Evidence(source=Source.GIVING_UP, said=Said.NOTHING, at=START)
    for order in permutations([unknown, busy, up]):
        payment = after(order)
        assert (payment.status, payment.decided_by) == (Status.UNCONFIRMED, Source.GIVING_UP)
        assert (payment.result_code, payment.result_description) == ("7777", "Customer debited.")


@given(st.lists(evidence().filter(lambda one: "receipt" not in one.facts), max_size=4), st.data())
def test_a_late_receipt_is_filled_in(all_heard: list[Evidence], data: st.DataObject) -> None:
    late = evidence_of(source=Source.CALLBACK, said=Said.PAID, at=START, receipt="UAF9ZZZZZZ")
    place = data.draw(st.integers(0, len(all_heard)))

    assert after([*all_heard[:place], late, *all_heard[place:]]).receipt == "UAF9ZZZZZZ"


@given(st.lists(evidence(), max_size=6))
def test_a_contradiction_is_never_paid_by_itself(all_heard: list[Evidence]) -> None:
    payment = after(all_heard)
    amounts = {one.facts["amount"] for one in all_heard if "amount" in one.facts}
    requests = {one.facts["merchant_request_id"] for one in all_heard if "merchant_request_id" in one.facts}
    ids = {one.facts["checkout_request_id"] for one in all_heard if "checkout_request_id" in one.facts}
    receipts = {one.facts["receipt"] for one in all_heard if "receipt" in one.facts}
    claimed_in_vain = payment.claimed_at is not None and payment.status in {Status.TIMEOUT, Status.FAILED}
    contradictory = bool(amounts - {"500"}) or max(map(len, (requests, ids, receipts))) > 1 or claimed_in_vain

    assert payment.needs_review is contradictory
    assert payment.paid is (payment.status is Status.SUCCESS and not contradictory)


@given(st.lists(evidence(), max_size=4), resolutions(), st.lists(evidence(), max_size=3))
def test_a_person_s_decision_stands_until_something_new_contradicts(
    first: list[Evidence], decision: Resolution, then: list[Evidence]
) -> None:
    payment = after([*first, decision, *then])

    if payment.paid:
        assert decision.paid
        assert payment.status is Status.SUCCESS
        assert payment.conflicts <= decision.conflicts
    if not decision.paid:
        assert not payment.paid


@given(st.lists(evidence(), max_size=4), foreign, st.lists(evidence(), max_size=3))
def test_the_id_of_another_payment_is_never_stored_and_always_needs_a_person(
    first: list[Evidence], one: Foreign, then: list[Evidence]
) -> None:
    payment = after([*first, one, *then])
    named = one.evidence.facts["checkout_request_id"]
    facts = {name: value for name, value in one.evidence.facts.items() if name != "checkout_request_id"}
    without_id = attrs.evolve(one.evidence, facts=facts)

    assert f"checkout_request_id={named}" in payment.conflicts
    assert payment.checkout_request_id != named
    assert payment.needs_review
    assert not payment.paid
    # The other facts count, because the callback came to this payment's address.
    assert payment.status is after([*first, without_id, *then]).status


not_paid = resolutions().map(lambda decision: attrs.evolve(decision, paid=False))
money = evidence().filter(lambda one: one.said is Said.PAID)


@given(st.lists(evidence(), max_size=4), not_paid, money, st.randoms(use_true_random=False))
def test_a_success_and_a_decision_not_paid_need_a_person_in_any_order(
    others: list[Evidence], decision: Resolution, paid: Evidence, random: object
) -> None:
    all_heard: list[Told] = [*others, decision, paid]
    random.shuffle(all_heard)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    payment = after(all_heard)

    assert payment.status is Status.SUCCESS
    assert not payment.paid
    claimed_later = payment.claimed_at is not None and not decision.claimed
    assert payment.needs_review is (
        decision.status != Status.SUCCESS or claimed_later or bool(payment.conflicts - decision.conflicts)
    )


@given(st.lists(st.one_of(evidence(), foreign), max_size=5), resolutions(), st.booleans())
def test_a_decision_on_all_known_facts_settles_a_payment(
    all_heard: list[Heard],
    earlier: Resolution,
    paid: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    before = after([*all_heard, earlier])
    later = Resolution(
        paid=paid,
        note="on the statement",
        by="Wanjiku",
        at=earlier.at + timedelta(minutes=1),
        status=before.status,
        conflicts=before.conflicts,
        claimed=before.claimed_at is not None,
    )
    payment = resolve(before, later)

    assert payment.resolution == later
    assert not payment.needs_attention
    assert payment.paid is paid


@given(st.lists(st.one_of(resolutions(), evidence()), max_size=4), resolutions())
def test_the_decision_that_is_written_last_counts_with_any_clocks(before: list[Told], decision: Resolution) -> None:
    earlier = after(before).resolution
    counts = after([*before, decision]).resolution
    assert counts is not None

    assert attrs.evolve(counts, at=decision.at) == decision
    assert counts.at >= decision.at
    assert earlier is None or counts.at > earlier.at


def test_the_first_of_two_receipts_is_kept() -> None:
    def receipt(number: str) -> Evidence:
        return evidence_of(source=Source.CALLBACK, said=Said.PAID, at=START, receipt=number)

    for order in permutations(["UAF1AAAAAA", "UAF2BBBBBB", "UAF3CCCCCC"]):
        payment = after([receipt(number) for number in order])
        assert payment.receipt == "UAF1AAAAAA"
        assert payment.conflicts == {"receipt=UAF2BBBBBB", "receipt=UAF3CCCCCC"}


@pytest.mark.parametrize(("pair", "status"), sorted(LADDER.items()))
def test_the_table_gives_the_status_for_each_evidence(pair: tuple[Source, Said], status: Status) -> None:
    payment = advance(a_payment(), Evidence(source=pair[0], said=pair[1], at=START, result_code="1"))

    assert (payment.status, payment.decided_by, payment.result_code) == (status, pair[0], "1")


def test_every_statement_of_safaricom_has_a_rung() -> None:
    from daraja import Outcome  # noqa: PLC0415 - the list to check against

    for source in (Source.CALLBACK, Source.QUERY):
        heard = {said for heard_from, said in LADDER if heard_from is source}
        assert heard - {Said.CLAIMED} == {Said(outcome) for outcome in Outcome if outcome is not Outcome.ANSWERED}


def test_the_ladder_has_six_rungs_in_this_order() -> None:
    assert sorted(Status, key=Payment.kind.ranks.__getitem__) == [
        Status.PENDING,
        Status.INITIATED,
        Status.UNCONFIRMED,
        Status.TIMEOUT,
        Status.FAILED,
        Status.SUCCESS,
    ]


def test_two_denials_are_distinguished_from_one_denial_twice() -> None:
    def denial(minute: int) -> Evidence:
        return Evidence(source=Source.QUERY, said=Said.TIMEOUT, at=START.replace(minute=minute))

    once, twice = after([denial(1), denial(1)]), after([denial(2), denial(1)])

    assert once.denied_at == {"": (START.replace(minute=1), START.replace(minute=1))}
    assert twice.denied_at == {"": (START.replace(minute=1), START.replace(minute=2))}


def test_amounts_are_compared_as_numbers() -> None:
    def paid(amount: str) -> Payment:
        return after([evidence_of(source=Source.CALLBACK, said=Said.PAID, at=START, amount=Decimal(amount))])

    assert paid("500.00").paid
    assert paid("5E+2").paid
    assert paid("499.50").conflicts == {"amount=499.5"}


def test_no_repr_shows_the_customer_s_number() -> None:
    payment = after(
        [
            evidence_of(source=Source.CALLBACK, said=Said.PAID, at=START, checkout_request_id="ws_CO_1254712345678"),
            evidence_of(
                source=Source.QUERY,
                said=Said.PAID,
                at=START,
                checkout_request_id="ws_CO_2254712345678",
                result_description="to 254712345678",
            ),
        ]
    )

    assert payment.checkout_request_id == "ws_CO_1254712345678"
    assert "712345678" not in repr(payment)


def test_a_person_s_decision_keeps_the_code() -> None:
    paid = Evidence(source=Source.CALLBACK, said=Said.PAID, at=START, result_code="0")
    decision = Resolution(paid=True, note="on the statement", by="Wanjiku", at=START)

    heard_in_turn: list[Told] = [paid, decision]
    for order in permutations(heard_in_turn):
        payment = after(order)
        assert (payment.result_code, payment.decided_by, payment.resolution) == ("0", Source.CALLBACK, decision)
