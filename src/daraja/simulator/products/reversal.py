"""Reversal: an organisation gives back a payment that it received."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

import attrs

from daraja.api.stk.push import stk_timestamp
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.ledger import Transaction
from daraja.simulator.products.base import NO_VIEWS, MagicNumber, Route, Services
from daraja.simulator.products.initiator import (
    InitiatorRequest,
    Report,
    answer_question,
    magic_numbers,
    move_money,
    read_request,
    scenario_for,
)
from daraja.simulator.products.initiator.request import check_identifier, whole_amount
from daraja.simulator.results import ALREADY_REVERSED, UNKNOWN_RECEIPT, Result
from daraja.simulator.validation import Fields

_BLOCK: Final = "83"
_RECEIPT: Final = re.compile(r"[A-Za-z0-9]{1,64}")


class Reversal:
    """The product reversal. Only the whole amount goes back, also if the request names another one.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "reversal"
    title: ClassVar[str] = "reversal"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = magic_numbers(
        _BLOCK, "25470000", "the reversal of a payment by it"
    )

    def __init__(self, services: Services) -> None:
        self.routes: Final[Mapping[str, Route]] = {"/mpesa/reversal/v1/request": Route(self._reverse)}
        self.views: Final = NO_VIEWS
        self._services = services

    def _reverse(self, request: HttpRequest, now: datetime) -> HttpResponse:
        read = read_request(
            request,
            self._services,
            now,
            product=self.name,
            needed=("TransactionID", "Amount", "RecieverIdentifierType"),
            commands=("TransactionReversal",),
            shortcode="ReceiverParty",
            remarks=(2, 100),
        )
        check_identifier(read.fields, "RecieverIdentifierType", ("11",))
        receipt = Fields(read.fields).matching("TransactionID", _RECEIPT, "a receipt number")
        asked = attrs.evolve(read, amount=whole_amount(read.fields))
        original = self._services.ledger.find(receipt=receipt)
        if original is None or not original.completed or original.credit.number != read.shortcode:
            return answer_question(
                self._services, asked, scenario_for("", _BLOCK), lambda _: Report(result=UNKNOWN_RECEIPT)
            )
        asked = attrs.evolve(asked, other=original.debit.number)
        return move_money(
            self._services,
            asked,
            scenario_for(asked.other, _BLOCK),
            self._transaction(asked, original),
            report=self._report,
            check=self._check,
        )

    def _transaction(self, asked: InitiatorRequest, original: Transaction) -> Transaction:
        return Transaction(
            receipt=self._services.ids.receipt(asked.asked_at),
            product=self.name,
            status="Initiated",
            reason="Transaction Reversal via API",
            amount=original.amount,
            debit=original.credit,
            credit=original.debit,
            initiated_at=asked.asked_at,
            reference=original.reference,
            originator_conversation_id=asked.originator_conversation_id,
            conversation_id=asked.conversation_id,
            linked=original.receipt,
        )

    def _check(self, transaction: Transaction) -> Result | None:
        return ALREADY_REVERSED if self._services.ledger.reversal_of(transaction.linked) else None

    def _report(self, asked: InitiatorRequest, transaction: Transaction, ended: Result) -> Report:
        account = transaction.debit.account
        held = self._services.ledger.balances(asked.shortcode)[account] if account else transaction.amount
        parameters = {
            "DebitAccountBalance": f"{account}|KES|{held:.2f}|{held:.2f}|0.00|0.00",
            "Amount": float(transaction.amount),
            "TransCompletedTime": int(stk_timestamp(transaction.finalised_at or asked.asked_at)),
            "OriginalTransactionID": transaction.linked,
            "Charge": float(transaction.charge),
            "CreditPartyPublicName": str(transaction.credit),
            "DebitPartyPublicName": str(transaction.debit),
        }
        return Report(result=ended, transaction_id=transaction.receipt, parameters=parameters if ended.paid else {})
