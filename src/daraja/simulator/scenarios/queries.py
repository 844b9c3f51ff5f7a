"""Small behaviours of queries: what Daraja has been heard to say of a payment instead of its result."""

from collections.abc import Callable

import attrs

from daraja.http.messages import HttpResponse
from daraja.simulator.pushes import Decision, Push
from daraja.simulator.refusals import BUSINESS_ERROR, Refusal, invalid_field, json_answer
from daraja.simulator.replies import query_answer
from daraja.simulator.results import Result
from daraja.simulator.scenarios.base import Query

__all__ = [
    "at_first",
    "being_processed",
    "claiming",
    "not_existing",
    "still_processing",
    "too_early",
    "without_result",
    "without_words",
]


def at_first(queries: int, form: Callable[[Push], HttpResponse], then: Query = query_answer) -> Query:
    """Answer the first so many queries in one form, and later ones otherwise."""

    def answer(push: Push, decision: Decision | None, asked: int) -> HttpResponse:
        return form(push) if asked < queries else then(push, decision, asked)

    return answer


def claiming(result: Result) -> Query:
    """Claim another result as soon as there is one."""

    def answer(push: Push, decision: Decision | None, asked: int) -> HttpResponse:
        return query_answer(push, decision and attrs.evolve(decision, result=result), asked)

    return answer


def still_processing(push: Push) -> HttpResponse:
    """Say that nothing is decided by code 4999, as since 2026."""
    return query_answer(push, None)


def being_processed(push: Push) -> HttpResponse:
    """Say so by an error, as since 2018; its request id is then the payment's own."""
    return _error(push.checkout_request_id, "The transaction is being processed")


def without_words(status: int) -> Callable[[Push], HttpResponse]:
    """Say so by the same error without any words, which comes with status 200 as well as 500."""
    return lambda push: _error(push.merchant_request_id, "", status)


def not_existing(push: Push) -> HttpResponse:
    """Deny the payment, as Daraja does now and then of a real one."""
    return _error(push.merchant_request_id, "The transaction does not Exist")


def too_early(push: Push) -> HttpResponse:
    """Find the id invalid, since the question came too early."""
    return invalid_field("CheckoutRequestID", "is asked about too early").response(push.merchant_request_id)


def without_result(_push: Push) -> HttpResponse:
    """Accept the question and give no result at all."""
    return json_answer(200, {"ResponseCode": "0", "ResponseDescription": "Accepted"})


def _error(request_id: str, words: str, status: int = 500) -> HttpResponse:
    return Refusal(status, BUSINESS_ERROR, words, "").response(request_id)
