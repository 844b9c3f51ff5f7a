"""What Daraja says of a push, word for word: the answer to it, to a query about it, and its callback."""

import json
from collections.abc import Mapping

from daraja.clock import to_eat_digits
from daraja.simulator.pushes import Decision, Push
from daraja.simulator.refusals import JSON_HEADERS
from daraja.simulator.results import PROCESSING
from daraja.wire import HttpRequest, HttpResponse

__all__ = ["accepted", "callback_body", "callback_request", "query_answer"]


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
    return HttpResponse(200, JSON_HEADERS, json.dumps(body).encode())


def query_answer(push: Push, decision: Decision | None) -> HttpResponse:
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
    return HttpResponse(200, JSON_HEADERS, json.dumps(body).encode())


def callback_body(push: Push, decision: Decision) -> Mapping[str, object]:
    """Give the body of a callback; only a success has metadata."""
    said: dict[str, object] = {
        "MerchantRequestID": push.merchant_request_id,
        "CheckoutRequestID": push.checkout_request_id,
        "ResultCode": decision.result.code,
        "ResultDesc": decision.result.description,
    }
    if decision.result.paid:
        items = {
            "Amount": push.amount,
            "MpesaReceiptNumber": decision.receipt,
            "TransactionDate": int(to_eat_digits(decision.at)),
            "PhoneNumber": int(push.phone),
        }
        said["CallbackMetadata"] = {"Item": [{"Name": name, "Value": value} for name, value in items.items()]}
    return {"Body": {"stkCallback": said}}


def callback_request(push: Push, body: Mapping[str, object]) -> HttpRequest:
    """Address a callback to whoever asked for the push."""
    headers = {"Content-Type": "application/json;charset=UTF-8", "Businessshortcode": push.shortcode}
    return HttpRequest("POST", push.callback_url, headers, json.dumps(body).encode())
