"""Change a record in the store: compute the change, swap, and start again if another caller was faster."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Generic, TypeVar

import attrs

from daraja.errors import Conflict
from daraja.http.flow import Flow, Log, Now, ask
from daraja.lifecycle.effects import Announce, Notify
from daraja.lifecycle.evidence import Evidence, Source
from daraja.lifecycle.kind import Kind
from daraja.lifecycle.policy import Scope
from daraja.lifecycle.ports import HistoryEntry, Records
from daraja.lifecycle.record import Record
from daraja.lifecycle.state_machine import (
    advance,
    contradict,
    deny_success,
    is_confirmed,
    next_check,
    next_delivery,
)

R = TypeVar("R", bound=Record)

_RACES: Final = 50
"""Lost races in a row after which something is wrong with the store: in each of them another caller wins."""


@attrs.frozen
class Transition(Generic[R]):
    """The change that one call made.

    Args:
        before: The record as it was.
        after: The record as it is.
    """

    before: R
    after: R

    @property
    def changed(self) -> bool:
        """Whether anything new is known."""
        return self.before.known() != self.after.known()

    @property
    def became_success(self) -> bool:
        """Whether this call made it a success. Only one caller ever sees True."""
        return self.before.succeeded_at is None and self.after.succeeded_at is not None


def update(
    record: R,
    change: Callable[[R, datetime], R],
    policy: Scope[R],
    /,
    *,
    event: str,
    by: str = "",
    note: str = "",
    callback_id: str | None = None,
) -> Flow[Transition[R]]:
    """Change a record, even if other callers change it at the same time, and tell the shop if that makes it paid.

    Only one payment counts for an order. The store refuses a second attempt that counts, and the policy knows the money
    in other stores. A second success is written as one whose refund is due.

    Args:
        record: The record as it was read.
        change: Returns the changed record, or the same record if there is nothing to do.
        policy: The policy.
        event: What the history calls the change.
        by: The person who decided, if one did.
        note: That person's words.
        callback_id: The stored callback that the change processes.

    Raises:
        Conflict: If the store refuses it.
    """
    is_second = False
    for _ in range(_RACES):
        now = yield from Now()
        made = change(record, now)
        if (made.counts or made.paid) and not record.counts:
            made = yield from _placed(made, policy, is_second=is_second)
        if made == record:
            if callback_id is not None:
                yield from ask(Records.processed, callback_id, "nothing new")
            return Transition(record, record)
        after = scheduled(record, _noted_despite_refund(record, made), now, policy)
        entry = HistoryEntry(
            key=record.key,
            at=now,
            event=event,
            by=by,
            note=note,
            before=record.status.value,
            after=after.status.value,
            became_success=Transition(record, after).became_success,
            callback_id=callback_id,
        )
        try:
            is_written = yield from ask(Records.swap, record, after, entry)
        except Conflict:
            is_second = not is_second and (yield from _another_counts(after))
            begins_to_count = after.counts and not record.counts
            if not is_second and not (
                begins_to_count and (yield from _is_overtaken(made, change(record, now), policy))
            ):
                raise
            continue
        if is_written:
            return Transition(record, (yield from _after_write(record, after, event, policy)))
        found = yield from ask(Records.load, record.key)
        record = found if isinstance(found, policy.records) else record
    raise Conflict(f"{record.kind.name} {record.key} was not written in {_RACES} attempts, each of which lost a race")


def _noted_despite_refund(before: R, after: R) -> R:
    """Note that money counts whose refund was asked for. Only a person can let it."""
    begins = after.counts and not before.counts and after.refund_asked_at is not None
    return attrs.evolve(after, counts_despite_refund=True) if begins else after


def _after_write(before: R, after: R, event: str, policy: Scope[R]) -> Flow[R]:
    """Log a change and tell the shop of it, and return the record as it is then."""
    yield from _log_change(before, after, event)
    for hook, news in policy.news(before, after) if policy.hooks else ():
        if hook in policy.hooks:  # a process that dies here tells nobody
            yield from announce(after.kind, hook, news, {"key": after.key})
    if policy.placed is not None and after.counts and not before.counts:
        after = yield from policy.placed(after)
    heard = after.notified_at is not None
    if (after.paid and not (before.paid or heard)) or (after.refund_due and not before.refund_due):
        after = yield from notify(after, policy)
    return after


def _is_overtaken(placed: R, changed: R, policy: Scope[R]) -> Flow[bool]:
    """Tell whether other money came after it was decided that a record counts."""
    return (yield from _placed(changed, policy, is_second=placed.is_second)) != placed


def _placed(record: R, policy: Scope[R], *, is_second: bool) -> Flow[R]:
    """Return a record that is about to count, marked as a second one if other money has paid already."""
    if is_second:
        return attrs.evolve(record, is_second=True)
    return record if policy.placing is None else (yield from policy.placing(record))


def apply_evidence(
    record: R,
    evidence: Evidence,
    policy: Scope[R],
    /,
    *,
    then: Evidence | None = None,
    also: Callable[[R], R] | None = None,
    event: str = "",
    callback_id: str | None = None,
) -> Flow[Transition[R]]:
    """Take *evidence* into account, and *then* after it.

    A unique fact that belongs to another record becomes a conflict.

    Args:
        record: The record as it was read.
        evidence: One thing that was learned about it.
        policy: The policy.
        then: Another one that is written with it.
        also: Makes another change in the same write.
        event: What the history calls the change.
        callback_id: The stored callback that the change processes.
    """
    event = event or f"{evidence.source.value} {evidence.said.value}"

    def advanced(record: R, _: datetime) -> R:
        heard = deny_success(record, evidence)
        if evidence.source is Source.QUERY:
            heard = attrs.evolve(heard, unanswered=0, confirmed=record.confirmed or is_confirmed(record, evidence))
        heard = heard if then is None else advance(heard, then)
        return heard if also is None else also(heard)

    try:
        return (yield from update(record, advanced, policy, event=event, callback_id=callback_id))
    except Conflict:
        others = yield from _facts_of_others(record, evidence)
        if not others:
            raise

    def contradicted(record: R, _: datetime) -> R:
        return contradict(record, evidence, others)

    return (yield from update(record, contradicted, policy, event=event, callback_id=callback_id))


def notify(record: R, policy: Scope[R], /) -> Flow[R]:
    """Call the shop's ``on_success`` or ``on_refund_due``, and note that. ``reconcile`` tries again what fails.

    If a contradiction came up meanwhile, the shop is called once a person has said that the success counts.
    """
    if not ((record.paid and policy.has_listener) or (record.refund_due and "on_refund_due" in policy.hooks)):
        return record
    was_paid = record.paid
    try:
        yield from Notify(record) if was_paid else Announce("on_refund_due", record)
    except Exception as error:  # noqa: BLE001 - the record stays a success, whatever the shop's own function raises
        yield from Log(f"{record.kind.name}.notify_failed", _log_fields(record, error), warning=True)
        return record

    def notified(record: R, now: datetime) -> R:
        if was_paid:
            return attrs.evolve(record, notified_at=record.notified_at or now)
        return attrs.evolve(record, refund_notified_at=record.refund_notified_at or now)

    try:
        return (yield from update(record, notified, policy, event="notified")).after
    except Exception as error:  # noqa: BLE001 - a second call does less harm than no record of the payment
        fields = _log_fields(record, error)
    yield from Log(f"{record.kind.name}.notify_not_noted", fields, warning=True)
    return record


def announce(kind: Kind, hook: str, news: object, about: Mapping[str, object], /) -> Flow[None]:
    """Call a function of the shop's. If it raises, that is logged, and the change stays.

    Args:
        kind: What the news is about, for the log.
        hook: The name of the function.
        news: What it is called with.
        about: What the log says of the news.
    """
    try:
        yield from Announce(hook, news)
    except Exception as error:  # noqa: BLE001 - see above
        fields = {**about, "error": type(error).__name__, "hook": hook}
    else:
        return
    yield from Log(f"{kind.name}.hook_failed", fields, warning=True)


def look_after_refund(record: R, policy: Scope[R], /) -> Flow[Transition[R]]:
    """Let a second success count if the first one was denied meanwhile. Otherwise tell the shop that a refund is due.

    If somebody has asked for its refund, the money may be on its way back, so it does not count by itself.
    """

    def counting(record: R, now: datetime) -> R:
        if record.refund_asked_at is not None:
            return record
        first = attrs.evolve(record, is_second=False)
        return first if record.refund_due and scheduled(record, first, now, policy).counts else record

    transition = yield from update(record, counting, policy, event="counts after all")
    after = transition.after
    if after.refund_due and after.refund_notified_at is None:
        return Transition(record, (yield from notify(after, policy)))
    return transition


def _log_fields(record: Record, error: Exception) -> dict[str, object]:
    return {"key": record.key, "error": type(error).__name__}


def _another_counts(record: Record) -> Flow[bool]:
    """Tell whether *record* is to count for an order for which another attempt counts."""
    order: str | None = getattr(record, "paid_order", None)  # only payments are attempts of an order
    if order is None:
        return False
    attempts = yield from ask(Records.attempts, order, record.account)
    return any(other.counts and other.key != record.key for other in attempts)


def _facts_of_others(record: Record, evidence: Evidence) -> Flow[frozenset[str]]:
    others: set[str] = set()
    for name in record.kind.unique:
        if name in evidence.facts:
            owner = yield from ask(Records.find, name, evidence.facts[name], record.environment)
            if owner is not None and owner.key != record.key:
                others.add(name)
    return frozenset(others)


def scheduled(before: R, made: R, now: datetime, policy: Scope[R]) -> R:
    """Return the record to write: with its next version, its success and its next check."""
    succeeded_at = made.succeeded_at or (now if made.paid else None)
    due: datetime | None
    if made.next_check_at is not None and made.next_check_at != before.next_check_at:
        due = made.next_check_at  # the change itself has set it
    elif succeeded_at is None:
        due = next_check(made, now)
    else:
        # Redelivery. A process without an on_success must not cancel the promise of another that has one: the one
        # that made the record (announce), or the one that has scheduled a delivery already.
        scheduled = before.succeeded_at is not None and before.next_check_at is not None
        promised = made.announce or policy.has_listener or scheduled
        due = next_delivery(made, now) if promised and made.paid else None
    return attrs.evolve(made, succeeded_at=succeeded_at, updated_at=now, next_check_at=due, version=before.version + 1)


def _log_change(before: Record, after: Record, event: str) -> Flow[None]:
    fields = {
        "key": after.key,
        "event": event.replace(" ", "_"),
        "before": before.status.value,
        "after": after.status.value,
    }
    if after.needs_review and not before.needs_review:
        yield from Log(f"{after.kind.name}.needs_review", fields, warning=True)
    elif after.refund_due and not before.refund_due:
        yield from Log(f"{after.kind.name}.refund_due", fields, warning=True)
    elif after.status is not before.status:
        yield from Log(f"{after.kind.name}.moved", fields)
