"""The messages for the customer about a payment, by its status."""

from typing import Final

from daraja.result_codes import Outcome, explain

_BY_STATUS: Final = {
    "pending": (
        "We are waiting for M-Pesa. If it asks for your PIN on your phone, enter it. If nothing appears, please wait: "
        "do not pay again yet."
    ),
    "initiated": "Enter your M-Pesa PIN on your phone. We are waiting for M-Pesa to confirm.",
    "unconfirmed": "M-Pesa has not told us whether you paid. Look at your M-Pesa messages, and do not pay again.",
    "success": "Thank you, your payment has arrived.",
}
_DENIED_ONCE: Final = "M-Pesa says that nothing was paid, and we are making sure. Please do not pay again yet."
_REFUSED: Final = "M-Pesa did not take our request, and you were not charged."
_NOT_ARRIVED: Final = "We have looked, and your payment did not arrive."
REFUND: Final = "Your order was paid already, so we will send this payment back to you. Please do not pay again."
ANOTHER_PAID: Final = "Another payment has paid your order, so this one does not count."
REVIEW: Final = "Your payment needs a closer look by us. Please do not pay again; we will be in touch."


def customer_message(
    status: str, *, denied_once: bool, refused: bool, result_code: str | None, result_description: str
) -> str:
    """Return the message for a payment without a contradiction."""
    if denied_once:
        return _DENIED_ONCE
    said = None if result_code is None else explain("stk", result_code, result_description)
    if status == "initiated" and said is not None and said.outcome is Outcome.UNRECOGNISED:
        return said.customer_message  # M-Pesa has said something, so it no longer waits for a PIN
    if words := _BY_STATUS.get(status):
        return words
    if refused:
        return _REFUSED
    return _NOT_ARRIVED if said is None else said.customer_message
