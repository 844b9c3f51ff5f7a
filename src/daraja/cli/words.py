"""Payments in words: what happened to them, what is wrong, and what to do next."""

from datetime import datetime
from typing import Final

from daraja.lifecycle.ports import HistoryEntry
from daraja.payments.may_retry import may_retry
from daraja.payments.model import Payment, Status
from daraja.values.phone import mask_numbers

__all__ = ["entry_in_words", "next_step", "problem_in_words"]

_WHO: Final = {
    "answer": "Daraja answered the push:",
    "callback": "A callback came:",
    "check": "It was due for a query",
    "notified": "on_success was called",
    "person": "A person decided:",
    "query": "A query was answered:",
}
"""What the first word of an event means."""


def entry_in_words(entry: HistoryEntry, /) -> str:
    """Return one change of a payment in words."""
    who, _, what = entry.event.partition(" ")
    words = " ".join(filter(None, [_WHO.get(who, who), what]))
    if entry.before != entry.after:
        words += f" ({entry.before} -> {entry.after})"
    if entry.by:
        words += f", by {entry.by}: {mask_numbers(entry.note)}"
    return words


def problem_in_words(payment: Payment, /) -> str:
    """Return why a person has to look at a payment; nothing if nobody has to."""
    if payment.refund_due:
        return "the order was paid already: give this money back"
    if payment.needs_review:
        conflicts = ", ".join(sorted(payment.conflicts)) or "it was denied and paid"
        return f"contradiction: {mask_numbers(conflicts)}"
    if payment.needs_attention:
        return "no result came" if payment.status is Status.UNCONFIRMED else "a denial that proves nothing"
    return ""


def next_step(payment: Payment, now: datetime, /) -> str:
    """Return what to do about a payment."""
    if payment.refund_due:
        return (
            "Give the money back (a reversal, or by hand). Then: "
            f"daraja-kit resolve {payment.key} --not-paid --note refunded"
        )
    if payment.needs_attention:
        return (
            "Look for it on the M-Pesa statement (time, amount, phone). Then store what you found: "
            f"daraja-kit resolve {payment.key} --paid --receipt ... --note ..., or --not-paid --note ..."
        )
    if payment.paid:
        undelivered = payment.announce and payment.notified_at is None
        return "Run daraja-kit reconcile: on_success was not called yet." if undelivered else "Nothing: it is paid."
    retry = may_retry(payment, now)
    if retry:
        return "This attempt charged nobody. The customer may be prompted again."
    if retry.not_before is None and payment.next_check_at is not None:
        return "Wait. daraja-kit reconcile queries it when a check is due."
    return f"Do not prompt the customer again yet: {retry.reason}."
