"""Every operation of the client with what it sends and what Daraja answers: one case for each."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from daraja import Config, Initiator
from daraja.config import Business, Environment
from tests.support.worlds import CALLBACK_SECRET, CONSUMER_KEY, CONSUMER_SECRET, PAY_BILL, PHONE

__all__ = ["ACKNOWLEDGED", "CASES", "INITIATOR", "MONEY", "Case", "organisation"]

INITIATOR: Final = Initiator("testapi", "a-credential-nobody-may-see")
RECEIPT: Final = "RKL51ZDR4F"
ADDRESSES: Final = {
    "ResultURL": "https://shop.example/results/result/",
    "QueueTimeOutURL": "https://shop.example/results/timeout/",
}
ACKNOWLEDGED: Final = {
    "OriginatorConversationID": "16740-34861180-1",
    "ConversationID": "AG_20260115_2010325b025970fbc403",
    "ResponseCode": "0",
    "ResponseDescription": "Accept the service request successfully.",
}
BY_INITIATOR: Final = {"SecurityCredential": "a-credential-nobody-may-see", **ADDRESSES}


def organisation(
    *,
    business: Business = PAY_BILL,
    environment: str | Environment = "simulator",
    **more: Any,  # noqa: ANN401 - settings of many types
) -> Config:
    """Make the settings of an organisation that uses every product."""
    given: dict[str, Any] = {  # Any: as above
        "consumer_key": CONSUMER_KEY,
        "consumer_secret": CONSUMER_SECRET,
        "business": business,
        "environment": environment,
        "callback_url": "https://shop.example/payments/",
        "callback_secrets": [CALLBACK_SECRET],
        "results_url": "https://shop.example/results/",
        "initiator": INITIATOR,
        "pull_number": PHONE,
        "bill_app_key": "an-app-key-nobody-may-see",
    }
    return Config(**(given | more))


@attrs.frozen(kw_only=True)
class Case:
    """One operation.

    Args:
        method: The method of ``Daraja``.
        given: Its arguments by name.
        by_place: Its arguments without a name.
        path: Where the request goes.
        sent: The whole body.
        answer: An answer that says yes.
        repeatable: Whether it is sent again in doubt, since it neither moves money nor prompts anybody.
    """

    method: str
    given: Mapping[str, Any] = attrs.field(factory=dict[str, Any])  # Any: arguments of many types
    by_place: Sequence[Any] = ()
    path: str
    sent: object
    answer: Mapping[str, object] = ACKNOWLEDGED
    repeatable: bool = False

    def ask(self, client: object) -> Any:  # noqa: ANN401 - each operation has an answer of its own
        """Call the method of a client; that of an ``AsyncDaraja`` is to be awaited."""
        return getattr(client, self.method)(*self.by_place, **self.given)


_PAY_OUT: Final = (
    Case(
        method="b2c_payment",
        given={"to": "0712 345 678", "amount": 500, "originator_conversation_id": "payout-17", "occasion": "Easter"},
        path="/mpesa/b2c/v3/paymentrequest",
        sent={
            "OriginatorConversationID": "payout-17",
            "InitiatorName": "testapi",
            **BY_INITIATOR,
            "CommandID": "BusinessPayment",
            "Amount": 500,
            "PartyA": "600111",
            "PartyB": PHONE,
            "Remarks": "Payment",
            "Occassion": "Easter",
        },
    ),
    Case(
        method="pochi_payment",
        given={"to": "0712 345 678", "amount": 10, "originator_conversation_id": "payout-18", "occasion": "Easter"},
        path="/mpesa/b2pochi/v1/paymentrequest",
        sent={
            "OriginatorConversationID": "payout-18",
            "InitiatorName": "testapi",
            **BY_INITIATOR,
            "CommandID": "BusinessPayToPochi",
            "Amount": 10,
            "PartyA": "600111",
            "PartyB": PHONE,
            "Remarks": "Payment",
            "Occassion": "Easter",
        },
    ),
)

_FOLLOW_UP: Final = (
    Case(
        method="reversal",
        given={"receipt": RECEIPT, "amount": 500, "occasion": "Broken kettle"},
        path="/mpesa/reversal/v1/request",
        sent={
            "Initiator": "testapi",
            **BY_INITIATOR,
            "CommandID": "TransactionReversal",
            "TransactionID": RECEIPT,
            "Amount": 500,
            "ReceiverParty": "600111",
            "RecieverIdentifierType": "11",
            "Remarks": "Refund",
            "Occasion": "Broken kettle",
        },
    ),
    Case(
        method="transaction_status",
        given={"receipt": RECEIPT, "originator_conversation_id": "payout-17", "occasion": "Audit"},
        path="/mpesa/transactionstatus/v1/query",
        sent={
            "Initiator": "testapi",
            **BY_INITIATOR,
            "CommandID": "TransactionStatusQuery",
            "TransactionID": RECEIPT,
            "OriginalConversationID": "payout-17",
            "PartyA": "600111",
            "IdentifierType": "4",
            "Remarks": "Status",
            "Occasion": "Audit",
        },
        repeatable=True,
    ),
    Case(
        method="account_balance",
        path="/mpesa/accountbalance/v1/query",
        sent={
            "Initiator": "testapi",
            **BY_INITIATOR,
            "CommandID": "AccountBalance",
            "PartyA": "600111",
            "IdentifierType": "4",
            "Remarks": "Balance",
        },
        repeatable=True,
    ),
)

CASES: Final = (*_PAY_OUT, *_FOLLOW_UP)
"""One case for each operation."""

MONEY: Final = tuple(case for case in CASES if not case.repeatable)
"""What moves money or prompts somebody, and so is never sent twice in doubt."""
