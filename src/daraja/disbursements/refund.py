"""A payment goes back to who paid it: by reversal, or by a payout if the reversal says that the money is gone."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Protocol, TypeAlias, runtime_checkable

import attrs

from daraja import fields
from daraja.disbursements.model import Payout, PayoutStore
from daraja.disbursements.pay import Pay, Refunded
from daraja.disbursements.policy import PayoutPolicy
from daraja.disbursements.products import Product
from daraja.errors import DuplicatePayout, InvalidInput
from daraja.fields import Fault, raise_faults, value_or_fault
from daraja.http.flow import Flow, ask
from daraja.lifecycle.effects import Elsewhere
from daraja.lifecycle.policy import Scope
from daraja.lifecycle.ports import Records
from daraja.lifecycle.record import Account, Record
from daraja.lifecycle.resolve import check_words, decided
from daraja.lifecycle.transitions import update
from daraja.payments.model import Payment
from daraja.to import Mobile, Pochi, Receiver
from daraja.values.prompt import masks_differ
from daraja.values.secret import MaskedText


class PaidToUs(Protocol):
    """A payment that can be paid back, from wherever you keep it."""

    @property
    def account(self) -> Account:
        """Who received it."""
        ...

    @property
    def receipt(self) -> str | None:
        """Its receipt."""
        ...

    @property
    def amount(self) -> int | Decimal | None:
        """How much was paid, in whole KES; None if nobody knows."""
        ...

    @property
    def phone(self) -> str:
        """Who paid."""
        ...

    @property
    def is_success(self) -> bool:
        """Whether the money moved."""
        ...


@runtime_checkable
class PaidByHand(PaidToUs, Protocol):
    """A payment of whose payer M-Pesa perhaps shows only a part: a ``daraja.Receipt``."""

    @property
    def payers(self) -> Sequence[str]:
        """The payer's number, in each form that Safaricom sent."""
        ...

    @property
    def is_unmatched(self) -> bool:
        """Whether nobody knows what it is for."""
        ...


Refundable: TypeAlias = Payment | PaidToUs
"""A payment of the checkout, or the facts that you know of another one."""


def refunded(payment: Refundable, to: Receiver, policy: PayoutPolicy, /) -> Refunded:
    """Check that a payment can go back to the person who paid it, and return its receipt and amount.

    Raises:
        InvalidInput: If it was not paid, has no receipt, is another account's, or was paid by somebody else.
    """
    fault = None
    if not payment.is_success:
        fault = "was not paid, so there is nothing to pay back"
    elif payment.account != policy.account:
        fault = f"was paid to {payment.account.words}, and these payouts are of {policy.account.words}"
    elif payment.receipt is None or payment.amount is None:
        fault = "has no receipt; resolve it with the receipt on the statement first"
    elif isinstance(payment, Record) and (other := _other_value(payment)) is not None:
        fault = f"was announced with another {other}; look at the statement, and pay it back on the portal"
    raise_faults({"payment": None if fault is None else Fault(fault)})
    raise_faults({"to": value_or_fault(_check_payer, payment, to)})
    amount = fields.amount(payment.amount or 0)  # the amount of a receipt is a Decimal
    raise_faults({"amount": amount})
    # One receipt in two spellings must not have two refunds.
    is_denied = isinstance(payment, Record) and payment.denied_by_a_person
    return Refunded(receipt=(payment.receipt or "").strip().upper(), amount=amount, is_denied=is_denied)


def _other_value(payment: Record) -> str | None:
    """Return the name of a fact that has two values. Nobody knows then what to pay back."""
    told_twice = {one.partition("=")[0] for one in payment.conflicts}
    return next((name for name in ("amount", "receipt") if name in told_twice), None)


