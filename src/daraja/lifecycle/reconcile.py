"""Look after all open records: replay callbacks that are left over, ask Daraja about due records, notify the shop."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import attrs

from daraja.errors import (
    ApiError,
    AuthenticationError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    RecordUnreadable,
    UnexpectedResponse,
)
from daraja.http.flow import Flow, Log, Now, ask
from daraja.lifecycle.callbacks import CallbackOutcome, process_callback
from daraja.lifecycle.check_status import bring_forward, check_leased, lease
from daraja.lifecycle.effects import ShowProgress
from daraja.lifecycle.policy import Policy, check_limit
from daraja.lifecycle.ports import ReceivedCallback, Records, Unreadable
from daraja.lifecycle.record import Record
from daraja.lifecycle.transitions import Transition, look_after_refund, notify

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_PAGE: Final = 100
"""Records or callbacks in memory at once."""
_MOST_LISTED: Final = 1000
_MATCHES_WITHIN: Final = timedelta(hours=1)
"""Age up to which a record is looked for to which an unsigned callback belongs."""
_EXPIRES_AFTER: Final = timedelta(days=7)
"""Age at which an unsigned callback that belongs to nothing is no longer listed."""
_SOME_DAY: Final = timedelta(days=36525)
_FAILURES_IN_A_ROW: Final = 3
"""Queries without an answer after which Daraja is left alone until the next run."""

Silence = NotSent | OutcomeUnknown | UnexpectedResponse
"""Errors that mean Daraja is unavailable, rather than that one query failed."""
Unanswered = ApiError | Silence


@attrs.frozen(kw_only=True)
class Report:
    """The report of one run of ``Checkout.reconcile``: what it did, and what a person must look at.

    Args:
        replayed: Callbacks that were left over and are applied now.
        asked: Payments that Daraja was asked about.
        succeeded: Payments that became a success in this run.
        settled: Other payments whose status changed.
        delivered: Successes for which ``on_success`` was called again.
        failed: Payments and callbacks that failed. They are tried again later.
        stopped: Why the run ended before everything due was done, such as its limit; empty if all was done.
        left: How many payments were still due when the run was stopped.
        unconfirmed: Keys of payments that only the M-Pesa statement can decide. ``resolve`` them.
        conflicts: Keys of payments with a contradiction. ``resolve`` them.
        refunds_due: Keys of payments whose order another payment had paid already. Give the money back, then
            ``resolve`` them with ``paid=False``.
        unmatched: Ids of callbacks that belong to no payment or cannot be read. ``dismiss`` them.
        unreadable: Keys of stored payments and ids of stored callbacks that cannot be read, because another release
            wrote them or a person edited them. They stay as they are.
    """

    replayed: int = 0
    asked: int = 0
    succeeded: int = 0
    settled: int = 0
    delivered: int = 0
    failed: int = 0
    stopped: str = ""
    left: int = 0
    unconfirmed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    refunds_due: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look at anything."""
        return bool(self.unconfirmed or self.conflicts or self.refunds_due or self.unmatched or self.unreadable)

    def count(self, transition: Transition[R], /) -> "Report":
        """Return the report with one more payment counted.

        Args:
            transition: What the run changed.
        """
        if transition.became_success:
            return attrs.evolve(self, succeeded=self.succeeded + 1)
        moved = transition.before.status is not transition.after.status
        return attrs.evolve(self, settled=self.settled + moved)


def reconcile(limit: int, policy: Policy[R], /) -> Flow[Report]:
    """Do what is due, for at most *limit* records, and report.

    Runs may overlap, stop anywhere and start again: a record is leased by moving its next check forward.
    """
    check_limit(limit)
    report = yield from _replay(Report(), policy)
    failed = yield from bring_forward(policy)
    report = attrs.evolve(report, failed=report.failed + failed)
    report = yield from _check_due(report, limit, policy)
    if policy.confirm or policy.senders is not None:
        report = yield from _replay(report, policy)  # a query may have confirmed a callback that waits
    report = yield from _forget_unsigned(report, policy)
    report = yield from _list_for_a_person(report, policy)
    if report == Report():
        yield from _say_what_is_there(policy)
    return report


