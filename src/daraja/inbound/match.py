"""Finds what a receipt pays: a payment of the checkout, an expectation, an order, or nothing that is known.

One receipt is one money. The receipt number alone joins it with a payment that has the same. Without that, a payment
that has no receipt yet gets the money only if everything fits and no other payment fits as well. What is no payment's
own money counts for the expectation under the reference that the payer typed, letter for letter. Everything else is a
suggestion.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final, cast

import attrs

from daraja.http.flow import Flow, Log, Now, ask
from daraja.inbound.announcement import plain_amount
from daraja.inbound.expectation import ReceiptStore
from daraja.inbound.model import Receipt
from daraja.inbound.paid_twice import new_receipt
from daraja.inbound.policy import AskMatch, ReceiptPolicy
from daraja.lifecycle.effects import Elsewhere
from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.ports import Unreadable
from daraja.lifecycle.state_machine import advance
from daraja.lifecycle.transitions import Transition, apply_evidence, update
from daraja.payments.charge import check_order
from daraja.payments.model import Payment, PaymentStore
from daraja.values.account_number import normalise_reference
from daraja.values.prompt import masks_differ
from daraja.values.secret import MaskedText

_BEFORE: Final = timedelta(minutes=1)
"""How far the clock of the machine that pushed may be ahead of M-Pesa's."""
_AFTER: Final = timedelta(minutes=10)
"""A push that was paid was paid within this time."""
_DAY_ONLY: Final = ("bill_manager",)
"""Bill Manager names the day of a payment, and announces it at once."""
_PAGE: Final = 200


@attrs.frozen(kw_only=True)
class Match:
    """The payment, order or expectation that a receipt pays. All are empty if it is not known yet.

    Args:
        payment: The key of the payment that has it.
        expectation: The reference of the expectation for which it counts.
        order: The order for which it counts.
        conflicts: What that payment says otherwise than the receipt.
    """

    payment: str | None = None
    expectation: str | None = None
    order: str | None = None
    conflicts: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return (self.payment, self.expectation, self.order) != (None, None, None)

    def apply(self, receipt: Receipt, /, *, by: str = "") -> Receipt:
        """Return the receipt, matched. A receipt is matched once, so one that is already stays as it is."""
        if not self or receipt.is_matched or not (by or receipt.may_be_matched):
            return receipt
        return attrs.evolve(
            receipt,
            payment=self.payment,
            expectation=self.expectation,
            order=self.order,
            matched_by=by,
            conflicts=receipt.conflicts | self.conflicts,
        )


def take(
    evidence: Evidence, policy: ReceiptPolicy, /, *, event: str, callback_id: str | None = None
) -> Flow[Transition[Receipt]]:
    """Add evidence that is believed to its receipt, which may be new, and match it in the same write.

    Args:
        evidence: What an announcement tells.
        policy: The policy.
        event: What the history calls the change.
        callback_id: The stored callback that it processes.
    """
    number = evidence.facts["transaction_id"]
    receipt = yield from new_receipt(policy.account, number, announce=policy.has_listener)
    heard = advance(receipt, evidence)
    may_match = heard.is_success and heard.may_be_matched
    match = (yield from find_match(heard, policy)) if may_match else Match()
    return (
        yield from apply_evidence(receipt, evidence, policy, also=match.apply, event=event, callback_id=callback_id)
    )


def rematch(receipt: Receipt, policy: ReceiptPolicy, /) -> Flow[Transition[Receipt]]:
    """Look once more whose money it is: an expectation or a push may have come since."""
    match = yield from find_match(receipt, policy)
    return (yield from update(receipt, lambda known, _: match.apply(known), policy, event="matched"))


def find_match(receipt: Receipt, policy: ReceiptPolicy, /) -> Flow[Match]:
    """Look whose money a receipt is. It gives a payment of the checkout its success, and changes nothing else."""
    if policy.checkout is not None:
        found = yield from Elsewhere("checkout", partial(_in_checkout, receipt, policy.checkout))
        if found is not None:
            return _match_with_payment(found, receipt) if isinstance(found, Payment) else Match()
    compared = receipt.facts.get("account")
    if compared is not None:
        expectation = yield from ask(ReceiptStore.expected, compared, policy.account)
        if expectation is not None:
            return Match(expectation=compared, order=expectation.order)
    order = yield from _order_by_the_shop(receipt, policy)
    return Match() if order is None else (yield from match_with_order(order, policy))


