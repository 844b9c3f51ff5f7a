"""What is heard about a payment, put into one form whoever said it."""

from decimal import Decimal

import pytest

from daraja import Outcome, StkPushResponse, StkQueryResponse, parse_stk_callback
from daraja.errors import NotSent, SubscriberBusy
from daraja.payments.evidence import Said, Source, accepted, given_up, refused, reported, told
from tests.support.payments import START


def test_an_accepted_push_names_its_ids() -> None:
    answer = StkPushResponse(
        merchant_request_id="1-1-1", checkout_request_id="ws_CO_1", customer_message="", description="Accepted"
    )
    heard = accepted(answer, START)

    assert (heard.source, heard.said, heard.at) == (Source.ANSWER, Said.ACCEPTED, START)
    assert (heard.merchant_request_id, heard.checkout_request_id) == ("1-1-1", "ws_CO_1")


def test_a_refused_push_keeps_daraja_s_code_and_words_and_how_to_raise_it_again() -> None:
    heard = refused(SubscriberBusy(500, "500.001.1001", "Unable to lock subscriber", "1-2-3"), START)

    assert (heard.source, heard.said) == (Source.ANSWER, Said.REFUSED)
    assert (heard.result_code, heard.result_description) == ("500.001.1001", "Unable to lock subscriber")
    assert heard.refusal == ("SubscriberBusy", 500, "500.001.1001", "Unable to lock subscriber", "1-2-3")


def test_a_push_that_was_never_sent_has_no_code() -> None:
    heard = refused(NotSent("the connection was refused"), START)

    assert (heard.result_code, heard.result_description) == (None, "the connection was refused")
    assert heard.refusal == ("NotSent", "the connection was refused")


def test_a_callback_brings_every_fact() -> None:
    heard = reported(
        parse_stk_callback(
            '{"Body": {"stkCallback": {"MerchantRequestID": "1-1-1", "CheckoutRequestID": "ws_CO_1", "ResultCode": 0,'
            '"ResultDesc": "Fine.", "CallbackMetadata": {"Item": [{"Name": "Amount", "Value": 500.00},'
            '{"Name": "MpesaReceiptNumber", "Value": "UAF1AAAAAA"}]}}}}'
        ),
        START,
    )

    assert (heard.source, heard.said, heard.result_code) == (Source.CALLBACK, Said.PAID, "0")
    assert (heard.amount, heard.receipt) == (Decimal(500), "UAF1AAAAAA")
    assert (heard.merchant_request_id, heard.checkout_request_id) == ("1-1-1", "ws_CO_1")


@pytest.mark.parametrize("outcome", Outcome)
def test_a_query_says_what_its_outcome_is(outcome: Outcome) -> None:
    answer = StkQueryResponse(
        outcome=outcome,
        result_code="1032",
        result_description="Cancelled",
        merchant_request_id="1-1-1",
        checkout_request_id="ws_CO_1",
    )
    heard = told(answer, START)

    assert (heard.source, heard.said) == (Source.QUERY, Said(outcome.value))
    assert (heard.result_code, heard.result_description) == ("1032", "Cancelled")


def test_giving_up_says_nothing_about_the_money() -> None:
    heard = given_up(START)

    assert (heard.source, heard.said) == (Source.GIVING_UP, Said.NOTHING)
