"""The report of a run of ``reconcile`` in words: what it did, and what is left for a person."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db.models import Q, QuerySet

from daraja import PayoutStatus
from daraja.django.apps import this_app
from daraja.django.models import OPEN, AbstractPayment, Payout, payment_model
from daraja.django.rows import account_is
from daraja.inbound.sweep import ReceiptReport
from daraja.lifecycle.reconcile import Report

_MOST_NAMED: Final = 10
"""The most keys in one line; the admin shows all."""
_SENT: Final = [PayoutStatus.PENDING.value, PayoutStatus.ACCEPTED.value, PayoutStatus.UNCONFIRMED.value]


def progress(report: Report, /) -> str:
    """Return the counts so far, in one line."""
    counts = {
        "callbacks applied": report.replayed,
        "asked about": report.asked,
        "paid": report.succeeded,
        "ended otherwise": report.settled,
        "told again": report.delivered,
        "failed": report.failed,
    }
    return _counted(counts)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing was due"


def done(report: Report, /, of: str = "Payments") -> Iterator[str]:
    """Return the report, line by line."""
    return _done(of, progress(report), report.stopped)


def undecided_elsewhere() -> "QuerySet[AbstractPayment]":
    """Return the payments to a former shortcode or environment that may still be paid; nothing asks about them."""
    undecided = payment_model()._default_manager.filter(Q(status__in=OPEN) | Q(needs_attention=True))
    return undecided.exclude(account_is(this_app().account))


def of_payments(report: Report, /) -> Iterator[str]:
    """Return the work on payments that only a person can do, line by line: that of former accounts too."""
    payments = payment_model()._default_manager
    refunds_due = _keys(payments.filter(refund_due=True))
    paid_twice = {"These paid for what was paid already. Give the money back": refunds_due}
    return _lines(report, "payment", paid_twice, undecided_elsewhere())


def of_payouts(report: Report, /) -> Iterator[str]:
    """Return the work on payouts that only a person can do, in the same way."""
    undecided = Payout.objects.filter(Q(status__in=_SENT) | Q(needs_attention=True))
    return _lines(report, "payout", {}, undecided.exclude(account_is(this_app().account)))


def done_with_receipts(report: ReceiptReport, /) -> Iterator[str]:
    """Return the report about receipts, line by line."""
    counts = {
        "confirmations booked": report.replayed,
        "found by Pull": report.pulled,
        "matched": report.matched,
        "told again": report.delivered,
        "asked about": report.asked,
        "failed": report.failed,
    }
    return _done("Receipts", _counted(counts), report.stopped)


def _done(of: str, what: str, stopped: str) -> Iterator[str]:
    yield f"{of}: {what}."
    if stopped:
        yield f"Stopped before the end; the next run goes on. {stopped}"


def of_receipts(report: ReceiptReport, /) -> Iterator[str]:
    """Return the work on receipts that only a person can do, line by line."""
    left = {
        "Nobody knows what these are for. Assign or dismiss them in the admin": report.unmatched,
        "Something contradicts itself in these. Look at them, then assign or dismiss them": report.conflicts,
        "These confirmations prove nothing yet. Look at them, then dismiss them in the admin": report.leads,
        "These cannot be read: another release wrote them, or a person edited them": report.unreadable,
    }
    return _named(left)


def _lines(
    report: Report, kind: str, more: Mapping[str, Sequence[str]], elsewhere: "QuerySet[Any]"
) -> Iterator[str]:  # Any: a model of that kind
    left = {
        "Only the M-Pesa statement can tell whether these were paid. Resolve them in the admin": report.unconfirmed,
        "Something contradicts itself in these. Look at them, then resolve them in the admin": report.conflicts,
        **more,
        "These belong to another shortcode or environment. Look at its statement, then resolve them": _keys(elsewhere),
        f"These callbacks belong to no {kind}. Look at them, then dismiss them in the admin": report.unmatched,
        "These cannot be read: another release wrote them, or a person edited them": report.unreadable,
    }
    return _named(left)


def _named(left: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for what, keys in left.items():
        if keys:
            and_others = ", ..." if len(keys) > _MOST_NAMED else ""
            yield f"{what} ({len(keys)}): {', '.join(keys[:_MOST_NAMED])}{and_others}"


def _keys(found: "QuerySet[Any]") -> Sequence[str]:  # Any: as above
    return list(found.values_list("key", flat=True))
