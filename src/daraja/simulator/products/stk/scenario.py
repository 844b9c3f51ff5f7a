"""A scenario: how one push turns out, in fields that vary independently."""

from collections.abc import Callable, Sequence

import attrs
from attrs.validators import optional

from daraja.http.messages import HttpResponse
from daraja.simulator.clock import seconds_validator
from daraja.simulator.errors import Json, json_response
from daraja.simulator.gateway import Refuse, never
from daraja.simulator.products.stk.callback_payload import callback_body
from daraja.simulator.products.stk.push import Decision, Push
from daraja.simulator.results import PROCESSING, Result

Respond = Callable[[Push], HttpResponse]
"""Answers a push that was accepted; it may raise ``AnswerLost``."""

Query = Callable[[Push, Decision | None, int], HttpResponse]
"""Answers a query about a push: its decision, None while there is none, and how many queries came before this one."""

Body = Callable[[Push, Decision], Json]
"""Makes the body of a callback."""


def accepted(push: Push) -> HttpResponse:
    """Answer a push as Daraja does: it is accepted, which says nothing about payment."""
    words = "Success. Request accepted for processing"
    body = {
        "MerchantRequestID": push.merchant_request_id,
        "CheckoutRequestID": push.checkout_request_id,
        "ResponseCode": "0",
        "ResponseDescription": words,
        "CustomerMessage": words,
    }
    return json_response(200, body)


def query_answer(push: Push, decision: Decision | None, _asked: int = 0) -> HttpResponse:
    """Answer a query as Daraja does; its codes are text, where a callback's are numbers."""
    result = PROCESSING if decision is None else decision.result
    body = {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",  # Daraja spells it so.
        "MerchantRequestID": push.merchant_request_id,
        "CheckoutRequestID": push.checkout_request_id,
        "ResultCode": str(result.code),
        "ResultDesc": result.description,
    }
    return json_response(200, body)


@attrs.frozen(kw_only=True)
class Callback:
    """One callback of a scenario.

    Args:
        after: Seconds from the decision until it is sent.
        body: Makes its body from the push and the decision.

    Raises:
        ValueError: If *after* is not from 0 to 86,400 seconds.
    """

    after: float = attrs.field(default=0.0, validator=seconds_validator)
    body: Body = callback_body


@attrs.frozen(kw_only=True)
class Scenario:
    """How one push turns out. Every field goes with every other.

    >>> paid_without_callback = Scenario(result=Result(0, "Paid"), after=20, callbacks=())

    Args:
        result: Its result if nobody answers the prompt; a person who answers earlier decides otherwise.
        after: Seconds from the push until then; None for the engine's own delay.
        refuse: Whether the push is refused instead; then no prompt is shown, and nothing below happens.
        reply: Answers the push once the prompt is shown.
        early: Whether the push is decided at once, whatever *after* says, and its callback comes before its answer.
        callbacks: The callbacks that are sent once it is decided.
        query: Answers queries about it.

    Raises:
        ValueError: If *after* is not from 0 to 86,400 seconds.
    """

    result: Result
    after: float | None = attrs.field(default=None, validator=optional(seconds_validator))
    refuse: Refuse = never
    reply: Respond = accepted
    early: bool = False
    callbacks: Sequence[Callback] = (Callback(),)
    query: Query = query_answer


def failing_at_once(result: Result) -> Scenario:
    """Make the scenario of a push that is accepted and fails before any phone shows it."""
    return Scenario(result=result, early=True, callbacks=(Callback(after=1),))