def _match_with_payment(payment: Payment, receipt: Receipt) -> Match:
    """Return the match with a payment. If one receipt has two amounts, somebody altered one of them."""
    asked, told = payment.expected["amount"], receipt.facts.get("amount", "")
    conflicts = frozenset[str]() if asked == told else frozenset[str]({MaskedText(f"amount={asked}")})
    return Match(payment=payment.key, order=payment.order, conflicts=conflicts)


def match_with_order(order: str, policy: ReceiptPolicy, /) -> Flow[Match]:
    """Return the match with an order, and with its expectation if it has one."""
    expectation = yield from ask(ReceiptStore.expected_for_order, order, policy.account)
    return Match(expectation=None if expectation is None else expectation.compared, order=order)


def open_pushes(
    reference: str, amount: str, at: datetime, policy: Policy[Payment], /
) -> Flow[tuple[list[Payment], bool]]:
    """Return the payments of the checkout without a receipt that a payment by hand at that time could be.

    It also tells whether a payment of that time cannot be read: it could be the one.

    Args:
        reference: The reference as references are compared.
        amount: KES, as facts have it.
        at: When it was paid.
        policy: What the payments go by.
    """
    which = Filter(since=at - _AFTER, until=at + _BEFORE, account=policy.account)
    found: list[Payment] = []
    any_unreadable = False
    after: str | None = None
    while page := (yield from ask(PaymentStore.list, which, _PAGE, after)):
        any_unreadable |= any(isinstance(one, Unreadable) for one in page)
        payments = [one for one in page if isinstance(one, Payment)]
        found += [
            one
            for one in payments
            if _lacks_its_receipt(one)
            and one.expected["amount"] == amount
            and normalise_reference(one.reference) == reference
        ]
        after = page[-1].key
    return found, any_unreadable


def _lacks_its_receipt(payment: Payment) -> bool:
    """Tell whether a payment is open, or was paid by a query's answer, which brings no receipt."""
    return payment.receipt is None and (payment.is_success or payment.status in payment.kind.open)


def _in_checkout(receipt: Receipt, policy: Policy[Payment]) -> Flow[Payment | bool | None]:
    """Return the payment whose money it is; None if it is no payment's, and True if that is not clear yet."""
    known = yield from ask(PaymentStore.find, "receipt", receipt.number, policy.account.environment)
    if known is not None:
        return known if known.shortcode == policy.account.shortcode else True
    account, amount = receipt.facts.get("account"), receipt.amount
    if account is None or amount is None:
        return None
    at = receipt.created_at if receipt.announced_by == _DAY_ONLY else receipt.paid_at or receipt.created_at
    found, any_unreadable = yield from open_pushes(account, plain_amount(amount), at, policy)
    candidates = [one for one in found if not any(masks_differ(payer, one.phone) for payer in receipt.payers)]
    # The money of a payment that a person denied may be its own, which went back, or new: a person looks again.
    if len(candidates) != 1 or any_unreadable or candidates[0].denied_by_a_person:
        return True if candidates else None
    settled = yield from _settle_push(candidates[0], receipt, policy)
    return settled if settled.receipt == receipt.number else True


def _settle_push(payment: Payment, receipt: Receipt, policy: Policy[Payment]) -> Flow[Payment]:
    """Let a payment advance by the confirmation of a receipt, unless it got another one meanwhile."""
    now = yield from Now()
    facts = {**{name: receipt.facts[name] for name in ("receipt", "amount")}, "confirmed_receipt": receipt.number}
    paid = Evidence(source=Source.CALLBACK, said=Said.PAID, at=now, facts=facts)

    def settled(payment: Payment, _: datetime) -> Payment:
        return advance(payment, paid) if _lacks_its_receipt(payment) else payment

    return (yield from update(payment, settled, policy, event="confirmation paid")).after


def _order_by_the_shop(receipt: Receipt, policy: ReceiptPolicy) -> Flow[str | None]:
    """Ask the shop's own rule. Whatever it does, the money is kept."""
    if not policy.matches:
        return None
    try:
        order = yield from AskMatch(receipt)
        return None if order is None else check_order(cast("str", order))
    except Exception as failure:  # noqa: BLE001 - a function of the shop's may raise and return anything
        error = type(failure).__name__
    yield from Log("receipt.match_failed", {"key": receipt.key, "error": error}, warning=True)
    return None
