"""An order is paid once, by a prompt or by hand: money that comes when all is paid has to go back.

Each receipt that counts takes a turn, which the store keeps unique: of two at the same moment one looks again. Payments
have a store of their own, so no unique value keeps them and receipts apart. Each side looks at the other one right
before it lets money count, and makes it second if the order is paid. It looks once more right after, since both may
have come at the same moment: then the money by hand has to go back.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

import attrs

from daraja.errors import RecordUnreadable
from daraja.http.flow import Flow, Now, ask
from daraja.inbound.announcement import from_prompt, receipt_key
from daraja.inbound.expectation import ReceiptStore, oldest_first
from daraja.inbound.model import Receipt
from daraja.lifecycle.effects import Elsewhere
from daraja.lifecycle.evidence import Evidence
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.policy import Policy, Scope
from daraja.lifecycle.ports import Unreadable
from daraja.lifecycle.record import Account
from daraja.lifecycle.transitions import apply_evidence, update
from daraja.payments.model import Payment, PaymentStore
from daraja.payments.order import ByHand, Order, excess_of

_MOST_RECEIPTS: Final = 1000
"""Receipts of one order that are looked at."""

_UNDER_REVIEW: Final = "paid_by_hand=under review"


def joined(policy: Policy[Payment], /) -> Policy[Payment]:
    """Return the policy of a checkout that knows of payments by hand."""
    return attrs.evolve(
        policy,
        by_hand=partial(by_hand, policy.account),
        placing=place_payment,
        placed=placed_payment,
        sorting=_book_second_receipt,
    )


def by_hand(account: Account, order: str, /) -> Flow[ByHand]:
    """Return the money paid by hand for an order."""
    every = yield from _receipts_of(order, account)
    gone = [one for one in every if one.denied_by_a_person and one.payment is None and not one.is_second]
    expectation = yield from ask(ReceiptStore.expected_for_order, order, account)
    return ByHand(
        receipts=oldest_first(one for one in every if one.counts or one.refund_due),
        expected=None if expectation is None else expectation.amount,
        withdrawn=sum((one.amount or Decimal(0) for one in gone), Decimal(0)),
    )


def place_payment(payment: Payment, /) -> Flow[Payment]:
    """Return a payment that is about to count; as a second one if its order was paid by hand before.

    If the money paid by hand is under review, a person decides which of the two goes back.
    A part that was paid by hand before a payment of the whole amount has to go back.
    """
    if payment.order is None:
        return payment
    paid = yield from Elsewhere("receipts", partial(by_hand, payment.account, payment.order))
    counting = attrs.evolve(paid, receipts=[one for one in paid.receipts if not one.refund_due])
    if any(one.number == payment.receipt for one in counting.receipts):
        # The same money was booked by hand before: it counts there, and nothing has to go back.
        facts = {**payment.facts, "counts_by_hand": payment.receipt or ""}
        return attrs.evolve(payment, is_second=True, facts=facts)
    enough = paid.enough((yield from ask(PaymentStore.attempts, payment.order, payment.account)))
    agreed = attrs.evolve(paid, receipts=[one for one in counting.receipts if not one.needs_review])
    if agreed.received >= enough:
        return attrs.evolve(payment, is_second=True)
    if counting.received >= enough:
        return attrs.evolve(payment, conflicts=payment.conflicts | {_UNDER_REVIEW})
    if payment.amount >= enough:
        for part in agreed.receipts:
            yield from Elsewhere("receipts", partial(_make_second, part.number, payment.account))
    return payment


def placed_payment(payment: Payment, /) -> Flow[Payment]:
    """Let money by hand go back that came at the same moment as a payment that counts now."""
    if payment.order is None:
        return payment
    paid = yield from Elsewhere("receipts", partial(by_hand, payment.account, payment.order))
    enough = paid.enough((yield from ask(PaymentStore.attempts, payment.order, payment.account)))
    others = [one for one in paid.receipts if not (one.number == payment.receipt or one.refund_due or one.needs_review)]
    for one in excess_of(others, Decimal(payment.amount), enough):
        yield from Elsewhere("receipts", partial(_make_second, one.number, payment.account))
    return payment


def _make_second(number: str, account: Account) -> Flow[None]:
    """Let a part go back that counted until the whole amount was paid. ``Receipts.reconcile`` tells the shop."""
    receipt = yield from new_receipt(account, number, announce=False)

    def second(receipt: Receipt, _: datetime) -> Receipt:
        return attrs.evolve(receipt, is_second=True) if receipt.counts else receipt

    scope = Scope(records=Receipt, account=account)
    yield from update(receipt, second, scope, event="all was paid by a prompt")


def place_receipt(receipt: Receipt, /, *, joined: bool) -> Flow[Receipt]:
    """Return a receipt that is about to count, with its turn; as a second one if all was paid before.

    The store refuses a turn that another receipt has taken meanwhile, and this is asked again.

    Args:
        receipt: The receipt.
        joined: Whether there is a checkout, whose payments may have paid.
    """
    same = yield from _of_the_same(receipt)
    counting = [one for one in same if one.counts and one.key != receipt.key]
    if receipt.order is None:
        expectation = yield from ask(ReceiptStore.expected, receipt.expectation or "", receipt.account)
        received = sum((one.amount or Decimal(0) for one in counting), Decimal(0))
        late = expectation is not None and received >= expectation.amount
    else:
        attempts = (yield from Elsewhere("checkout", partial(_attempts, receipt))) if joined else ()
        expectation = yield from ask(ReceiptStore.expected_for_order, receipt.order, receipt.account)
        others = ByHand(receipts=counting, expected=None if expectation is None else expectation.amount)
        order = Order(
            order=receipt.order, attempts=attempts, by_hand=others.without(attempts), as_of=(yield from Now())
        )
        late = order.is_covered
    if late:
        return attrs.evolve(receipt, is_second=True)
    return attrs.evolve(receipt, turn=1 + max((one.turn or 0 for one in same), default=0))


def placed_receipt(receipt: Receipt, /) -> Flow[Receipt]:
    """Let a receipt that counts now go back if a prompt that pays the order came at the same moment."""
    if receipt.order is None:
        return receipt
    attempts = yield from Elsewhere("checkout", partial(_attempts, receipt))
    if not any(one.counts and one.receipt != receipt.number for one in attempts):
        return receipt
    if (yield from place_receipt(receipt, joined=True)).is_second:
        yield from _make_second(receipt.number, receipt.account)
    return (yield from new_receipt(receipt.account, receipt.number, announce=False))


def _of_the_same(receipt: Receipt) -> Flow[Sequence[Receipt]]:
    """Return all receipts for the same order, else for the same expectation, whether they count or not."""
    if receipt.order is None:
        return (yield from ask(ReceiptStore.counted, receipt.expectation or "", receipt.account))
    return (yield from _receipts_of(receipt.order, receipt.account))


def _receipts_of(order: str, account: Account) -> Flow[Sequence[Receipt]]:
    """Return the receipts of an order, whether they count or not.

    Raises:
        RecordUnreadable: If one of them cannot be read: it may have paid the order.
    """
    found = yield from ask(ReceiptStore.list, Filter(order=order, account=account), _MOST_RECEIPTS)
    for one in found:
        if isinstance(one, Unreadable):
            raise RecordUnreadable(one.key, one.reason)
    return [one for one in found if isinstance(one, Receipt)]


def _attempts(receipt: Receipt) -> Flow[tuple[Payment, ...]]:
    return tuple((yield from ask(PaymentStore.attempts, receipt.order or "", receipt.account)))


def new_receipt(account: Account, number: str, /, *, announce: bool) -> Flow[Receipt]:
    """Return the receipt of that number, which may be new."""
    key = receipt_key(account, number)
    known = yield from ask(ReceiptStore.load, key)
    if known is not None:
        return known
    now = yield from Now()
    receipt = Receipt(
        key=key,
        account=account,
        idempotency_key=f"receipt {number}",
        facts={"transaction_id": number},
        announce=announce,
        created_at=now,
        updated_at=now,
    )
    return (yield from ask(ReceiptStore.insert, receipt))


def _book_second_receipt(payment: Payment, evidence: Evidence) -> Flow[Evidence]:
    """Book the money of a prompt apart if its payment was settled by a confirmation of other money.

    The customer paid by hand, with the reference of the prompt, and then the prompt as well.
    """
    number, known = evidence.facts.get("receipt"), payment.receipt
    if number is None or known in {None, number} or payment.facts.get("confirmed_receipt") != known:
        return evidence
    yield from Elsewhere("receipts", partial(_book_second, payment, number.strip().upper(), evidence))
    facts = {name: value for name, value in evidence.facts.items() if name != "receipt"}
    return attrs.evolve(evidence, facts=facts)


def _book_second(payment: Payment, number: str, evidence: Evidence) -> Flow[None]:
    receipt = yield from new_receipt(payment.account, number, announce=False)
    amount = evidence.facts.get("amount") or str(payment.amount)
    expected = None
    if payment.order is not None:
        expected = yield from ask(ReceiptStore.expected_for_order, payment.order, payment.account)

    def second(receipt: Receipt) -> Receipt:
        if receipt.is_matched:
            return receipt
        if payment.order is None:
            return attrs.evolve(receipt, payment=payment.key, is_second=True)
        compared = None if expected is None else expected.compared
        return attrs.evolve(receipt, order=payment.order, expectation=compared, is_second=True)

    scope = Scope(records=Receipt, account=payment.account)
    paid = from_prompt(payment, number, amount, evidence.at)
    yield from apply_evidence(receipt, paid, scope, also=second, event="prompt paid as well")