def _check_payer(payment: Refundable, to: Receiver) -> None:
    """Check that a receiver can be who paid, as far as M-Pesa tells. A masked number contradicts, a hash never does."""
    if not isinstance(to, Mobile | Pochi):
        raise ValueError("is no phone, and a payment goes back to the phone that paid")
    payers = payment.payers if isinstance(payment, PaidByHand) else (payment.phone,)
    if any(masks_differ(payer, to.phone) for payer in payers):
        raise ValueError("is not the phone that paid")


def _payer(payment: Refundable, phone: str | None) -> Mobile:
    if phone is None and not payment.phone:
        raise InvalidInput({"phone": "is missing, as M-Pesa does not show who paid; ask the customer"})
    return Mobile(payment.phone if phone is None else phone)


def refund(
    payment: Refundable, policy: PayoutPolicy, /, *, reason: str, by: str, phone: str | None = None
) -> Flow[Payout]:
    """Reverse a payment, the whole amount. A refund that is open or done is returned as it is.

    Raises:
        InvalidInput: If the payment cannot be paid back, *reason* is empty, or *phone* did not pay.
        DarajaError: See ``Pay.flow``.
    """
    raise_faults({"reason": value_or_fault(check_words, reason)})
    payer = _payer(payment, phone)
    what = refunded(payment, payer, policy)
    earlier = yield from ask(PayoutStore.refunds, what.receipt, policy.account)
    for payout in earlier:
        if not payout.surely_unpaid:
            return payout
    yield from _prepare(what, policy)
    pay = Pay(
        product=Product.REVERSAL,
        to=payer,
        amount=what.amount,
        remarks="Refund",
        # Two callers at the same time draw the same number, so one of them makes the refund.
        idempotency_key=f"refund {what.receipt} {len(earlier) + 1}",
        metadata={"reason": reason},
        by=by,
        refunded=what,
    )
    try:
        return (yield from pay.flow(policy))
    except DuplicatePayout as duplicate:
        if isinstance(duplicate.payout, Payout) and duplicate.payout.refunds == what.receipt:
            return duplicate.payout  # somebody else was faster, for another reason
        raise


def _prepare(what: Refunded, policy: PayoutPolicy) -> Flow[None]:
    """Check that no person has denied a payment, and keep it from counting by itself while it goes back.

    Raises:
        InvalidInput: If a person has, most often because it was given back outside of this library.
    """
    if what.is_denied or _is_denied((yield from _records_of(what.receipt, policy))):
        words = "was denied by a person, so nothing is left to pay back; if that was wrong, correct the decision first"
        raise InvalidInput({"payment": words})
    for place in policy.paid_to_us:
        yield from Elsewhere(place, partial(_hold_back, what.receipt, policy.account))


def _find(receipt: str, account: Account) -> Flow[Record | None]:
    found = yield from ask(Records.find, "receipt", receipt, account.environment)
    return found if found is not None and found.account == account else None


def _records_of(receipt: str, policy: PayoutPolicy) -> Flow[list[Record]]:
    """Return the records of one money: the payment, and the receipt by hand."""
    records: list[Record] = []
    for place in policy.paid_to_us:
        found = yield from Elsewhere(place, partial(_find, receipt, policy.account))
        records += [] if found is None else [found]
    return records


def _hold_back(receipt: str, account: Account) -> Flow[None]:
    found = yield from _find(receipt, account)
    if found is None:
        return

    def held_back(record: Record, now: datetime) -> Record:
        # The person who asks now knows whether it counts.
        return attrs.evolve(record, refund_asked_at=record.refund_asked_at or now, counts_despite_refund=False)

    scope = Scope(records=type(found), account=account)
    yield from update(found, held_back, scope, event="refund asked")


