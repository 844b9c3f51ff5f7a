"""Transaction status: the result of a payment, by its receipt or by the id of its request."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

import attrs

from daraja.api.stk.push import stk_timestamp
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.errors import invalid_field
from daraja.simulator.ledger import Account, Transaction
from daraja.simulator.products.base import NO_VIEWS, MagicNumber, Route, Services
from daraja.simulator.products.initiator import Report, answer_question, magic_numbers, read_request, scenario_for
from daraja.simulator.products.initiator.request import check_identifier
from daraja.simulator.results import Result
from daraja.simulator.validation import Fields

_BLOCK: Final = "82"
_ID: Final = re.compile(r"[!-~]{0,64}")
_NULL: Final = Result(25, "The format of parameter null is invalid.")
_UNKNOWN: Final = Result(25, "The format of parameter TransactionID is invalid.")
_DEBIT_ACCOUNTS: Final = {None: "MMF Account For Customer", Account.UTILITY: "Utility Account"}


class TransactionStatus:
    """The product transaction status. Daraja's answer for an unknown id is not documented; here it is code 25.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "status"
    title: ClassVar[str] = "transaction status"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = magic_numbers(
        _BLOCK, "25470000", "a status query about a payment to or from it"
    )

    def __init__(self, services: Services) -> None:
        self.routes: Final[Mapping[str, Route]] = {"/mpesa/transactionstatus/v1/query": Route(self._query)}
        self.views: Final = NO_VIEWS
        self._services = services

    def _query(self, request: HttpRequest, now: datetime) -> HttpResponse:
        read = read_request(
            request,
            self._services,
            now,
            product=self.name,
            needed=("IdentifierType",),
            commands=("TransactionStatusQuery",),
        )
        check_identifier(read.fields, "IdentifierType", ("1", "2", "4"))
        receipt, conversation = (_id(read.fields, name) for name in ("TransactionID", "OriginalConversationID"))
        if receipt is None and conversation is None:
            raise invalid_field("TransactionID", "is missing, and OriginalConversationID is too")
        found = self._find(read.shortcode, receipt or "", conversation or "")
        other = "" if found is None else _other(found, read.shortcode)
        asked = attrs.evolve(read, other=other or read.shortcode)

        def answer(_: datetime) -> Report:
            transaction = self._find(read.shortcode, receipt or "", conversation or "")
            if transaction is not None:
                return Report(parameters=_parameters(transaction))
            return Report(result=_UNKNOWN if receipt or conversation else _NULL)

        return answer_question(self._services, asked, scenario_for(asked.other, _BLOCK, codes=False), answer)

    def _find(self, shortcode: str, receipt: str, conversation: str) -> Transaction | None:
        """Find a transaction of this organisation. Transactions of others are not found."""
        found = self._services.ledger.find(receipt=receipt, conversation=conversation)
        return found if found and shortcode in (found.debit.number, found.credit.number) else None


def _id(fields: Mapping[str, object], name: str) -> str | None:
    return Fields(fields).matching(name, _ID, "an id") if name in fields else None


def _other(transaction: Transaction, shortcode: str) -> str:
    return transaction.credit.number if transaction.debit.number == shortcode else transaction.debit.number


def _parameters(transaction: Transaction) -> Mapping[str, object]:
    ended = transaction.finalised_at
    charge = f"Fee For {transaction.reason}|KES|{transaction.charge:.2f}" if transaction.charge else None
    organisation_pays = transaction.debit.account is not None
    return {
        "DebitPartyName": str(transaction.debit),
        "CreditPartyName": str(transaction.credit),
        "OriginatorConversationID": str(transaction.originator_conversation_id) or None,
        "ConversationID": transaction.conversation_id or None,
        "InitiatedTime": int(stk_timestamp(transaction.initiated_at)),
        "FinalisedTime": int(stk_timestamp(ended)) if ended is not None else None,
        "DebitPartyCharges": charge if organisation_pays else None,
        "CreditPartyCharges": None if organisation_pays else charge,
        "DebitAccountType": _DEBIT_ACCOUNTS.get(transaction.debit.account, "MMF Account for Organization"),
        "TransactionReason": None,
        "ReasonType": transaction.reason,
        "TransactionStatus": transaction.status,
        "Amount": float(transaction.amount),
        "ReceiptNo": transaction.receipt,
    }
