"""What each result code of a payment to a phone (B2C and Pochi) means. The customer is the one who is paid."""

from typing import Final

from daraja.result_codes.base import Outcome
from daraja.result_codes.common import CustomerWords, over_common, row

_WORDS: Final = CustomerWords(
    done="Your money has been sent. Please look for it in your M-Pesa messages.",
    pending="M-Pesa is still working on your money. Please wait; we will tell you when it is sent.",
    unsent="Your money could not be sent yet. We are looking into it, and you need not do anything.",
    unknown="We do not know yet whether your money was sent. Please look at your M-Pesa messages while we find out.",
)
_LIMIT: Final = (
    "Your M-Pesa account cannot take this money because of a limit. Please contact us about another way to be paid."
)
_DOCUMENTED: Final = "Daraja, BusinessToCustomer; documented"

B2C: Final = over_common(
    _WORDS,
    row(
        "0",
        Outcome.PAID,
        "Paid out",
        customer=_WORDS.done,
        merchant="The receiver has the money.",
        developer="The money has moved. Compare TransactionAmount and the receiver with what you asked for. "
        "TransactionReceipt is the receipt.",
        source="Daraja, BusinessToCustomer; documented and observed in production",
    ),
    row(
        "1",
        Outcome.FAILED,
        "Not enough money",
        customer=_WORDS.unsent,
        merchant="Your Utility account holds too little. Move money to it, then pay again.",
        developer="B2C is paid from the Utility account; money on the Working account does not count. No money moved.",
        source="Daraja, BusinessToCustomer; documented and observed in production",
        no_money_moved=True,
    ),
    row(
        "4",
        Outcome.FAILED,
        "Daily limit of the receiver",
        customer=_LIMIT,
        merchant="The receiver has reached the limit of the day. Pay on another day, or in another way.",
        developer="The payment would take the receiver over the daily limit (KES 500,000 by the portal).",
        source=_DOCUMENTED,
        no_money_moved=True,
    ),
    row(
        "8",
        Outcome.FAILED,
        "Balance limit of the receiver",
        customer=_LIMIT,
        merchant="The receiver's account would hold too much. Pay less, later, or in another way.",
        developer="The payment would take the receiver over the highest balance (KES 500,000 by the portal).",
        source=_DOCUMENTED,
        no_money_moved=True,
    ),
    row(
        "2040",
        Outcome.FAILED,
        "Receiver not registered",
        customer="This phone number is not registered for M-Pesa. Please give us another number.",
        merchant="The phone number is not registered for M-Pesa. Ask for another number.",
        developer="The type of customer is not supported: the receiver is not registered for M-Pesa. Ask Hakikisha "
        "before you pay a new number.",
        source=_DOCUMENTED,
        no_money_moved=True,
    ),
)
"""The explanation of each result code of B2C."""
