"""B2B: an organisation pays a pay bill, a till, a bulk shortcode, its own Utility account or the tax authority."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import ClassVar, Final

import attrs

from daraja.api.stk.push import stk_timestamp
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.errors import invalid_field
from daraja.simulator.ledger import Account, Transaction, organisation
from daraja.simulator.products.base import NO_VIEWS, MagicNumber, Route, Services
from daraja.simulator.products.initiator import (
    InitiatorRequest,
    Report,
    magic_numbers,
    move_money,
    read_request,
    scenario_for,
)
from daraja.simulator.products.initiator.request import PHONE, SHORTCODE, check_identifier, whole_amount
from daraja.simulator.results import UNKNOWN_RECEIVER, Result, result
from daraja.simulator.validation import Fields

_BLOCK: Final = "81"
_ACCOUNT: Final = re.compile(r"(?s).{1,13}")
_PRN: Final = re.compile(r"[A-Za-z0-9]{1,32}")
_REVENUE_AUTHORITY: Final = "572572"
_TILL: Final = "2"
_NOT_ALLOWED: Final = result(21)


@attrs.frozen(kw_only=True)
class _Command:
    """The accounts between which a CommandID moves money.

    Args:
        reason: M-Pesa's words.
        credit: The receiver's account.
        debit: The account that pays.
        types: How the receiver's number may be called.
        is_own: Whether the receiver is the organisation itself.
    """

    reason: str
    credit: Account
    debit: Account = Account.WORKING
    types: Sequence[str] = ("4",)
    is_own: bool = False


_COMMANDS: Final[Mapping[str, _Command]] = {
    "BusinessPayBill": _Command(reason="Business Pay Bill via API", credit=Account.UTILITY),
    "BusinessBuyGoods": _Command(reason="Business Buy Goods via API", credit=Account.MERCHANT, types=("2", "4")),
    "BusinessPayToBulk": _Command(reason="Business Pay To Bulk via API", credit=Account.UTILITY),
    "BusinessTransferFromMMFToUtility": _Command(
        reason="Business Transfer from Working to Utility", credit=Account.UTILITY, is_own=True
    ),
    "BusinessTransferFromUtilityToMMF": _Command(
        reason="Business Transfer from Utility to Working",
        debit=Account.UTILITY,
        credit=Account.WORKING,
        is_own=True,
    ),
}
_TAX: Final = {"PayTaxToKRA": _Command(reason="Pay Tax to KRA via API", credit=Account.UTILITY)}
_NEEDED: Final = ("SenderIdentifierType", "RecieverIdentifierType", "Amount", "PartyB", "AccountReference")


class _Payments:
    """The common part of payments to businesses and of taxes."""

    name: ClassVar[str]

    def __init__(self, services: Services) -> None:
        self._services = services

    def _read(
        self, request: HttpRequest, now: datetime, commands: Mapping[str, _Command], reference: re.Pattern[str]
    ) -> InitiatorRequest:
        read = read_request(
            request,
            self._services,
            now,
            product=self.name,
            needed=_NEEDED,
            commands=tuple(commands),
            occasion="Occassion",
        )
        fields, command = Fields(read.fields), commands[read.command]
        check_identifier(read.fields, "SenderIdentifierType", ("4",))
        check_identifier(read.fields, "RecieverIdentifierType", command.types)
        receiver = fields.matching("PartyB", SHORTCODE, "a shortcode of 5 to 7 digits")
        if command.is_own and receiver != str(read.fields["PartyA"]):
            raise invalid_field("PartyB", "is another organisation; this command moves money between accounts of one")
        if read.fields.get("Requester"):
            fields.matching("Requester", PHONE, "a number in the form 2547XXXXXXXX or 2541XXXXXXXX")
        account = fields.matching("AccountReference", reference, "an account, or the PRN of a tax")
        return attrs.evolve(read, other=receiver, amount=whole_amount(read.fields), reference=account)

    def _pay(self, asked: InitiatorRequest, command: _Command, number: str) -> HttpResponse:
        services = self._services
        transaction = Transaction(
            receipt=services.ids.receipt(asked.asked_at),
            product=self.name,
            status="Initiated",
            reason=command.reason,
            amount=asked.amount,
            debit=organisation(asked.shortcode, command.debit),
            credit=organisation(services.merchants.store_of(asked.other), command.credit),
            initiated_at=asked.asked_at,
            reference=str(asked.reference),
            originator_conversation_id=asked.originator_conversation_id,
            conversation_id=asked.conversation_id,
        )
        scenario = scenario_for(number, _BLOCK)
        check = partial(_check, asked)
        return move_money(services, asked, scenario, transaction, report=self._report, check=check)

    def _report(self, asked: InitiatorRequest, transaction: Transaction, ended: Result) -> Report:
        at = int(stk_timestamp(transaction.finalised_at or asked.asked_at))
        parameters = self._parameters(asked, transaction, at) if ended.paid else {"BOCompletedTime": at}
        return Report(
            result=ended,
            transaction_id=transaction.receipt,
            parameters=parameters,
            references={"BillReferenceNumber": str(asked.reference)},
        )

    def _parameters(self, asked: InitiatorRequest, transaction: Transaction, at: int) -> Mapping[str, object]:
        account = transaction.debit.account or Account.WORKING
        held = self._services.ledger.balances(asked.shortcode)[account]
        charge = f"{transaction.reason} Charge|KES|{transaction.charge:.2f}" if transaction.charge else ""
        return {
            "InitiatorAccountCurrentBalance": _java_map(held),
            "DebitAccountBalance": _java_map(held),
            "Amount": float(transaction.amount),
            "DebitPartyAffectedAccountBalance": f"{account}|KES|{held:.2f}|{held:.2f}|0.00|0.00",
            "TransCompletedTime": at,
            "DebitPartyCharges": charge,
            "ReceiverPartyPublicName": str(transaction.credit),
            "Currency": "KES",
        }


class B2b(_Payments):
    """The product B2B: pay bill, till, top-up of a bulk shortcode, and transfers between accounts of one organisation.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "b2b"
    title: ClassVar[str] = "B2B"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = magic_numbers(_BLOCK, "990", "a payment to this shortcode or PRN")

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.routes: Final[Mapping[str, Route]] = {"/mpesa/b2b/v1/paymentrequest": Route(self._request)}
        self.views: Final = NO_VIEWS

    def _request(self, request: HttpRequest, now: datetime) -> HttpResponse:
        asked = self._read(request, now, _COMMANDS, _ACCOUNT)
        return self._pay(asked, _COMMANDS[asked.command], str(asked.other))


