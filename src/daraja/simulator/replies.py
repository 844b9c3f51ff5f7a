"""What Daraja answers to a push that it accepts and to a query about one, word for word."""

from daraja.http.messages import HttpResponse
from daraja.simulator.pushes import Decision, Push
from daraja.simulator.refusals import json_answer
from daraja.simulator.results import PROCESSING

__all__ = ["AnswerLost", "accepted", "query_answer"]


class AnswerLost(Exception):  # noqa: N818 - what happened, and no error of the simulator's
    """The request was taken, and its answer never arrives: whoever serves it drops the connection without a byte."""


def accepted(push: Push) -> HttpResponse:
    """Answer a push: it is queued, which says nothing about payment."""
    words = "Success. Request accepted for processing"
    body = {
        "MerchantRequestID": push.merchant_request_id,
        "CheckoutRequestID": push.checkout_request_id,
        "ResponseCode": "0",
        "ResponseDescription": words,
        "CustomerMessage": words,
    }
    return json_answer(200, body)


def query_answer(push: Push, decision: Decision | None, _asked: int = 0) -> HttpResponse:
    """Answer a query with what became of the push; its codes are text, where a callback's are numbers."""
    result = PROCESSING if decision is None else decision.result
    body = {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",  # Daraja spells it so.
        "MerchantRequestID": push.merchant_request_id,
        "CheckoutRequestID": push.checkout_request_id,
        "ResultCode": str(result.code),
        "ResultDesc": result.description,
    }
    return json_answer(200, body)
