"""A new push is allowed only if it is proved that the last one moved no money, and after the waiting times."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce
from typing import Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Outcome, Payment, Status, explain
from daraja.errors import (
    ApiError,
    AuthenticationError,
    InvalidRequest,
    NotSent,
    RateLimited,
    SubscriberBusy,
    UnexpectedResponse,
)
from daraja.lifecycle.evidence import Evidence, Said, Source, given_up, refused
from daraja.lifecycle.record import Resolution
from daraja.lifecycle.state_machine import advance, resolve
from daraja.payments.may_retry import MayRetry, may_retry
from daraja.result_codes.stk import STK
from tests.support.payments import START, a_payment, evidence, evidence_of, resolutions, with_facts

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)

CERTAIN: Final = {"1", "17", "1001", "1019", "1031", "1032", "1036", "1037", "2001"}
"""The codes that prove that nobody was charged."""
SAID: Final[Mapping[Outcome, Said]] = {
    outcome: Said(outcome.value) for outcome in Outcome if outcome is not Outcome.ANSWERED
}


def told(code: str, *minutes: float, source: Source = Source.CALLBACK) -> Payment:
    """Return a payment with evidence of *code*, this number of minutes after its start."""
    said = SAID[explain("stk", code).outcome]
    all_said = [
        Evidence(source=source, said=said, at=START + minute * MINUTE, result_code=code) for minute in minutes or (1,)
    ]
    payment = with_facts(a_payment(), checkout_request_id="ws_CO_1")
    last = max(one.at for one in all_said)
    return attrs.evolve(reduce(advance, all_said, payment), updated_at=last)


def decision(*, paid: bool, status: Status = Status.UNCONFIRMED) -> Resolution:
    return Resolution(paid=paid, note="not on the statement", by="Wanjiku", at=START + DAY, status=status)


# What is proved -------------------------------------------------------------------------------------------------------


def test_only_these_codes_prove_that_nobody_was_charged() -> None:
    assert {code for code, row in STK.items() if row.charge_again} == CERTAIN


@pytest.mark.parametrize("code", STK)
def test_only_a_code_that_proves_it_allows_a_new_push(code: str) -> None:
    answer = may_retry(told(code), START + DAY)

    assert answer.allowed is (code in CERTAIN)
    assert answer.reason
    assert answer.not_before is None


@pytest.mark.parametrize("code", ["7777", "", "01032", " 1032", "1032 ", "1O32", "cancelled"])
def test_an_unknown_code_proves_nothing(code: str) -> None:
    failed = attrs.evolve(told("1032"), result_code=code)

    assert not may_retry(failed, START + DAY)
    assert not may_retry(attrs.evolve(failed, result_code=None), START + DAY)


def test_the_reason_names_the_code_in_words() -> None:
    assert may_retry(told("2001"), START + DAY).reason == "nobody was charged (Wrong PIN)"
    assert may_retry(told("26"), START + DAY).reason.startswith("result code 26 does not prove")


@pytest.mark.parametrize("status", [Status.PENDING, Status.INITIATED, Status.UNCONFIRMED, Status.SUCCESS])
@pytest.mark.parametrize("source", [None, *Source])
def test_an_open_unconfirmed_or_paid_payment_may_not_be_retried(status: Status, source: Source | None) -> None:
    for code in (None, *CERTAIN):
        payment = attrs.evolve(a_payment(), status=status, decided_by=source, result_code=code)
        answer = may_retry(payment, START + 10 * DAY)

        assert not answer
        assert answer.not_before is None


def test_each_refusal_to_retry_has_a_reason() -> None:
    def reason(status: Status) -> str:
        return may_retry(attrs.evolve(a_payment(), status=status), START).reason

    assert "a prompt may be on the phone" in reason(Status.PENDING)
    assert "may still answer" in reason(Status.INITIATED)
    assert "resolve it" in reason(Status.UNCONFIRMED)
    assert reason(Status.SUCCESS) == "it was paid"


@pytest.mark.parametrize("code", sorted(CERTAIN))
def test_a_payment_with_a_conflict_may_not_be_retried(code: str) -> None:
    odd = with_facts(told(code), conflicts=frozenset({"receipt=UAF2BBBBBB"}))
    answer = may_retry(odd, START + DAY)

    assert not answer
    assert "resolve it" in answer.reason


@pytest.mark.parametrize("source", [Source.CALLBACK, Source.QUERY])
def test_after_an_unknown_code_nobody_is_said_to_have_a_prompt_before_them(source: Source) -> None:
    answer = may_retry(told("7777", source=source), START + 2 * MINUTE)

    assert not answer
    assert answer.reason == "nobody knows what result code 7777 means: a query or the statement must tell"


# What a person decided ------------------------------------------------------------------------------------------------


def test_a_person_may_allow_a_retry() -> None:
    unsure = advance(with_facts(a_payment(), checkout_request_id="ws_CO_1"), given_up(START + 5 * MINUTE))

    assert not may_retry(unsure, START + DAY)
    assert may_retry(resolve(unsure, decision(paid=False)), START + DAY)
    assert not may_retry(resolve(unsure, decision(paid=True)), START + DAY)


@pytest.mark.parametrize("code", ["26", "9999", "SFC_IC0003"])
@pytest.mark.parametrize("source", [Source.CALLBACK, Source.QUERY])
def test_a_person_s_decision_counts_if_the_code_proves_nothing(code: str, source: Source) -> None:
    failed = told(code, 1, source=source)

    assert not may_retry(failed, START + DAY)
    assert may_retry(resolve(failed, decision(paid=False, status=Status.FAILED)), START + DAY)


def test_a_person_s_decision_does_not_count_after_a_later_success() -> None:
    paid = Evidence(source=Source.CALLBACK, said=Said.PAID, at=START + MINUTE)

    for payment in (
        advance(resolve(a_payment(), decision(paid=False)), paid),
        resolve(advance(a_payment(), paid), decision(paid=False)),
    ):
        assert not may_retry(payment, START + 10 * DAY)


@pytest.mark.parametrize("source", [Source.CALLBACK, Source.QUERY])
def test_a_success_that_a_person_knew_and_denied_may_be_retried(source: Source) -> None:
    success = advance(a_payment(), Evidence(source=source, said=Said.PAID, at=START, result_code="0"))
    reversed_ = resolve(success, decision(paid=False, status=Status.SUCCESS))
    answer = may_retry(reversed_, START + DAY)

    assert (answer.allowed, answer.reason) == (True, "a person decided that it was not paid")
    assert not may_retry(resolve(reversed_, decision(paid=True, status=Status.SUCCESS)), START + DAY)


def test_a_person_s_decision_does_not_shorten_the_wait_after_a_prompt() -> None:
    resolved = resolve(a_payment(), decision(paid=False))
    early = may_retry(resolved, START + 2 * MINUTE)

    assert not early
    assert early.not_before == START + 3 * MINUTE
    assert may_retry(resolved, START + 3 * MINUTE)


# Queries err ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(CERTAIN))
@pytest.mark.parametrize("minutes", [(1,), (1, 1), (1, 1.9)])
def test_one_query_is_not_enough_for_a_retry(code: str, minutes: tuple[float, ...]) -> None:
    once = attrs.evolve(told(code, *minutes, source=Source.QUERY), next_check_at=START + 3 * MINUTE)
    answer = may_retry(once, START + DAY)

    assert not answer
    assert answer.not_before == START + 3 * MINUTE
    assert answer.reason.endswith("a second query comes first")


def test_after_the_last_query_a_person_has_to_decide() -> None:
    once = attrs.evolve(told("1032", source=Source.QUERY), next_check_at=None)

    assert may_retry(once, START + 2 * DAY).reason.endswith("look at the statement")


@pytest.mark.parametrize("code", sorted(CERTAIN))
def test_two_queries_a_minute_apart_are_enough_for_a_retry(code: str) -> None:
    assert may_retry(told(code, 1, 2, source=Source.QUERY), START + DAY)


# Waits ----------------------------------------------------------------------------------------------------------------


def opens_at(payment: Payment) -> datetime:
    """Return the time of the first allowed push, checked a moment before and at that time."""
    answer = may_retry(payment, payment.created_at)
    at = payment.created_at if answer else answer.not_before
    assert at is not None
    assert not may_retry(payment, at - timedelta(microseconds=1)) or at == payment.created_at
    assert may_retry(payment, at)
    assert at == payment.created_at or answer.reason.endswith("; wait a little")
    return at


@pytest.mark.parametrize("code", sorted(CERTAIN - {"17"}))
def test_a_minute_has_to_pass_after_a_prompt(code: str) -> None:
    assert opens_at(told(code, 0.2)) == START + MINUTE


def test_two_minutes_have_to_pass_after_a_refused_repetition() -> None:
    assert opens_at(told("17", 0.5)) == START + 2.5 * MINUTE


LATE: Final = START + 0.25 * MINUTE


@pytest.mark.parametrize(
    ("error", "opens"),
    [
        (NotSent("no connection could be opened"), START),
        (UnexpectedResponse(200, "it holds no access token"), START),
        (ApiError(200, "9", "No"), START),
        (AuthenticationError(500, "500.001.1001", "Wrong credentials"), START),
        (InvalidRequest(400, "400.002.02", "Invalid Amount"), START),
        (SubscriberBusy(500, "500.001.1001", "Unable to lock subscriber"), LATE + MINUTE),
        (RateLimited(429, None, "Slow down", None, 90), LATE + 1.5 * MINUTE),
        (RateLimited(429, None, "Slow down", None, 0.5), LATE + timedelta(seconds=0.5)),
        (RateLimited(429, None, "Slow down"), START),
    ],
)
def test_after_a_refusal_only_its_own_waiting_time_counts(
    error: ApiError | NotSent | UnexpectedResponse, opens: datetime
) -> None:
    failed = attrs.evolve(advance(a_payment(), refused(error, LATE)), updated_at=LATE)

    if opens == START:
        assert may_retry(failed, LATE).reason == "Daraja refused the request, so nobody was prompted"
    else:
        assert opens_at(failed) == opens


# All of it ------------------------------------------------------------------------------------------------------------

codes = st.sampled_from([None, "7777", *STK])
heard = st.one_of(
    resolutions(), st.tuples(evidence(), codes).map(lambda pair: attrs.evolve(pair[0], result_code=pair[1]))
)
moments = st.integers(0, 48 * 60).map(lambda minutes: START + minutes * MINUTE)


def after(all_heard: list[Evidence | Resolution]) -> Payment:
    def hear(payment: Payment, one: Evidence | Resolution) -> Payment:
        return resolve(payment, one) if isinstance(one, Resolution) else advance(payment, one)

    payment = reduce(hear, all_heard, a_payment())
    return attrs.evolve(payment, updated_at=max([START, *(one.at for one in all_heard)]))


@given(st.lists(heard, max_size=5), moments)
def test_a_retry_is_allowed_only_with_a_proof(all_heard: list[Evidence | Resolution], now: datetime) -> None:
    payment = after(all_heard)
    answer = may_retry(payment, now)
    proof = (
        payment.decided_by is Source.ANSWER
        or explain("stk", payment.result_code or "").charge_again
        or (payment.resolution is not None and not payment.resolution.paid)
    )

    assert answer.reason
    if answer:
        assert payment.status in {Status.FAILED, Status.TIMEOUT} or payment.denied_by_a_person
        assert not payment.needs_review
        assert proof
        assert answer.not_before is None
        assert payment.decided_by is Source.ANSWER or now >= START + MINUTE


@given(st.lists(heard, max_size=5))
def test_any_evidence_of_a_payment_forbids_a_retry_unless_a_person_denied_it(
    all_heard: list[Evidence | Resolution],
) -> None:
    paid = Evidence(source=Source.CALLBACK, said=Said.PAID, at=START)

    for payment in after([*all_heard, paid]), after([paid, *all_heard]):
        denied = payment.resolution is not None and not payment.resolution.paid
        if not (denied and payment.resolution and payment.resolution.status == Status.SUCCESS):
            assert not may_retry(payment, START + 10 * DAY)


@given(st.lists(heard, max_size=5), moments)
def test_an_allowed_retry_stays_allowed(all_heard: list[Evidence | Resolution], now: datetime) -> None:
    payment = after(all_heard)

    assert bool(may_retry(payment, now)) <= bool(may_retry(payment, now + MINUTE))


def test_the_truth_value_of_the_answer_is_its_verdict() -> None:
    assert MayRetry(allowed=True, reason="Daraja refused the request, so nobody was prompted")
    assert not MayRetry(allowed=False, reason="it was paid")


# What came in beside it -----------------------------------------------------------------------------------------------


def test_a_claim_of_payment_forbids_a_retry() -> None:
    claim = Evidence(source=Source.CALLBACK, said=Said.CLAIMED, at=START + 2 * MINUTE)
    payment = advance(told("1032"), claim)

    assert may_retry(told("1032"), START + DAY)
    assert not may_retry(payment, START + DAY)
    assert payment.needs_attention
    assert not advance(payment, Evidence(source=Source.QUERY, said=Said.PAID, at=START)).needs_review


def test_a_receipt_forbids_a_retry() -> None:
    named = evidence_of(
        source=Source.CALLBACK, said=Said.UNRECOGNISED, at=START, result_code="7777", receipt="UAF1AAAAAA"
    )

    assert not may_retry(advance(told("1032"), named), START + DAY)


def test_a_pending_second_query_forbids_a_retry() -> None:
    payment = attrs.evolve(told("1032"), next_check_at=START + DAY)
    answer = may_retry(payment, START + DAY)

    assert (answer.allowed, answer.not_before) == (False, START + DAY)


def test_of_two_codes_the_weaker_proof_counts() -> None:
    for first, second in (("15", "1032"), ("1032", "15")):
        payment = advance(told(first), Evidence(source=Source.QUERY, said=Said.FAILED, at=START, result_code=second))
        assert not may_retry(payment, START + DAY)


def test_a_refusal_proves_nothing_if_a_callback_shows_a_prompt() -> None:
    refusal = refused(SubscriberBusy(500, "500.001.1001", "Unable to lock subscriber"), START)
    called = evidence_of(source=Source.CALLBACK, said=Said.UNRECOGNISED, at=START, checkout_request_id="ws_CO_1")

    assert may_retry(advance(a_payment(), refusal), START + DAY)
    assert not may_retry(advance(advance(a_payment(), refusal), called), START + DAY)
