"""The payload of an STK callback, as a value that a scenario may change before it is sent."""

import json

import attrs

from daraja.api.stk.push import stk_timestamp
from daraja.http.messages import HttpRequest
from daraja.simulator.errors import Json
from daraja.simulator.products.stk.push import Decision, Push


@attrs.frozen(kw_only=True)
class CallbackPayload:
    """The fields of an STK callback.

    Args:
        merchant_request_id: Daraja's id of the request.
        checkout_request_id: Daraja's id of the push; masked in the repr.
        code: The result code; a number, but text for a few codes of Safaricom's.
        description: Safaricom's words.
        items: The metadata by name, in order, hidden in the repr. An item of None has no value at all; without items
            there is no metadata.
    """

    merchant_request_id: str
    checkout_request_id: str
    code: int | str
    description: str
    items: Json = attrs.field(repr=False)

    def body(self) -> Json:
        """Return the body of the callback."""
        fields: dict[str, object] = {
            "MerchantRequestID": self.merchant_request_id,
            "CheckoutRequestID": self.checkout_request_id,
            "ResultCode": self.code,
            "ResultDesc": self.description,
        }
        if self.items:
            fields["CallbackMetadata"] = {
                "Item": [
                    {"Name": name} if value is None else {"Name": name, "Value": value}
                    for name, value in self.items.items()
                ]
            }
        return {"Body": {"stkCallback": fields}}


def callback_payload(push: Push, decision: Decision) -> CallbackPayload:
    """Make the usual payload, in Daraja's newest style; only a success has metadata."""
    items = {
        "Amount": push.amount,
        "MpesaReceiptNumber": decision.receipt,
        "TransactionDate": int(stk_timestamp(decision.at)),
        "PhoneNumber": int(push.phone),
    }
    return CallbackPayload(
        merchant_request_id=push.merchant_request_id,
        checkout_request_id=push.checkout_request_id,
        code=decision.result.code,
        description=decision.result.description,
        items=items if decision.result.paid else {},
    )


def callback_body(push: Push, decision: Decision) -> Json:
    """Return the usual body of a callback."""
    return callback_payload(push, decision).body()


def callback_request(push: Push, body: Json) -> HttpRequest:
    """Make the request that carries a callback to the address that its push named."""
    headers = {"Content-Type": "application/json;charset=UTF-8", "Businessshortcode": push.shortcode}
    return HttpRequest("POST", push.callback_url, headers, json.dumps(body, separators=(",", ":")).encode())
