"""Result codes with Safaricom's usual words, and the phone numbers that stand for a result code."""

import re
from typing import Final

import attrs

__all__ = [
    "CANCELLED",
    "NO_FUNDS",
    "PAID",
    "PROCESSING",
    "UNANSWERED",
    "UNKNOWN_RECEIVER",
    "WRONG_PIN",
    "Result",
    "result",
    "result_of_number",
]


@attrs.frozen
class Result:
    """A result code with its words.

    Args:
        code: The number; Safaricom writes a few codes as text, such as ``SFC_IC0003``.
        description: Safaricom's words.
    """

    code: int | str
    description: str

    @property
    def paid(self) -> bool:
        """Whether the money moved."""
        return self.code == 0


PAID: Final = Result(0, "The service request is processed successfully.")
NO_FUNDS: Final = Result(1, "The balance is insufficient for the transaction.")
CANCELLED: Final = Result(1032, "Request cancelled by user")
UNANSWERED: Final = Result(1037, "DS timeout user cannot be reached")
WRONG_PIN: Final = Result(2001, "The initiator information is invalid.")
UNKNOWN_RECEIVER: Final = Result("SFC_IC0003", "The operator does not exist.")
PROCESSING: Final = Result(4999, "The transaction is still under processing")
"""Not decided yet: a query answers so, a callback never does."""

_USUAL: Final = (
    PAID,
    NO_FUNDS,
    Result(2, "Declined due to limit rule: less than the minimum transaction amount."),
    Result(3, "Declined due to limit rule: greater than the maximum transaction amount."),
    Result(4, "Declined due to limit rule: would exceed daily transfer limit."),
    Result(8, "Declined due to limit rule: would exceed the maximum balance."),
    Result(11, "The DebitParty is in an invalid state."),
    Result(17, "Rule limited."),
    Result(26, "System busy. The service request is rejected."),
    Result(1001, "Unable to lock subscriber, a transaction is already in process for the current subscriber"),
    Result(1019, "Transaction has expired"),
    Result(1025, "An error occurred while sending a push request"),
    Result(1031, "Request cancelled by user"),
    CANCELLED,
    Result(1036, "SMSC ACK timeout."),
    UNANSWERED,
    WRONG_PIN,
    Result(2006, "The account status does not allow this transaction."),
    Result(2028, "The request is not permitted according to product assignment."),
    Result(2029, "Unresolved reason type"),
    PROCESSING,
    Result(8006, "The security credential is locked."),
    Result(9999, "Error while sending push request"),
)
_BY_CODE: Final = {known.code: known for known in _USUAL}
_NUMBER_OF_A_RESULT: Final = re.compile(r"25470000([0-9]{4})")


def result(code: int) -> Result:
    """Return a result code with Safaricom's words, or with general words where we know none."""
    return _BY_CODE.get(code) or Result(code, "The service request could not be processed.")


def result_of_number(phone: str) -> Result | None:
    """Return the result that a phone number stands for: CCCC for ``25470000CCCC``, None for any other number."""
    found = _NUMBER_OF_A_RESULT.fullmatch(phone)
    return result(int(found[1])) if found else None
