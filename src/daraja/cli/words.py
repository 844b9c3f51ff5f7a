"""Records in words: what happened to them, what is wrong, and what to do next."""

from datetime import datetime
from typing import Final

from daraja.disbursements.may_pay_again import may_pay_again
from daraja.disbursements.model import Payout
from daraja.inbound.model import Receipt
from daraja.lifecycle.ports import HistoryEntry
from daraja.lifecycle.record import Record
from daraja.payments.may_retry import may_retry
from daraja.payments.model import Payment
from daraja.payments.order import Order
from daraja.values.nairobi_time import EAT
from daraja.values.secret import mask_numbers

_SOURCES: Final = {
    "answer": "Daraja answered the request:",
    "callback": "A callback came:",
    "confirmation": "A confirmation came:",
    "person": "A person decided:",
    "pull": "Pull reported:",
    "query": "A query was answered:",
    "statement": "The statement was read:",
}
"""The words for the first part of an event, the source, if its second part says what was learned."""
_EVENTS: Final = {
    "all was paid by a prompt": "A prompt paid the whole amount",
    "approved": "A second person approved it",
    "assigned": "A person assigned it",
    "brought forward": "Its next query was brought forward",
    "callback contradicted": "A callback came that contradicts what is known",
    "callback not believed": "A callback came that proves nothing; a query is due",
    "callback nothing": "A callback came that decides nothing; a query is due",
    "callback postponed": "A callback came; a query has to confirm it",
    "callback unreadable": "A callback came that cannot be read; a query is due",
    "cancelled": "A person cancelled it",
    "check": "It was due for a query",
    "check unanswered": "A query got no answer",
    "counts after all": "It counts for its order, because the other payment was given back",
    "dismissed": "A person dismissed it",
    "erased": "Personal data was erased",
    "giving up nothing": "No result came in time",
    "lead": "Somebody reported it; nothing proves it yet",
    "matched": "It was matched",
    "notified": "Your hook was called",
    "paid back": "Its refund was paid",
    "prompt paid as well": "The prompt of its order was paid as well",
    "refund asked": "Somebody asked for its refund, so it counts only if a person says so",
    "refused": "A person refused it",
}
"""The words for other events."""


def entry_in_words(entry: HistoryEntry, /) -> str:
    """Return one change of a record in words."""
    source, _, said = entry.event.partition(" ")
    words = _EVENTS.get(entry.event) or f"{_SOURCES.get(source, source)} {said}"
    if entry.before != entry.after:
        words += f" ({entry.before} -> {entry.after})"
    if entry.by:
        words += f", by {entry.by}" + (f": {mask_numbers(entry.note)}" if entry.note else "")
    return words


def problem_in_words(one: Record, /) -> str:
    """Return why a person has to look at a record; nothing if nobody has to."""
    if isinstance(one, Payment | Receipt) and one.refund_due:
        return "the order was paid already: give this money back"
    if isinstance(one, Receipt) and one.is_unmatched:
        return "nobody knows what this money is for"
    if one.needs_review:
        found = ", ".join(_against(one, conflict) for conflict in sorted(one.conflicts))
        return f"contradiction: {found or 'it was denied and paid'}"
    if isinstance(one, Payout) and one.paid_after_all:
        return "it was paid after money might go again"
    if one.needs_attention:
        return "no result came" if one.status is one.kind.stopped else "a denial that proves nothing"
    return ""


def _against(one: Record, conflict: str) -> str:
    """Return a fact that contradicts a record, beside the one that the record has."""
    name = conflict.partition("=")[0]
    known = one.facts.get(name) or getattr(one, name, None)
    return mask_numbers(conflict if known is None else f"{conflict}, not {known}")


def next_step(one: Record, now: datetime, order: Order | None = None, /) -> str:
    """Return what to do about a record.

    Args:
        one: The record.
        now: The time.
        order: The order of a payment, if it has one: its other attempts and its money by hand count, too.
    """
    if isinstance(one, Payment) and one.refund_due:
        return f"Give the money back. Then: daraja-kit resolve {one.key} --not-paid --note refunded"
    if isinstance(one, Receipt) and one.refund_due:
        return f"Give the money back. Then: daraja-kit assign {one.number} --nothing --note refunded"
    if isinstance(one, Receipt) and one.needs_attention:
        return f"Find out what it is for, then: daraja-kit assign {one.number} --order ... --note ..., or --nothing"
    if one.needs_attention:
        of = " --of payouts" if isinstance(one, Payout) else ""
        return (
            "Look for it on the M-Pesa statement (time, amount, number). Then store what you found: "
            f"daraja-kit resolve {one.key}{of} --paid --receipt ... --note ..., or --not-paid --note ..."
        )
    if one.paid:
        undelivered = one.announce and one.notified_at is None
        return "Run daraja-kit reconcile: your hook was not called yet." if undelivered else "Nothing: it is paid."
    if one.next_check_at is not None:
        return "Wait. daraja-kit reconcile queries it when a check is due."
    if isinstance(one, Payout):
        may = may_pay_again(one)
        return "This payout paid nothing. A new one is safe." if may else f"Do not pay again yet: {may.reason}."
    if isinstance(one, Payment):
        return _after_an_attempt(one, now, order)
    return "Nothing."


def _after_an_attempt(one: Payment, now: datetime, order: Order | None) -> str:
    if order is not None and order.paid:
        return "Nothing: its order is paid."
    may_prompt = may_retry(one, now) if order is None else order.may_charge
    if not may_prompt:
        before = may_prompt.not_before
        until = "" if before is None else f", until {before.astimezone(EAT):%d %B, %H:%M:%S}"
        return f"Do not prompt the customer again yet: {may_prompt.reason}{until}."
    if order is not None and order.receipts:
        rest = order.due(int(order.by_hand.enough(order.attempts)))
        return f"Nobody was charged by a prompt. The customer may be prompted for the rest, KES {rest:,}."
    return "This attempt charged nobody. The customer may be prompted again."
