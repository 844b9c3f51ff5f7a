"""The money of the local Daraja: accounts with true balances, charges by a tariff, every transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs

from daraja.values.nairobi_time import EAT

_NAMES: Final = ("ACHIENG", "BARAKA", "CHEBET", "DAUDI", "ESTHER", "FATUMA", "GITAU", "HALIMA", "IMANI", "JUMA")


class Account(StrEnum):
    """The accounts of an organisation."""

    WORKING = "Working Account"
    """Pays other businesses."""
    UTILITY = "Utility Account"
    """Receives pay bill payments, and pays phones."""
    MERCHANT = "Merchant Account"
    """Receives the payments at a till."""
    CHARGES = "Charges Paid Account"
    """The charges of M-Pesa; it is below zero."""
    SETTLEMENT = "Organization Settlement Account"


_OPENING: Final[Mapping[Account, Decimal]] = {
    Account.WORKING: Decimal(1_000_000),
    Account.MERCHANT: Decimal(1_000_000),
    Account.UTILITY: Decimal(1_000_000),
    Account.CHARGES: Decimal(0),
    Account.SETTLEMENT: Decimal(0),
}
"""The balances of a new organisation, in the order in which Daraja lists the accounts."""


@attrs.frozen
class Band:
    """A row of a tariff.

    Args:
        up_to: The highest amount that it applies to, in KES.
        charge: What a transaction costs, in KES.
    """

    up_to: Decimal = attrs.field(converter=Decimal)
    charge: Decimal = attrs.field(converter=Decimal)


@attrs.frozen
class Party:
    """A party that pays or is paid.

    Args:
        number: A phone number or a shortcode.
        name: The name that M-Pesa shows.
        account: The account of an organisation; None for a customer, whose balance is not kept.
    """

    number: str
    name: str
    account: Account | None = None

    def __str__(self) -> str:
        return f"{self.number} - {self.name}"


def customer(phone: str) -> Party:
    """Return the customer with a phone; the same number always has the same invented name."""
    number = int(phone)
    return Party(phone, f"{_NAMES[number % 10]} {_NAMES[number // 10 % 10]}")


def organisation(shortcode: str, account: Account) -> Party:
    """Return an account of an organisation."""
    return Party(shortcode, f"Business {shortcode}", account)


@attrs.frozen(kw_only=True)
class Transaction:
    """A movement of money, or one that failed.

    Args:
        receipt: M-Pesa's id of it; a receipt where it is completed.
        product: The product that made it, such as ``b2c``; the tariff is by product.
        status: ``Initiated``, ``Completed``, ``Declined`` or ``Expired``.
        reason: M-Pesa's words for the kind of transaction.
        amount: KES.
        debit: Who pays.
        credit: Who is paid.
        initiated_at: When it was asked for.
        finalised_at: When it ended; None while it is open.
        charge: What M-Pesa charges the organisation for it.
        reference: The account that a payer typed, or the reference of the request.
        originator_conversation_id: The id of the request, which a shop may choose.
        conversation_id: Daraja's id of the request.
        linked: The receipt of the transaction that this one reverses.
    """

    receipt: str
    product: str
    status: str = "Completed"
    reason: str
    amount: Decimal = attrs.field(converter=Decimal)
    debit: Party
    credit: Party
    initiated_at: datetime
    finalised_at: datetime | None = None
    charge: Decimal = Decimal(0)
    reference: str = ""
    originator_conversation_id: str = ""
    conversation_id: str = ""
    linked: str = ""

    @property
    def completed(self) -> bool:
        """Whether the money moved."""
        return self.status == "Completed"


@attrs.frozen(kw_only=True)
class Entry:
    """A row of one account.

    Args:
        transaction: What caused it.
        amount: KES; below zero for money that went out.
        balance: What the account holds after it.
        details: M-Pesa's words.
    """

    transaction: Transaction
    amount: Decimal
    balance: Decimal
    details: str


class Ledger:
    """The accounts of all organisations.

    Args:
        opening: What organisations begin with, by shortcode and account; what is not named begins with KES 1,000,000
            on Working, Utility and Merchant, and nothing on the others.
        tariff: What transactions cost, by product; bands in ascending order. Other products cost nothing.
    """

    def __init__(
        self,
        opening: Mapping[str, Mapping[str, Decimal | int]] | None = None,
        tariff: Mapping[str, Sequence[Band]] | None = None,
    ) -> None:
        self._opening: Final = {} if opening is None else dict(opening)
        self._tariff: Final = {} if tariff is None else dict(tariff)
        self._balances: dict[str, dict[Account, Decimal]] = {}
        self._entries: dict[tuple[str, Account], list[Entry]] = {}
        self._transactions: dict[str, Transaction] = {}
        self._by_conversation: dict[str, str] = {}
        self._by_receiver: dict[str, dict[str, None]] = {}
        self._reversals: dict[str, str] = {}
        self.on_received: Final[list[Callable[[Transaction, datetime], None]]] = []
        """Called with each completed payment of a customer to an organisation, and the time."""

    @property
    def transactions(self) -> Sequence[Transaction]:
        """Every transaction, oldest first."""
        return tuple(self._transactions.values())

    def balances(self, shortcode: str) -> Mapping[Account, Decimal]:
        """Return the balances of an organisation's accounts."""
        if shortcode not in self._balances:
            given = self._opening.get(shortcode, {})
            opening = {account: Decimal(given.get(account, usual)) for account, usual in _OPENING.items()}
            self._balances[shortcode] = opening
        return self._balances[shortcode]

    def entries(self, shortcode: str, account: Account) -> Sequence[Entry]:
        """Return the rows of an account, oldest first."""
        return tuple(self._entries.get((shortcode, account), ()))

    def charge_for(self, product: str, amount: Decimal) -> Decimal:
        """Return the cost of a transaction by the tariff."""
        bands = self._tariff.get(product, ())
        found = (band.charge for band in bands if amount <= band.up_to)
        return next(found, bands[-1].charge if bands else Decimal(0))

    def covers(self, party: Party, amount: Decimal) -> bool:
        """Tell whether a party can pay; a customer always can."""
        return party.account is None or self.balances(party.number)[party.account] >= amount

    def find(self, *, receipt: str = "", conversation: str = "") -> Transaction | None:
        """Return a transaction by its receipt or by an id of its request; None if there is none."""
        return self._transactions.get(receipt or self._by_conversation.get(conversation, ""))

    def reversal_of(self, receipt: str) -> Transaction | None:
        """Return the transaction that reversed another one; None if none did."""
        return self._transactions.get(self._reversals.get(receipt, ""))

    def paid_to(self, number: str) -> Sequence[Transaction]:
        """Return the completed payments to a phone or a shortcode, oldest first."""
        known = (self._transactions[receipt] for receipt in self._by_receiver.get(number, ()))
        return [transaction for transaction in known if transaction.completed]

    def keep(self, transaction: Transaction) -> None:
        """Keep a transaction that moves no money yet, or never."""
        self._transactions[transaction.receipt] = transaction
        self._by_receiver.setdefault(transaction.credit.number, {})[transaction.receipt] = None
        for identity in filter(None, (transaction.originator_conversation_id, transaction.conversation_id)):
            self._by_conversation[identity] = transaction.receipt

    def complete(self, transaction: Transaction, now: datetime) -> Transaction:
        """Move the money of a transaction, with its charge, and return it as it then is."""
        payer, paid = transaction.debit, transaction.credit
        charge = self.charge_for(transaction.product, transaction.amount)
        done = attrs.evolve(transaction, status="Completed", finalised_at=now, charge=charge)
        self.keep(done)
        if done.linked:
            self._reversals[done.linked] = done.receipt
        self._post(payer, done, -done.amount, done.reason)
        self._post(paid, done, done.amount, done.reason)
        charged = payer if payer.account else paid
        if charge:
            self._post(attrs.evolve(charged, account=Account.CHARGES), done, -charge, f"{done.reason} Charge")
        if payer.account is None and paid.account is not None:
            for listener in self.on_received:
                listener(done, now)
        return done

    def _post(self, party: Party, transaction: Transaction, amount: Decimal, details: str) -> None:
        if party.account is None:
            return
        balance = self.balances(party.number)[party.account] + amount
        self._balances[party.number][party.account] = balance
        entry = Entry(transaction=transaction, amount=amount, balance=balance, details=details)
        self._entries.setdefault((party.number, party.account), []).append(entry)


def transaction_json(transaction: Transaction) -> Mapping[str, object]:
    """Return a transaction as JSON, for the control API."""
    ended = transaction.finalised_at
    return {
        "receipt": transaction.receipt,
        "product": transaction.product,
        "status": transaction.status,
        "reason": transaction.reason,
        "amount": float(transaction.amount),
        "charge": float(transaction.charge),
        "debit": str(transaction.debit),
        "credit": str(transaction.credit),
        "reference": transaction.reference,
        "initiated_at": transaction.initiated_at.astimezone(EAT).isoformat(timespec="seconds"),
        "finalised_at": ended and ended.astimezone(EAT).isoformat(timespec="seconds"),
        "originator_conversation_id": transaction.originator_conversation_id,
        "conversation_id": transaction.conversation_id,
        "linked": transaction.linked,
    }
