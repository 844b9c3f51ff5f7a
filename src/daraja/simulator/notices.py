"""What a callback says, as a value that a scenario may alter before it goes out."""

import json
from collections.abc import Mapping

import attrs

from daraja.http.messages import HttpRequest
from daraja.simulator.pushes import Decision, Push
from daraja.values.nairobi_time import to_eat_digits

__all__ = ["Notice", "callback_body", "callback_request", "notice"]


@attrs.frozen(kw_only=True)
class Notice:
    """What a callback says.

    Args:
        merchant_request_id: Daraja's id of the request.
        checkout_request_id: Daraja's id of the push; masked in the repr.
        code: The result code; a number, but for a few codes that Safaricom writes as text.
        description: Safaricom's words.
        items: The metadata by name, in order, hidden in the repr. An item of None has no value at all; without any item
            there is no metadata.
    """

    merchant_request_id: str
    checkout_request_id: str
    code: int | str
    description: str
    items: Mapping[str, object] = attrs.field(repr=False)

    def body(self) -> Mapping[str, object]:
        """Give the body of the callback."""
        said: dict[str, object] = {
            "MerchantRequestID": self.merchant_request_id,
            "CheckoutRequestID": self.checkout_request_id,
            "ResultCode": self.code,
            "ResultDesc": self.description,
        }
        if self.items:
            said["CallbackMetadata"] = {
                "Item": [
                    {"Name": name} if value is None else {"Name": name, "Value": value}
                    for name, value in self.items.items()
                ]
            }
        return {"Body": {"stkCallback": said}}


def notice(push: Push, decision: Decision) -> Notice:
    """Say what became of a push, in the newest style; only a success has metadata."""
    items = {
        "Amount": push.amount,
        "MpesaReceiptNumber": decision.receipt,
        "TransactionDate": int(to_eat_digits(decision.at)),
        "PhoneNumber": int(push.phone),
    }
    return Notice(
        merchant_request_id=push.merchant_request_id,
        checkout_request_id=push.checkout_request_id,
        code=decision.result.code,
        description=decision.result.description,
        items=items if decision.result.paid else {},
    )


def callback_body(push: Push, decision: Decision) -> Mapping[str, object]:
    """Give the usual body of a callback."""
    return notice(push, decision).body()


def callback_request(push: Push, body: Mapping[str, object]) -> HttpRequest:
    """Address a callback to whoever asked for the push."""
    headers = {"Content-Type": "application/json;charset=UTF-8", "Businessshortcode": push.shortcode}
    return HttpRequest("POST", push.callback_url, headers, json.dumps(body, separators=(",", ":")).encode())
