"""Result codes with Safaricom's usual words, and the numbers that stand for a result code."""

import re
from typing import Final

import attrs


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
        return str(self.code) == "0"


PAID: Final = Result(0, "The service request is processed successfully.")
NO_FUNDS: Final = Result(1, "The balance is insufficient for the transaction.")
CANCELLED: Final = Result(1032, "Request cancelled by user")
UNANSWERED: Final = Result(1037, "DS timeout user cannot be reached")
WRONG_PIN: Final = Result(2001, "The initiator information is invalid.")
INITIATOR_INVALID: Final = WRONG_PIN
LOCKED: Final = Result(8006, "The security credential is locked.")
ALREADY_REVERSED: Final = Result("R000001", "The transaction has already been reversed.")
UNKNOWN_RECEIPT: Final = Result("R000002", "The OriginalTransactionID is invalid.")
STORE_MISMATCH: Final = Result(2002, "Failed. The Agent number and Store number entered do not match")
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
    Result(15, "The originator conversation id has been seen before."),
    Result(17, "Rule limited."),
    Result(18, "The initiator credential check failed."),
    Result(20, "The initiator is unknown."),
    Result(21, "The initiator is not allowed to initiate this request."),
    Result(22, "The initiator is not active."),
    Result(24, "A mandatory parameter is missing."),
    Result(25, "The format of a parameter is invalid."),
    Result(26, "System busy. The service request is rejected."),
    Result(1001, "Unable to lock subscriber, a transaction is already in process for the current subscriber"),
    Result(1019, "Transaction has expired"),
    Result(1025, "An error occurred while sending a push request"),
    Result(1031, "Request cancelled by user"),
    CANCELLED,
    Result(1036, "SMSC ACK timeout."),
    UNANSWERED,
    WRONG_PIN,
    STORE_MISMATCH,
    Result(2006, "The account status does not allow this transaction."),
    Result(2028, "The request is not permitted according to product assignment."),
    Result(2040, "Credit Party customer type can't be supported by the service."),
    Result(2029, "Unresolved reason type"),
    PROCESSING,
    LOCKED,
    Result(1050, "A standing order of this name exists already."),
    Result(4001, "The request was cancelled by the user."),
    Result(4102, "Merchant KYC failed."),
    Result(4104, "The nominated number is missing."),
    Result(4201, "USSD network error."),
    Result(4203, "USSD exception error."),
    Result(9999, "Error while sending push request"),
    ALREADY_REVERSED,
    UNKNOWN_RECEIPT,
    UNKNOWN_RECEIVER,
)
_WORDS: Final = {str(known.code): known.description for known in _USUAL}
_MISBEHAVIOURS: Final = range(8100, 8700)
"""No result codes: the numbers that end so misbehave for one product, and are ordinary for the others."""

_NUMBER_OF_A_RESULT: Final = re.compile(r"(?:25470000|990)([0-9]{4})")


def result(code: int | str) -> Result:
    """Return a result code, a number or text, with Safaricom's words, or with general words where we know none."""
    return Result(code, _WORDS.get(str(code), "The service request could not be processed."))


def result_of_number(number: str) -> Result | None:
    """Return the result CCCC of the phone ``25470000CCCC`` or the shortcode ``990CCCC``; None for any other number."""
    found = _NUMBER_OF_A_RESULT.fullmatch(number)
    return result(int(found[1])) if found and int(found[1]) not in _MISBEHAVIOURS else None
