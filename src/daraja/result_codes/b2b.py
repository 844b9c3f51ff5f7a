"""What each result code of a payment to a business or to the tax authority means."""

from typing import Final

from daraja.result_codes.base import Explanation, Outcome
from daraja.result_codes.common import CustomerWords, over_common, row

_WORDS: Final = CustomerWords(
    done="The payment has been made. There is nothing more to do.",
    pending="M-Pesa is still working on the payment. Please do not pay it again.",
    unsent="The payment could not be made. We are looking into it, and you need not do anything.",
    unknown="We do not know yet whether the payment was made. Please do not pay it again before we know.",
)


def _paid(developer: str, source: str) -> Explanation:
    return row(
        "0",
        Outcome.PAID,
        "Paid",
        customer=_WORDS.done,
        merchant="The receiver has the money.",
        developer=developer,
        source=source,
    )


def _not_enough(source: str) -> Explanation:
    return row(
        "1",
        Outcome.FAILED,
        "Not enough money",
        customer=_WORDS.unsent,
        merchant="Your Working account holds too little. Put money on it, then pay again.",
        developer="Payments to businesses are made from the Working account. No money moved.",
        source=source,
        no_money_moved=True,
    )


B2B: Final = over_common(
    _WORDS,
    _paid(
        "The money has moved. Compare the amount and the receiver where the result names them; results of 2021 have no "
        "amount at all.",
        "Daraja, BusinessPayBill; documented and observed in production",
    ),
    _not_enough("Daraja, BusinessPayBill; documented and observed in production"),
    row(
        "21",
        Outcome.FAILED,
        "Initiator not allowed",
        customer=_WORDS.unsent,
        merchant="The API operator lacks the right role, or this transfer is made by hand only. Look on the portal.",
        developer="The initiator may not make this request. A transfer from Utility to Working always ends so: it is "
        "made by hand on the organisation portal.",
        source="Daraja, BusinessPayBill; documented and observed in production",
        no_money_moved=True,
    ),
)
"""The explanation of each result code of B2B: pay bill, till, bulk account and own accounts."""

TAX: Final = over_common(
    _WORDS,
    _paid("The tax is paid. A PRN is paid once, so never pay it again.", "Daraja, TaxRemittance; documented"),
    _not_enough("Daraja, TaxRemittance; documented"),
)
"""The explanation of each result code of a tax payment."""
