"""Evidence of a payment has one form for every source."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daraja import Outcome, StkPushResponse, StkQueryResponse, parse_stk_callback
from daraja.errors import (
    ApiError,
    AuthenticationError,
    InvalidRequest,
    NotSent,
    RateLimited,
    SubscriberBusy,
    UnexpectedResponse,
)
from daraja.lifecycle.evidence import Evidence, Said, Source, error_from, given_up, refused
from daraja.payments.model import accepted, from_callback, from_query
from tests.support.payments import START, evidence_of

PHONE = "254712345678"


def test_an_accepted_push_names_its_ids() -> None:
    answer = StkPushResponse(
        merchant_request_id="1-1-1", checkout_request_id="ws_CO_1", customer_message="", description="Accepted"
    )
    heard = accepted(answer, START)

    assert (heard.source, heard.said, heard.at) == (Source.ANSWER, Said.ACCEPTED, START)
    assert (heard.facts.get("merchant_request_id"), heard.facts.get("checkout_request_id")) == ("1-1-1", "ws_CO_1")


def test_a_refused_push_stores_daraja_s_code_its_words_and_the_error() -> None:
    heard = refused(SubscriberBusy(500, "500.001.1001", "Unable to lock subscriber", "1-2-3"), START)

    assert (heard.source, heard.said) == (Source.ANSWER, Said.REFUSED)
    assert (heard.result_code, heard.result_description) == ("500.001.1001", "Unable to lock subscriber")
    assert heard.refusal == ("SubscriberBusy", 500, "500.001.1001", "Unable to lock subscriber", "1-2-3")


def test_a_push_that_was_never_sent_has_no_code() -> None:
    heard = refused(NotSent("the connection was refused"), START)

    assert (heard.result_code, heard.result_description) == (None, "the connection was refused")
    assert heard.refusal == ("NotSent", "the connection was refused")


def test_an_unreadable_token_answer_is_stored_with_its_words() -> None:
    heard = refused(UnexpectedResponse(200, "it holds no access token"), START)

    assert (heard.result_code, heard.result_description) == (None, "it holds no access token")
    assert heard.refusal == ("UnexpectedResponse", 200, "it holds no access token")


REFUSALS: list[ApiError | NotSent | UnexpectedResponse] = [
    ApiError(200, "9", "No", "1-2-3"),
    AuthenticationError(400, None, "the consumer key and secret were not accepted"),
    InvalidRequest(400, "400.002.02", f"Bad Request - Invalid PhoneNumber {PHONE}", f"1c5b-{PHONE}"),
    SubscriberBusy(500, "500.001.1001", "Unable to lock subscriber", "1-2-3"),
    RateLimited(429, None, "Slow down", None, 12.5),
    RateLimited(429, None, "Slow down"),
    NotSent("no connection could be opened"),
    UnexpectedResponse(200, "it holds no access token"),
]


@pytest.mark.parametrize("error", REFUSALS)
def test_a_stored_refusal_can_be_raised_again(error: ApiError | NotSent | UnexpectedResponse) -> None:
    kept = refused(error, START).refusal
    assert kept is not None
    again = error_from(tuple(json.loads(json.dumps(kept))))  # as a store gives it back

    assert type(again) is type(error)
    assert (again.args, str(again), repr(again)) == (error.args, str(error), repr(error))


class ProxyAway(NotSent):
    """An exception of a user's own transport."""


class PortalClosed(InvalidRequest):
    """A user's own refusal of Daraja."""


@pytest.mark.parametrize(
    ("theirs", "ours"), [(ProxyAway("away"), NotSent), (PortalClosed(400, "400.002.02", "No"), InvalidRequest)]
)
def test_a_user_s_own_error_class_is_stored_as_ours(theirs: ApiError | NotSent, ours: type[ApiError | NotSent]) -> None:
    kept = refused(theirs, START).refusal

    assert kept is not None
    assert kept == (ours.__name__, *theirs.args)
    assert type(error_from(kept)) is ours