def check_undecided(refund: Payout, policy: PayoutPolicy, /) -> Flow[None]:
    """Check that no person has decided about a payment since its refund was asked for.

    Raises:
        InvalidInput: If a person has denied it, most often because it was given back outside of this library, or has
            found out what it is for.
    """
    records = yield from _records_of(refund.refunds or "", policy)
    if _is_denied(records):
        words = "refunds a payment that a person has denied since; cancel it, or correct that decision first"
        raise InvalidInput({"key": words})
    if any(record.counts and record.counts_despite_refund for record in records):
        words = "refunds money that a person has let count since; refuse it, and then ask for a new refund if need be"
        raise InvalidInput({"key": words})


def _is_denied(records: Sequence[Record]) -> bool:
    """Tell whether a person denied this money, and it counts nowhere.

    A receipt that is the money of a payment is decided with that payment. A person may have put a receipt away
    because its money is that of a prompt.
    """
    denied = any(one.denied_by_a_person and getattr(one, "payment", None) is None for one in records)
    return denied and not any(one.counts for one in records)


def _is_to_go_back(record: Record) -> bool:
    return record.refund_due or (isinstance(record, PaidByHand) and record.is_unmatched)


def clear_refund_due(payout: Payout, policy: PayoutPolicy, /) -> Flow[None]:
    """Note on money whose refund was due, or that nobody expected, that it has gone back.

    Money that a person has let count meanwhile needs another look, as its order is paid by what is no longer here.

    Args:
        payout: The refund that was paid.
        policy: The policy.
    """
    every = yield from ask(PayoutStore.refunds, payout.refunds or "", payout.account)
    paid = sum(one.amount for one in every if one.is_success and one.returned_at is None)
    for place in policy.paid_to_us:
        yield from Elsewhere(place, partial(_clear, payout, paid))


def _clear(payout: Payout, paid: int) -> Flow[None]:
    payment = yield from _find(payout.refunds or "", payout.account)
    if payment is None:
        return
    by, note = payout.by or payout.kind.name, f"paid back by payout {payout.key}"

    told = MaskedText(f"paid_back={payout.receipt or payout.key}")

    def went_back(record: Record, now: datetime) -> Record:
        is_due = _is_to_go_back(record)
        is_noted = record.has_gone_back or (record.paid_back_at is not None and not (is_due or record.counts))
        if is_noted or told in record.conflicts:
            return record
        gone = record
        if record.counts and record.counts_despite_refund:
            gone = attrs.evolve(record, conflicts=record.conflicts | {told})
        if paid < Decimal(record.expected.get("amount") or record.facts["amount"]):
            return gone
        if is_due:
            gone = decided(record, now, paid=False, note=note, by=by)
        at = now if gone.resolution is None else max(now, gone.resolution.at)
        return attrs.evolve(gone, facts={**gone.facts, "paid_back_at": at.isoformat()})

    scope = Scope(records=type(payment), account=payout.account)
    yield from update(payment, went_back, scope, event="paid back", by=by, note=note)


def pay_out(pay: Pay, policy: PayoutPolicy, /) -> Flow[Payout]:
    """Pay, and if it pays a payment back, only after its reversal has failed."""
    if pay.refunded is not None:
        earlier = yield from _check_money_is_gone(pay.refunded.receipt, policy)
        if all(payout.surely_unpaid for payout in earlier):
            yield from _prepare(pay.refunded, policy)
    return (yield from pay.flow(policy))


def _check_money_is_gone(receipt: str, policy: PayoutPolicy, /) -> Flow[Sequence[Payout]]:
    """Check that a payment is paid back by payout only after its reversal has surely failed. Return all its refunds.

    A reversal is safer: M-Pesa reverses a payment only once, but it pays out as often as it is asked.

    Raises:
        InvalidInput: If it was not reversed, or the reversal is not decided.
    """
    earlier = yield from ask(PayoutStore.refunds, receipt, policy.account)
    reversals = [payout for payout in earlier if payout.product is Product.REVERSAL]
    if not reversals or not reversals[-1].surely_unpaid:
        raise InvalidInput(
            {"refunds": "names a payment whose reversal has not failed; call refund(payment) first, and wait for it"}
        )
    return earlier
