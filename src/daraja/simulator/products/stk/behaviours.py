"""Small behaviours that scenarios are made of: odd answers to queries, and changes to callbacks."""

from collections.abc import Callable
from typing import Final

import attrs

from daraja.http.messages import HttpResponse
from daraja.simulator.errors import BUSINESS_ERROR, HttpError, Json, invalid_field, json_response
from daraja.simulator.products.stk.callback_payload import CallbackPayload, callback_payload
from daraja.simulator.products.stk.push import Decision, Push
from daraja.simulator.products.stk.scenario import Body, Query, query_answer
from daraja.simulator.results import Result

# Answers to queries


def at_first(queries: int, form: Callable[[Push], HttpResponse], then: Query = query_answer) -> Query:
    """Answer the first *queries* in one form, and later ones with *then*."""

    def answer(push: Push, decision: Decision | None, asked: int) -> HttpResponse:
        return form(push) if asked < queries else then(push, decision, asked)

    return answer


def claiming(result: Result) -> Query:
    """Claim another result once the push is decided."""

    def answer(push: Push, decision: Decision | None, asked: int) -> HttpResponse:
        return query_answer(push, decision and attrs.evolve(decision, result=result), asked)

    return answer


def still_processing(push: Push) -> HttpResponse:
    """Answer that the push is not decided with code 4999, as Daraja does since 2026."""
    return query_answer(push, None)


def being_processed(push: Push) -> HttpResponse:
    """Answer that the push is not decided with an error, as Daraja did in 2018; its request id is the payment's own."""
    return _error(push.checkout_request_id, "The transaction is being processed")


def without_words(status: int) -> Callable[[Push], HttpResponse]:
    """Answer with the same error without any words; Daraja sends it with status 200 as well as 500."""
    return lambda push: _error(push.merchant_request_id, "", status)


def not_existing(push: Push) -> HttpResponse:
    """Answer that there is no such payment, as Daraja sometimes does for a real one."""
    return _error(push.merchant_request_id, "The transaction does not Exist")


def too_early(push: Push) -> HttpResponse:
    """Answer that the id is invalid, because the query came too early."""
    return invalid_field("CheckoutRequestID", "is asked about too early").response(push.merchant_request_id)


def without_result(_push: Push) -> HttpResponse:
    """Accept the query and give no result."""
    return json_response(200, {"ResponseCode": "0", "ResponseDescription": "Accepted"})


def _error(request_id: str, words: str, status: int = 500) -> HttpResponse:
    return HttpError(status, BUSINESS_ERROR, words, "").response(request_id)


# Changes to callbacks: each goes with every result and with every other change

Change = Callable[[CallbackPayload], CallbackPayload]
"""Makes another payload of the usual one."""

_SHUFFLED: Final = ("PhoneNumber", "Balance", "TransactionDate", "Amount", "MpesaReceiptNumber")


def altered(*changes: Change) -> Body:
    """Make the body of a callback with *changes* to the usual payload, first to last."""

    def body(push: Push, decision: Decision) -> Json:
        payload = callback_payload(push, decision)
        for change in changes:
            payload = change(payload)
        return payload.body()

    return body


def saying(result: Result) -> Change:
    """Claim another result; an unpaid one has no metadata."""

    def claim(payload: CallbackPayload) -> CallbackPayload:
        claimed = attrs.evolve(payload, code=result.code, description=result.description)
        return claimed if result.paid else without_metadata(claimed)

    return claim


def with_another_amount(payload: CallbackPayload) -> CallbackPayload:
    """Name one shilling more than the shop asked for."""
    return _with(payload, "Amount", lambda amount: int(str(amount)) + 1)


def with_masked_phone(payload: CallbackPayload) -> CallbackPayload:
    """Hide the middle of the phone number, in the form ``254708***430``."""
    return _with(payload, "PhoneNumber", lambda number: f"{str(number)[:6]}***{str(number)[-3:]}")


def without_metadata(payload: CallbackPayload) -> CallbackPayload:
    """Leave out the metadata, also of a success."""
    return attrs.evolve(payload, items={})


def shuffled(payload: CallbackPayload) -> CallbackPayload:
    """Put the metadata into another order, with a Balance that has no value."""
    if not payload.items:
        return payload
    return attrs.evolve(payload, items={name: payload.items.get(name) for name in _SHUFFLED})


def as_text(payload: CallbackPayload) -> CallbackPayload:
    """Write every number as text, the result code as well."""
    items = {name: None if value is None else str(value) for name, value in payload.items.items()}
    return attrs.evolve(payload, code=str(payload.code), items=items)


def _with(payload: CallbackPayload, name: str, change: Callable[[object], object]) -> CallbackPayload:
    if name not in payload.items:
        return payload
    return attrs.evolve(payload, items={**payload.items, name: change(payload.items[name])})
