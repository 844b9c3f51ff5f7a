"""What each result code of a reversal means. The customer is the one who gets the money back."""

from typing import Final

from daraja.result_codes.base import Outcome
from daraja.result_codes.common import CustomerWords, over_common, row

_WORDS: Final = CustomerWords(
    done="Your refund has been sent. Please look for it in your M-Pesa messages.",
    pending="M-Pesa is still working on your refund. Please wait; we will tell you when it is sent.",
    unsent="Your refund could not be sent yet. We are looking into it, and you need not do anything.",
    unknown="We do not know yet whether your refund was sent. Please look at your M-Pesa messages while we find out.",
)
_SOURCE: Final = "Daraja, Reversal; documented"

REVERSAL: Final = over_common(
    _WORDS,
    row(
        "0",
        Outcome.PAID,
        "Reversed",
        customer=_WORDS.done,
        merchant="The payer has the money back.",
        developer="The payment is reversed. OriginalTransactionID names it; the TransactionID of the result is the "
        "receipt of the reversal.",
        source=_SOURCE,
    ),
    row(
        "1",
        Outcome.FAILED,
        "Not enough money",
        customer=_WORDS.unsent,
        merchant="The account that was paid no longer holds the money. Put money on it, then refund again.",
        developer="The account that received the payment holds too little, for example after a transfer to the bank. "
        "Nothing was refunded.",
        source="Daraja, Reversal; documented and observed in production",
        no_money_moved=True,
    ),
    row(
        "R000001",
        Outcome.FAILED,
        "Already reversed",
        customer="Your refund was sent before. Please look for it in your M-Pesa messages.",
        merchant="The payment was reversed before. Do not refund it in any other way.",
        developer="M-PESA reverses a payment at most once: an earlier request of yours, a person on the portal or the "
        "customer did so (forwarding the message to 456). The refund is done, not failed; the statement says whose it "
        "was.",
        source=_SOURCE,
    ),
    row(
        "R000002",
        Outcome.FAILED,
        "Receipt unknown",
        customer=_WORDS.unsent,
        merchant="M-Pesa knows no such receipt. Check the receipt number.",
        developer="The TransactionID is not a payment that this shortcode received. Nothing was refunded.",
        source=_SOURCE,
        no_money_moved=True,
    ),
)
"""The explanation of each result code of a reversal."""