class Tax(_Payments):
    """The product tax remittance. Its receiver is always the same, so the PRN decides how a payment turns out.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "tax"
    title: ClassVar[str] = "tax remittance"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = ()

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.routes: Final[Mapping[str, Route]] = {"/mpesa/b2b/v1/remittax": Route(self._request)}
        self.views: Final = NO_VIEWS

    def _request(self, request: HttpRequest, now: datetime) -> HttpResponse:
        asked = self._read(request, now, _TAX, _PRN)
        if asked.other != _REVENUE_AUTHORITY:
            raise invalid_field("PartyB", f"is not {_REVENUE_AUTHORITY}, the Kenya Revenue Authority")
        return self._pay(asked, _TAX[asked.command], str(asked.reference))


def _check(asked: InitiatorRequest, _: Transaction) -> Result | None:
    if asked.command == "BusinessTransferFromUtilityToMMF":
        return _NOT_ALLOWED  # only people can, in the portal
    # The page names 4 for a till, but with it M-Pesa does not find the till.
    is_till_by_4 = asked.command == "BusinessBuyGoods" and str(asked.fields["RecieverIdentifierType"]) != _TILL
    return UNKNOWN_RECEIVER if is_till_by_4 else None


def _java_map(amount: Decimal) -> str:
    return f"{{Amount={{CurrencyCode=KES, MinimumAmount={amount * 100:.0f}, BasicAmount={amount:.2f}}}}}"