def _replay(report: Report, policy: Policy[R]) -> Flow[Report]:
    """Process the callbacks that a crash left over, or that matched no record when they came."""
    now = yield from Now()
    signed: list[str] = []
    unsigned: list[str] = []
    last: str | None = None
    while page := (yield from ask(Records.unprocessed, _PAGE, policy.account, last)):
        readable, report = yield from _without_unreadable(page, report)
        for callback in readable:
            if callback.purpose not in policy.purposes:
                continue  # another product shares the store, and looks after it
            age = now - callback.received_at
            if callback.key is None and age >= _EXPIRES_AFTER:
                yield from ask(Records.processed, callback.id, "expired: it matched nothing")
                continue
            replayed = None
            if callback.key is not None or age < _MATCHES_WITHIN:
                replayed, report = yield from _replay_one(callback, report, policy)
            if replayed is None or replayed is CallbackOutcome.UNMATCHED:
                (signed if callback.key else unsigned).append(callback.id)
        last = page[-1].id
        yield from ShowProgress(report)
    # The signed ones come first, so that a flood of forged ones hides none of them.
    return attrs.evolve(report, unmatched=tuple([*signed, *unsigned][:_MOST_LISTED]))


def _replay_one(callback: ReceivedCallback, report: Report, policy: Policy[R]) -> Flow[tuple[CallbackOutcome, Report]]:
    try:
        processed = yield from process_callback(callback, policy, fresh=False)
    except RecordUnreadable as error:
        report = yield from _add_unreadable(Unreadable(error.key, error.reason), report)
        return CallbackOutcome.WAITING, report
    except Exception as error:  # noqa: BLE001 - one callback that a store or a hook does not take must not stop the rest
        fields = {"callback": callback.id, "key": callback.key, "error": type(error).__name__}
        yield from Log("callback.postponed", fields, warning=True)
        return CallbackOutcome.WAITING, attrs.evolve(report, failed=report.failed + 1)
    if processed.outcome in {CallbackOutcome.APPLIED, CallbackOutcome.ASKED_INSTEAD}:
        report = attrs.evolve(report, replayed=report.replayed + 1)
    return processed.outcome, report if processed.transition is None else report.count(processed.transition)


def _check_due(report: Report, limit: int, policy: Policy[R]) -> Flow[Report]:
    began = yield from Now()
    seen = failures = 0
    while seen < limit:
        page = yield from ask(Records.due, began, min(_PAGE, limit - seen), policy.account)
        due, report = yield from _without_unreadable(page, report)
        seen += len(due)
        any_leased = False
        for record in _of_kind(due, policy):
            leased, report = yield from _try_to_lease(record, report, policy)
            if leased is None:
                continue
            any_leased = True
            report, failure = yield from _look_after(leased, report, policy)
            failures = failures + 1 if isinstance(failure, Silence) else 0
            yield from ShowProgress(report)
            would_fail_again = isinstance(failure, RateLimited | AuthenticationError)
            if failure is not None and (would_fail_again or failures == _FAILURES_IN_A_ROW):
                return (yield from _stopped(report, str(failure), began, policy))
        if not any_leased:
            return report
    reason = f"the limit of {limit} was reached; run it again, more often or with a higher limit"
    stopped = yield from _stopped(report, reason, began, policy)
    return stopped if stopped.left else report


def _stopped(report: Report, reason: str, began: datetime, policy: Policy[R]) -> Flow[Report]:
    """Say why the run ended before its time, and how many records it left."""
    left = 0
    if any(not isinstance(one, Unreadable) for one in (yield from ask(Records.due, began, 1, policy.account))):
        left = yield from ask(Records.count_due, began, policy.account)
    return attrs.evolve(report, stopped=reason, left=left)


def _of_kind(records: Iterable[Record], policy: Policy[R]) -> list[R]:
    return [record for record in records if isinstance(record, policy.records)]


def _without_unreadable(page: Sequence[T | Unreadable], report: Report) -> Flow[tuple[list[T], Report]]:
    """Report and log the rows that cannot be read, so that they never stop the others."""
    readable: list[T] = []
    for one in page:
        if isinstance(one, Unreadable):
            report = yield from _add_unreadable(one, report)
        else:
            readable.append(one)
    return readable, report


