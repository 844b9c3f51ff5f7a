"""What a run of ``reconcile`` did, and what is left for a person, in words."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.db.models import Q, QuerySet

from daraja.django.apps import this_app
from daraja.django.models import OPEN, AbstractPayment, payment_model
from daraja.django.rows import account_is
from daraja.lifecycle.reconcile import Report

__all__ = ["done", "progress", "to_do", "undecided_elsewhere"]

_MOST_NAMED: Final = 10
"""The most keys in one line; the admin shows all."""


def progress(report: Report, /) -> str:
    """Return what was done so far, in one line."""
    counts = {
        "callbacks applied": report.replayed,
        "asked about": report.asked,
        "paid": report.succeeded,
        "ended otherwise": report.settled,
        "told again": report.delivered,
        "failed": report.failed,
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing was due"


def done(report: Report, /) -> Iterator[str]:
    """Return what was done, line by line."""
    yield f"Payments: {progress(report)}."
    if report.stopped:
        yield f"Stopped before the end; the next run goes on. {report.stopped}"


def undecided_elsewhere() -> "QuerySet[AbstractPayment]":
    """Return the payments to a former shortcode or environment that may still be paid; nothing asks about them."""
    undecided = payment_model()._default_manager.filter(Q(status__in=OPEN) | Q(needs_attention=True))
    return undecided.exclude(account_is(this_app().account))


def to_do(report: Report, /) -> Iterator[str]:
    """Return the work that only a person can do, line by line: that of the report, and of former accounts."""
    payments = payment_model()._default_manager
    left = {
        "Only the M-Pesa statement can tell whether these were paid. Resolve them in the admin": report.unconfirmed,
        "Something contradicts itself in these. Look at them, then resolve them in the admin": report.conflicts,
        "These paid for what was paid already. Give the money back": _keys(payments.filter(refund_due=True)),
        "These belong to another shortcode or environment. Look at its statement, then resolve them": _keys(
            undecided_elsewhere()
        ),
        "These callbacks belong to no payment. Look at them, then dismiss them in the admin": report.unmatched,
        "These cannot be read: another release wrote them, or a person edited them": report.unreadable,
    }
    for what, keys in left.items():
        if keys:
            more = ", ..." if len(keys) > _MOST_NAMED else ""
            yield f"{what} ({len(keys)}): {', '.join(keys[:_MOST_NAMED])}{more}"


def _keys(found: "QuerySet[AbstractPayment]") -> Sequence[str]:
    return list(found.values_list("key", flat=True))
