"""Look after what is open: replay what was left over, ask about what is due, tell what was not told."""

from typing import Final

import attrs

from daraja.errors import (
    ApiError,
    AuthenticationError,
    InvalidInput,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    UnexpectedResponse,
)
from daraja.http.flow import Flow, Now, perform
from daraja.payments.apply import Applied, Fate, apply
from daraja.payments.effects import Due, NeedAttention, Progress, Tell, Unprocessed
from daraja.payments.model import Payment
from daraja.payments.move import deliver, take
from daraja.payments.records import ReceivedCallback, Report
from daraja.payments.refresh import check
from daraja.payments.terms import Terms

__all__ = ["reconcile"]

_PAGE: Final = 100
"""Payments or callbacks in memory at once."""
_MOST_LISTED: Final = 1000
_FAILURES_IN_A_ROW: Final = 3
"""Questions without an answer after which Daraja is left in peace until the next run."""

Silence = NotSent | OutcomeUnknown | UnexpectedResponse
"""What speaks of Daraja itself, and not of one payment."""
Unanswered = ApiError | Silence


def reconcile(limit: int, terms: Terms, /) -> Flow[Report]:
    """Do what is due, *limit* payments at the most, and report.

    Runs may overlap, stop anywhere and start again: a payment is taken by moving its next check forward.
    """
    if not isinstance(limit, int) or limit < 0:
        raise InvalidInput({"limit": "is not a whole number from 0, such as 100"})
    report = yield from _replay(Report(), terms)
    report = yield from _check_due(report, limit, terms)
    if terms.confirm or terms.senders is not None:
        report = yield from _replay(report, terms)  # a query may have confirmed what waited
    return (yield from _list_for_a_person(report, terms))


def _replay(report: Report, terms: Terms) -> Flow[Report]:
    """Let payments hear the callbacks that a crash left over, or that no payment matched when they came."""
    report = attrs.evolve(report, unmatched=())
    last: str | None = None
    while page := (yield from perform(Unprocessed(_PAGE, terms.account, last))):
        for callback in page:
            report = yield from _replay_one(callback, report, terms)
        last = page[-1].id
        yield from perform(Progress(report))
    return report


def _replay_one(callback: ReceivedCallback, report: Report, terms: Terms) -> Flow[Report]:
    try:
        applied: Applied = yield from apply(callback, terms, fresh=False)
    except Exception as error:  # noqa: BLE001 - one callback that a store or a hook does not take must not stop the others
        facts = {"callback": callback.id, "key": callback.key, "error": type(error).__name__}
        yield from perform(Tell("callback.put_off", facts, grave=True))
        return attrs.evolve(report, failed=report.failed + 1)
    if applied.fate is Fate.UNMATCHED and len(report.unmatched) < _MOST_LISTED:
        return attrs.evolve(report, unmatched=(*report.unmatched, callback.id))
    if applied.fate in {Fate.HEARD, Fate.DOUBTED}:
        report = attrs.evolve(report, replayed=report.replayed + 1)
    return report if applied.transition is None else report.count(applied.transition)


def _check_due(report: Report, limit: int, terms: Terms) -> Flow[Report]:
    began = yield from perform(Now())
    seen = failures = 0
    while seen < limit and (page := (yield from perform(Due(began, min(_PAGE, limit - seen), terms.account)))):
        seen += len(page)
        untaken = True
        for payment in page:
            taken, report = yield from _try_to_take(payment, report, terms)
            if taken is None:
                continue
            untaken = False
            report, failure = yield from _look_after(taken, report, terms)
            failures = failures + 1 if isinstance(failure, Silence) else 0
            yield from perform(Progress(report))
            if failure is not None and (_is_of_no_use(failure) or failures == _FAILURES_IN_A_ROW):
                return attrs.evolve(report, stopped=str(failure))
        if untaken:
            break
    return report


def _try_to_take(payment: Payment, report: Report, terms: Terms) -> Flow[tuple[Payment | None, Report]]:
    try:
        return (yield from take(payment, terms)), report
    except Exception as error:  # noqa: BLE001 - one payment that a store does not take must not stop the others
        yield from perform(Tell("payment.not_taken", {"key": payment.key, "error": type(error).__name__}, grave=True))
        return None, attrs.evolve(report, failed=report.failed + 1)


def _look_after(payment: Payment, report: Report, terms: Terms) -> Flow[tuple[Report, Unanswered | None]]:
    """Tell the shop of a success, or ask Daraja; where Daraja gave no answer, that comes back beside the report."""
    try:
        if payment.succeeded_at is not None:
            told = yield from deliver(payment, terms)
            delivered = told.notified_at is not None
            return attrs.evolve(report, delivered=report.delivered + delivered), None
        asks = payment.checkout_request_id is not None
        report = attrs.evolve(report, asked=report.asked + asks)
        return report.count((yield from check(payment, terms))), None
    except Exception as error:  # noqa: BLE001 - as above, and a shop's hook may raise anything
        failure = error
    yield from perform(Tell("payment.check_failed", {"key": payment.key, "error": type(failure).__name__}, grave=True))
    report = attrs.evolve(report, failed=report.failed + 1)
    return report, failure if isinstance(failure, Unanswered) else None


def _is_of_no_use(failure: Unanswered) -> bool:
    """Tell whether the next question would fail as well."""
    return isinstance(failure, RateLimited | AuthenticationError)


def _list_for_a_person(report: Report, terms: Terms) -> Flow[Report]:
    payments = yield from perform(NeedAttention(_MOST_LISTED, terms.account))
    report = attrs.evolve(
        report,
        unconfirmed=tuple(payment.key for payment in payments if not payment.needs_review),
        conflicts=tuple(payment.key for payment in payments if payment.needs_review),
    )
    yield from perform(Progress(report))
    return report
