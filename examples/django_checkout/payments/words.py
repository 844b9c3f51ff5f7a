"""How far a payment has come, in words for the customer."""

import json

from daraja import Status, explain
from daraja.payments.evidence import Source
from payments.models import Payment

__all__ = ["NOT_ASKED", "message_for"]

NOT_ASKED = "This order is not paid yet."

_WAITING = "Enter your M-Pesa PIN on your phone. We are waiting for M-Pesa to confirm."
_WORDS = {
    Status.PENDING: _WAITING,
    Status.INITIATED: _WAITING,
    Status.UNCONFIRMED: "M-Pesa has not told us whether you paid. Look at your M-Pesa messages, and do not pay again.",
    Status.SUCCESS: "Thank you, your payment has arrived.",
}
_REVIEW = "Your payment needs a closer look. We will be in touch; please do not pay again."


def message_for(payment: Payment, /) -> str:
    """Say how far *payment* has come."""
    if payment.needs_attention and payment.status != Status.UNCONFIRMED:
        return _REVIEW
    if words := _WORDS.get(Status(payment.status)):
        return words
    facts = json.loads(payment.facts)
    if facts["decided_by"] == Source.ANSWER or not facts["result_code"]:
        return "M-Pesa did not take our request; nothing was charged."
    return explain("stk", facts["result_code"]).customer_message
