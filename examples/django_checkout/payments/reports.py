"""The result of a ``reconcile`` run in words."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import attrs
from django.db.models import Q, QuerySet

from daraja.lifecycle.reconcile import Report
from payments.models import OPEN, Payment
from payments.mpesa import account

__all__ = ["done_in", "progress_of", "to_do"]

_NAMED = 10
"""The maximum number of listed keys or ids; the admin shows all."""


def progress_of(report: Report, /) -> str:
    """Return the progress in one line."""
    counts = {
        "callbacks heard": report.replayed,
        "asked about": report.asked,
        "paid": report.succeeded,
        "ended otherwise": report.settled,
        "told again": report.delivered,
        "failed": report.failed,
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing was due"


def done_in(report: Report, /) -> Iterator[str]:
    """Return the completed work."""
    yield f"Payments: {progress_of(report)}."
    if report.stopped:
        yield f"Stopped before the end, the next run goes on: {report.stopped}"


def to_do(report: Report, /) -> Iterator[str]:
    """Return the work for a person, if any."""
    refunds_due = Payment.objects.filter(refund_due=True)
    undecided = Payment.objects.filter(Q(status__in=OPEN) | Q(needs_attention=True))
    left_behind = undecided.exclude(**attrs.asdict(account()))
    todo = {
        "Only the M-Pesa statement can tell whether these were paid; resolve them in the admin": report.unconfirmed,
        "Something does not fit together at these; look, then resolve them in the admin": report.conflicts,
        "These were paid for orders that were paid already, or that cost something else by now; give the money back": (
            _keys(refunds_due)
        ),
        "These went to another shortcode or environment than today's; look at its statement, then resolve them": (
            _keys(left_behind)
        ),
        "These callbacks belong to no payment; look, then dismiss them in the admin": report.unmatched,
    }
    for what, names in todo.items():
        if names:
            yield f"{what} ({len(names)}): {', '.join(_few(names))}"


def _keys(payments: "QuerySet[Payment]") -> Sequence[str]:
    return list(payments.values_list("key", flat=True))


def _few(names: Sequence[str]) -> Iterable[str]:
    yield from islice(names, _NAMED)
    if len(names) > _NAMED:
        yield "..."
