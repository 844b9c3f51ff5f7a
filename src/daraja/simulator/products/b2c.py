"""B2C and Pochi: an organisation pays a phone from its Utility account."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import ClassVar, Final

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.errors import HttpError, Json
from daraja.simulator.ledger import Account, Transaction, customer, organisation, transaction_json
from daraja.simulator.products.base import MagicNumber, Route, Services
from daraja.simulator.products.initiator import (
    InitiatorRequest,
    Report,
    ResultScenario,
    magic_numbers,
    move_money,
    read_request,
    scenario_for,
)
from daraja.simulator.products.initiator.request import PHONE, whole_amount
from daraja.simulator.results import Result, result
from daraja.simulator.validation import Fields
from daraja.values.nairobi_time import EAT

_BLOCK: Final = "81"
_REASONS: Final = {
    "BusinessPayment": "Business Payment to Customer via API",
    "SalaryPayment": "Salary Payment via API",
    "PromotionPayment": "Promotion Payment via API",
    "BusinessPayToPochi": "Business Payment to Pochi via API",
}
_COMMANDS: Final = ("BusinessPayment", "SalaryPayment", "PromotionPayment")
_POCHI: Final = ("BusinessPayToPochi",)
_DAY: Final = timedelta(days=1)
_LOWEST: Final = Decimal(10)
_HIGHEST: Final = Decimal(250_000)
_HIGHEST_OF_A_DAY: Final = Decimal(500_000)


class B2c:
    """The products B2C, in its three versions, and Pochi.

    Args:
        services: What they share with the other products.
        scenarios: Phone numbers with the scenario of a payout to each.
    """

    name: ClassVar[str] = "b2c"
    title: ClassVar[str] = "B2C and Pochi"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = magic_numbers(_BLOCK, "25470000", "a payout to it")

    def __init__(self, services: Services, scenarios: Mapping[str, ResultScenario]) -> None:
        pay = self._pay
        self.routes: Final[Mapping[str, Route]] = {
            "/mpesa/b2c/v3/paymentrequest": Route(partial(pay, own_id=True, occasion="Occassion")),
            "/mpesa/b2c/v1/paymentrequest": Route(pay),
            "/mpesa/b2cvalidate/v2/paymentrequest": Route(partial(pay, own_id=True, more=("IDType", "IDNumber"))),
            "/mpesa/b2pochi/v1/paymentrequest": Route(partial(pay, own_id=True, occasion="Occassion", commands=_POCHI)),
        }
        self.views: Final[Mapping[str, Callable[[], Json]]] = {"payouts": self._payouts}
        self._services = services
        self._scenarios = scenarios

    def _pay(
        self,
        request: HttpRequest,
        now: datetime,
        *,
        own_id: bool = False,
        occasion: str = "Occasion",
        commands: Sequence[str] = _COMMANDS,
        more: Sequence[str] = (),
    ) -> HttpResponse:
        read = read_request(
            request,
            self._services,
            now,
            product=self.name,
            needed=("Amount", "PartyB", *more),
            commands=commands,
            initiator="InitiatorName",
            occasion=occasion,
            remarks=(2, 100),
            own_id=own_id,
        )
        phone = Fields(read.fields).matching("PartyB", PHONE, "a number in the form 2547XXXXXXXX or 2541XXXXXXXX")
        asked = attrs.evolve(read, other=phone, amount=whole_amount(read.fields))
        if own_id and self._services.ledger.find(conversation=asked.originator_conversation_id):
            why = "a payout with this OriginatorConversationID was accepted before; ask what became of that one"
            raise HttpError(500, "500.002.1001", "Duplicate OriginatorConversationID.", why)
        return move_money(
            self._services,
            asked,
            self._scenarios.get(phone) or scenario_for(phone, _BLOCK),
            self._transaction(asked),
            report=self._report,
            check=self._check,
        )

    def _transaction(self, asked: InitiatorRequest) -> Transaction:
        return Transaction(
            receipt=self._services.ids.receipt(asked.asked_at),
            product=self.name,
            status="Initiated",
            reason=_REASONS[asked.command],
            amount=asked.amount,
            debit=organisation(asked.shortcode, Account.UTILITY),
            credit=customer(asked.other),
            initiated_at=asked.asked_at,
            originator_conversation_id=asked.originator_conversation_id,
            conversation_id=asked.conversation_id,
        )

    def _check(self, transaction: Transaction) -> Result | None:
        if transaction.amount < _LOWEST:
            return result(2)
        if transaction.amount > _HIGHEST:
            return result(3)
        since = transaction.initiated_at - _DAY
        received = (
            earlier.amount
            for earlier in self._services.ledger.paid_to(transaction.credit.number)
            if earlier.initiated_at > since
        )
        return result(4) if sum(received, transaction.amount) > _HIGHEST_OF_A_DAY else None

    def _report(self, asked: InitiatorRequest, transaction: Transaction, ended: Result) -> Report:
        balances = self._services.ledger.balances(asked.shortcode)
        at = transaction.finalised_at or asked.asked_at
        parameters = {
            "TransactionAmount": asked.amount,
            "TransactionReceipt": transaction.receipt,
            "ReceiverPartyPublicName": str(transaction.credit),
            "TransactionCompletedDateTime": f"{at.astimezone(EAT):%d.%m.%Y %H:%M:%S}",
            "B2CUtilityAccountAvailableFunds": float(balances[Account.UTILITY]),
            "B2CWorkingAccountAvailableFunds": float(balances[Account.WORKING]),
            "B2CRecipientIsRegisteredCustomer": "Y",
            "B2CChargesPaidAccountAvailableFunds": float(balances[Account.CHARGES]),
        }
        return Report(result=ended, transaction_id=transaction.receipt, parameters=parameters if ended.paid else {})

    def _payouts(self) -> Json:
        made = [known for known in self._services.ledger.transactions if known.product == self.name]
        return {"payouts": [transaction_json(transaction) for transaction in reversed(made)]}
