"""Money whose purpose is not known: suggestions, and the decision of a person."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import attrs

from daraja.errors import InvalidInput
from daraja.fields import raise_faults, value_or_fault
from daraja.http.flow import Flow, ask
from daraja.inbound.announcement import receipt_key
from daraja.inbound.expectation import Expectation, ReceiptStore
from daraja.inbound.match import Match, match_with_order
from daraja.inbound.model import Receipt
from daraja.inbound.policy import ReceiptPolicy
from daraja.lifecycle.effects import Elsewhere
from daraja.lifecycle.ports import Unreadable
from daraja.lifecycle.resolve import check_still_here, check_words, decided
from daraja.lifecycle.transitions import Transition, update
from daraja.payments.charge import check_order
from daraja.payments.model import PaymentStore
from daraja.values.account_number import likely_typos, normalise_reference

_NEWEST: Final = 500
"""Expectations that are looked through for suggestions."""
_MOST: Final = 5
"""Suggestions for one receipt."""


@attrs.frozen(kw_only=True)
class Suggestion:
    """An order or expectation that money may be for. It is only a proposal: a person decides.

    Args:
        expectation: What is expected, without what came in.
        reason: Why it may be that.
    """

    expectation: Expectation
    reason: str


@attrs.frozen(kw_only=True)
class Unmatched:
    """Money whose purpose is not known.

    Args:
        receipt: The money.
        suggestions: What it may be for, the likeliest first.
    """

    receipt: Receipt
    suggestions: Sequence[Suggestion]


def list_unmatched(limit: int, policy: ReceiptPolicy, /) -> Flow[list[Unmatched]]:
    """List the money that is not matched, the oldest first, with suggestions."""
    records = yield from ask(ReceiptStore.need_attention, limit, policy.account)
    receipts = [one for one in records if isinstance(one, Receipt) and one.is_unmatched]
    expected = yield from ask(ReceiptStore.expectations, _NEWEST, policy.account)
    return [Unmatched(receipt=one, suggestions=_suggestions(one, expected)) for one in receipts]


def suggest(number: str, policy: ReceiptPolicy, /) -> Flow[Sequence[Suggestion]]:
    """Return the orders and expectations that a receipt may pay, the likeliest first."""
    receipt = yield from known_receipt(number, policy)
    expected = yield from ask(ReceiptStore.expectations, _NEWEST, policy.account)
    return _suggestions(receipt, expected)


def assign(
    number: str, policy: ReceiptPolicy, /, *, reference: str | None, order: str | None, by: str, note: str
) -> Flow[Transition[Receipt]]:
    """Store the purpose of money that a person has found out."""
    raise_faults(
        {
            "by": value_or_fault(check_words, by),
            "note": value_or_fault(check_words, note),
            "order": None if order is None else value_or_fault(check_order, order),
        }
    )
    receipt = yield from known_receipt(number, policy)
    match = yield from _match_by_a_person(reference, order, policy)
    if receipt.amount is None:
        raise InvalidInput({"receipt": "is only a lead, and nothing proves that the money came in; settle a statement"})
    if policy.checkout is not None:
        yield from _check_no_payment_has(receipt, policy)
    if receipt.is_matched and not _is_for(receipt, match):
        raise InvalidInput({"receipt": "is matched already, and a receipt is matched once; refund it, if it must be"})

    def assigned(known: Receipt, now: datetime) -> Receipt:
        check_still_here(known, "receipt")
        if known.is_matched and not _is_for(known, match):
            return known
        return match.apply(decided(known, now, paid=True, by=by, note=note), by=by)

    transition = yield from update(receipt, assigned, policy, event="assigned", by=by, note=note)
    if not _is_for(transition.after, match):
        raise InvalidInput({"receipt": "was matched by somebody else just now; look again"})
    return transition


def _check_no_payment_has(receipt: Receipt, policy: ReceiptPolicy) -> Flow[None]:
    environment = policy.account.environment
    payment = yield from Elsewhere("checkout", lambda: ask(PaymentStore.find, "receipt", receipt.number, environment))
    if payment is not None:
        raise InvalidInput({"receipt": f"is the money of payment {payment.key}, and a receipt pays once"})


def dismiss(number: str, policy: ReceiptPolicy, /, *, by: str, note: str) -> Flow[Transition[Receipt]]:
    """Write down that money counts for nothing, such as a test of the shop's own, or money that was sent back."""
    raise_faults({"by": value_or_fault(check_words, by), "note": value_or_fault(check_words, note)})
    receipt = yield from known_receipt(number, policy)

    def dismissed(known: Receipt, now: datetime) -> Receipt:
        return decided(known, now, paid=False, by=by, note=note)

    return (yield from update(receipt, dismissed, policy, event="dismissed", by=by, note=note))


def known_receipt(number: str, policy: ReceiptPolicy, /) -> Flow[Receipt]:
    """Return the receipt of that number.

    Raises:
        InvalidInput: If there is none.
    """
    key = receipt_key(policy.account, number) if isinstance(number, str) else ""
    receipt = yield from ask(ReceiptStore.load, key)
    if receipt is None:
        raise InvalidInput({"receipt": "names no receipt that is stored; give M-Pesa's receipt number"})
    return receipt


def _match_by_a_person(reference: str | None, order: str | None, policy: ReceiptPolicy) -> Flow[Match]:
    if (reference is None) is (order is None):
        raise InvalidInput({"reference": "or order: give one of the two"})
    if order is not None:
        return (yield from match_with_order(order, policy))
    compared = normalise_reference(reference or "")
    expectation = yield from ask(ReceiptStore.expected, compared, policy.account)
    if expectation is None:
        raise InvalidInput({"reference": "is not expected; call expect first, or give the order"})
    return Match(expectation=compared, order=expectation.order)


def _is_for(receipt: Receipt, match: Match) -> bool:
    """Tell whether a receipt counts for the order or expectation that a person named."""
    same_order = receipt.order is not None and receipt.order == match.order
    return receipt.payment is None and (
        same_order or (receipt.expectation, receipt.order) == (match.expectation, match.order)
    )


def _suggestions(receipt: Receipt, expected: Iterable[Expectation | Unreadable]) -> Sequence[Suggestion]:
    account = receipt.facts.get("account", "")
    likely: list[tuple[int, Suggestion]] = []
    for expectation in expected:
        if isinstance(expectation, Unreadable):
            continue
        reasons = list(_reasons(account, receipt, expectation))
        if reasons:
            likely.append((len(reasons), Suggestion(expectation=expectation, reason=" and ".join(reasons))))
    likely.sort(key=lambda one: -one[0])
    return [suggestion for _, suggestion in likely[:_MOST]]


def _reasons(account: str, receipt: Receipt, expectation: Expectation) -> Iterable[str]:
    compared = expectation.compared
    if compared in likely_typos(account):
        yield "one digit is wrong, or two are swapped"
    elif account and (compared in account or account in compared) and min(len(account), len(compared)) >= _ENOUGH:
        yield "one account contains the other"
    elif _one_slip_apart(account, compared):
        yield "one character differs"
    if receipt.amount == expectation.amount:
        yield "the amount is the same"


_ENOUGH: Final = 4
"""Characters that two accounts must share to look alike."""


def _one_slip_apart(one: str, other: str) -> bool:
    """Tell whether one character was left out, put in, changed, or swapped with its neighbour."""
    if min(len(one), len(other)) < _ENOUGH or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, others = one[start:], other[start:]
    swapped = rest[:2] == others[1::-1] and rest[2:] == others[2:]
    return swapped or rest[1:] == others[1:] or rest[1:] == others or rest == others[1:]
