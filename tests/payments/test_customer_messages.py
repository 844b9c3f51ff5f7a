"""The messages for the customer, especially whether to pay again."""

from typing import Any

import attrs
import pytest

from daraja import Status, explain
from daraja.lifecycle.evidence import Source
from daraja.lifecycle.record import Resolution
from daraja.payments.model import Payment
from tests.support.payments import START, a_payment, with_facts

PAID = "Thank you, your payment has arrived."


def a_failure(code: str | None, **changes: Any) -> Payment:  # noqa: ANN401 - fields of a payment, of any type
    return with_facts(
        a_payment(), **{"status": Status.FAILED, "result_code": code, "decided_by": Source.CALLBACK, **changes}
    )


@pytest.mark.parametrize("code", [None, "4999", "500.001.1001"])
def test_during_the_prompt_the_customer_is_asked_for_the_pin(code: str | None) -> None:
    asked = attrs.evolve(
        a_payment(), status=Status.INITIATED, result_code=code, result_description="It is being processed"
    )
    assert asked.customer_message.startswith("Enter your M-Pesa PIN")


def test_if_the_prompt_is_uncertain_the_message_covers_both_cases() -> None:
    words = a_payment().customer_message
    assert "If it asks for your PIN" in words
    assert "do not pay again yet" in words


@pytest.mark.parametrize("code", ["7777", "SFC_XX9999", "-1"])
def test_after_an_unknown_code_the_message_does_not_ask_for_the_pin(code: str) -> None:
    unknown = attrs.evolve(
        a_payment(), status=Status.INITIATED, result_code=code, result_description="Customer debited."
    )
    assert "PIN" not in unknown.customer_message
    assert "before you pay again" in unknown.customer_message


def test_after_a_payment_the_message_thanks_the_customer() -> None:
    assert attrs.evolve(a_payment(), status=Status.SUCCESS).customer_message == PAID


@pytest.mark.parametrize("code", ["1", "1032", "1037", "2001"])
def test_after_a_failure_the_message_gives_the_reason(code: str) -> None:
    assert a_failure(code).customer_message == explain("stk", code).customer_message


def test_without_a_prompt_the_message_says_that_nothing_was_charged() -> None:
    refused = a_failure("500.001.1001", refusal=("ApiError", 500, None, "", None), decided_by=Source.ANSWER)
    assert "you were not charged" in refused.customer_message


@pytest.mark.parametrize(
    "doubtful",
    [
        attrs.evolve(a_payment(), status=Status.UNCONFIRMED),
        attrs.evolve(a_payment(), status=Status.SUCCESS, conflicts=frozenset({"amount=499"})),
        a_failure("1037", receipt="UAF1AAAAAA"),
        a_failure("1037", decided_by=Source.QUERY, denied_at={"clock": (START, START)}),
    ],
    ids=["not confirmed", "another amount", "failed with a receipt", "heard once from a query"],
)
def test_in_doubt_the_message_does_not_ask_for_another_payment(doubtful: Payment) -> None:
    assert "do not pay again" in doubtful.customer_message


@pytest.mark.parametrize("status", [Status.UNCONFIRMED, Status.FAILED])
def test_a_person_s_decision_ends_the_doubt_in_the_message(status: Status) -> None:
    decision = Resolution(paid=False, note="not in the statement", by="Achieng", at=START, status=status)
    message = a_failure("1037", status=status, resolution=decision).customer_message
    assert message == "We have looked, and your payment did not arrive."