def _add_unreadable(one: Unreadable, report: Report) -> Flow[Report]:
    if one.key in report.unreadable or len(report.unreadable) >= _MOST_LISTED:
        return report
    yield from Log("store.row_unreadable", {"key": one.key, "reason": one.reason}, warning=True)
    return attrs.evolve(report, unreadable=(*report.unreadable, one.key))


def _try_to_lease(record: R, report: Report, policy: Policy[R]) -> Flow[tuple[R | None, Report]]:
    try:
        return (yield from lease(record, policy)), report
    except Exception as error:  # noqa: BLE001 - one record that a store does not take must not stop the others
        fields = {"key": record.key, "error": type(error).__name__}
        yield from Log(f"{record.kind.name}.not_leased", fields, warning=True)
        return None, attrs.evolve(report, failed=report.failed + 1)


def _look_after(record: R, report: Report, policy: Policy[R]) -> Flow[tuple[Report, Unanswered | None]]:
    """Notify the shop of a success, or ask Daraja. If Daraja gives no answer, return that error beside the report."""
    try:
        if record.succeeded_at is not None:
            notified = yield from notify(record, policy)
            delivered = notified.notified_at is not None
            return attrs.evolve(report, delivered=report.delivered + delivered), None
        report = attrs.evolve(report, asked=report.asked + record.may_be_asked)
        return report.count((yield from check_leased(record, policy))), None
    except Exception as error:  # noqa: BLE001 - as above, and a shop's hook may raise anything
        failure = error
    fields = {"key": record.key, "error": type(failure).__name__}
    yield from Log(f"{record.kind.name}.check_failed", fields, warning=True)
    report = attrs.evolve(report, failed=report.failed + 1)
    return report, failure if isinstance(failure, Unanswered) else None


def _forget_unsigned(report: Report, policy: Policy[R]) -> Flow[Report]:
    """Delete processed callbacks of addresses that we did not sign: they prove nothing, and they take room."""
    now = yield from Now()
    try:
        yield from ask(Records.purge_unsigned, now - _MATCHES_WITHIN, _MOST_LISTED, policy.account)
    except Exception as error:  # noqa: BLE001 - as above; the next run does it
        yield from Log("callback.not_purged", {"error": type(error).__name__}, warning=True)
        return attrs.evolve(report, failed=report.failed + 1)
    return report


def _say_what_is_there(policy: Policy[R]) -> Flow[None]:
    """Log once if nothing was found: a job in another folder or with other settings looks after nothing."""
    some_day = (yield from Now()) + _SOME_DAY
    if (yield from ask(Records.due, some_day, 1, policy.account)):
        return
    fields = {"store": policy.store_name, "account": policy.account.words}
    others = [one for one in (yield from ask(Records.due, some_day, 1)) if isinstance(one, Record)]
    if others:
        fields["open_there"] = others[0].account.words
    event = "reconcile.only_other_accounts" if others else "reconcile.nothing_open"
    yield from Log(event, fields, warning=bool(others), once=True)


def _list_for_a_person(report: Report, policy: Policy[R]) -> Flow[Report]:
    page = yield from ask(Records.need_attention, _MOST_LISTED, policy.account)
    records, report = yield from _without_unreadable(page, report)
    refunds_due: list[str] = []
    for record in _of_kind(records, policy):
        if record.refund_due:
            transition, report = yield from _look_after_refund(record, report, policy)
            refunds_due += [record.key] * transition.after.refund_due
    others = [record for record in records if not record.refund_due]
    report = attrs.evolve(
        report,
        unconfirmed=tuple(record.key for record in others if not record.needs_review),
        conflicts=tuple(record.key for record in others if record.needs_review),
        refunds_due=tuple(refunds_due),
    )
    yield from ShowProgress(report)
    return report


def _look_after_refund(record: R, report: Report, policy: Policy[R]) -> Flow[tuple[Transition[R], Report]]:
    try:
        transition = yield from look_after_refund(record, policy)
    except Exception as error:  # noqa: BLE001 - as above
        fields = {"key": record.key, "error": type(error).__name__}
        yield from Log(f"{record.kind.name}.refund_postponed", fields, warning=True)
        return Transition(record, record), attrs.evolve(report, failed=report.failed + 1)
    return transition, report.count(transition)