def test_an_acceptance_without_a_request_id_has_none() -> None:
    answer = StkPushResponse(merchant_request_id="", checkout_request_id="ws_CO_1", customer_message="", description="")

    assert "merchant_request_id" not in accepted(answer, START).facts


def test_a_callback_brings_every_fact() -> None:
    heard = from_callback(
        parse_stk_callback(
            '{"Body": {"stkCallback": {"MerchantRequestID": "1-1-1", "CheckoutRequestID": "ws_CO_1", "ResultCode": 0,'
            '"ResultDesc": "Fine.", "CallbackMetadata": {"Item": [{"Name": "Amount", "Value": 500.00},'
            '{"Name": "MpesaReceiptNumber", "Value": "UAF1AAAAAA"}]}}}}'
        ),
        START,
    )

    assert (heard.source, heard.said, heard.result_code) == (Source.CALLBACK, Said.PAID, "0")
    assert (heard.facts.get("amount"), heard.facts.get("receipt")) == ("500", "UAF1AAAAAA")
    assert (heard.facts.get("merchant_request_id"), heard.facts.get("checkout_request_id")) == ("1-1-1", "ws_CO_1")


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.ANSWERED])
def test_a_query_says_what_its_outcome_is(outcome: Outcome) -> None:
    answer = StkQueryResponse(
        outcome=outcome,
        result_code="1032",
        result_description="Cancelled",
        merchant_request_id="1-1-1",
        checkout_request_id="ws_CO_1",
    )
    heard = from_query(answer, START)

    assert (heard.source, heard.said) == (Source.QUERY, Said(outcome.value))
    assert (heard.result_code, heard.result_description) == ("1032", "Cancelled")


def test_giving_up_says_nothing_about_the_money() -> None:
    heard = given_up(START)

    assert (heard.source, heard.said) == (Source.GIVING_UP, Said.NOTHING)


anything = st.text(max_size=300)


@example("x" * 201, "\x00" * 300, "\ud800", "two\nlines", "")
@given(anything, anything, anything, anything, anything)
def test_all_evidence_can_be_stored_in_any_database(
    merchant: str, checkout: str, receipt: str, code: str, words: str
) -> None:
    heard = evidence_of(
        source=Source.CALLBACK,
        said=Said.FAILED,
        at=START,
        merchant_request_id=merchant,
        checkout_request_id=checkout,
        receipt=receipt,
        result_code=code,
        result_description=words,
    )
    given_over = (merchant, checkout, receipt, code, words)
    kept = (
        heard.facts.get("merchant_request_id"),
        heard.facts.get("checkout_request_id"),
        heard.facts.get("receipt"),
        heard.result_code,
        heard.result_description,
    )

    for before, after in zip(given_over, kept, strict=True):
        assert after is not None
        assert len(after) == min(len(before), 200)
        assert after.isprintable()
        assert all(one == other or not one.isprintable() for one, other in zip(before, after, strict=False))
        after.encode()


def test_absent_facts_stay_absent() -> None:
    heard = Evidence(source=Source.QUERY, said=Said.FAILED, at=START)
    unsaid = [
        heard.facts.get("merchant_request_id"),
        heard.facts.get("checkout_request_id"),
        heard.facts.get("receipt"),
        heard.result_code,
    ]

    assert unsaid == [None] * 4
    assert heard.result_description == ""


def test_no_evidence_shows_a_customer_s_number() -> None:
    heard = refused(SubscriberBusy(500, "500.001.1001", f"Unable to lock {PHONE}", f"1-{PHONE}"), START)
    named = evidence_of(
        source=Source.QUERY,
        said=Said.FAILED,
        at=START,
        checkout_request_id=f"ws_CO_{PHONE}",
        result_description=f"to {PHONE}",
    )

    assert PHONE[3:] not in repr(heard) + repr(named)
