"""What each result code of a status query and of a balance query means: whether the question was answered."""

from typing import Final

from daraja.result_codes.base import Explanation, Outcome
from daraja.result_codes.common import CustomerWords, over_common, row

_NOT_YET: Final = "M-Pesa has not yet told us what became of the payment. Please do not pay again before we know."
_ABOUT_A_PAYMENT: Final = CustomerWords(
    done="M-Pesa has answered our question about the payment. We will tell you what became of it.",
    pending=_NOT_YET,
    unsent=_NOT_YET,
    unknown=_NOT_YET,
)
_OURS: Final = "This is a question about our own account. It changes nothing about your payment."
_ABOUT_US: Final = CustomerWords(done=_OURS, pending=_OURS, unsent=_OURS, unknown=_OURS)


def _answered(words: CustomerWords, merchant: str, developer: str, source: str) -> Explanation:
    return row(
        "0",
        Outcome.ANSWERED,
        "Answered",
        customer=words.done,
        merchant=merchant,
        developer=developer,
        source=source,
    )


STATUS: Final = over_common(
    _ABOUT_A_PAYMENT,
    _answered(
        _ABOUT_A_PAYMENT,
        "M-Pesa has answered. What became of the payment stands in the answer.",
        "The question was answered, which says nothing yet: only the TransactionStatus Completed means paid.",
        "Daraja, TransactionStatus; documented and observed in production",
    ),
    is_question=True,
)
"""The explanation of each result code of a transaction status query."""

BALANCE: Final = over_common(
    _ABOUT_US,
    _answered(
        _ABOUT_US,
        "M-Pesa has told us the balances.",
        "The balances stand in the result, by the name of the account.",
        "Daraja, AccountBalance; documented, and a real result of 2026",
    ),
    is_question=True,
)
"""The explanation of each result code of an account balance query."""
