"""Ask Daraja about one record: now, when it is due, or until it is decided; and make a check due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import attrs

from daraja import fields
from daraja.errors import (
    ApiError,
    AuthenticationError,
    DarajaError,
    InvalidInput,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    UnexpectedResponse,
    UnknownPayment,
)
from daraja.fields import raise_faults
from daraja.http.flow import Flow, Log, Monotonic, Now, Sleep, ask
from daraja.lifecycle.evidence import Evidence, Said, Source, add_reading, given_up, has_passed, read_clock
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.policy import Policy, Scope
from daraja.lifecycle.ports import HistoryEntry, Records
from daraja.lifecycle.record import Record
from daraja.lifecycle.state_machine import is_settled, next_try
from daraja.lifecycle.transitions import Transition, apply_evidence, scheduled, update
from daraja.values.secret import mask_numbers

R = TypeVar("R", bound=Record)

_POLL: Final = 1.0
"""Seconds between two looks at the store."""
_PAGE: Final = 100
_FURTHEST: Final = 2
"""A check is at most one pause away; twice as far is the work of a wrong clock."""
_BETWEEN_HURRIES: Final = timedelta(minutes=1)
_FOR_ANOTHER_PROCESS: Final = timedelta(seconds=1)
"""Delay before a success that this process cannot deliver (it has no ``on_success``) is due for one that can."""
_UNANSWERED: Final = (NotSent, OutcomeUnknown, UnexpectedResponse, RateLimited, AuthenticationError)
"""The errors that say nothing about this record: Daraja would have answered any other question in the same way."""


def load(key: str, scope: Scope[R], /) -> Flow[R]:
    """Return the record with that key.

    Raises:
        UnknownPayment: If there is none, or it belongs to another account.
    """
    found = (yield from ask(Records.load, key)) if isinstance(key, str) and key.isprintable() else None
    if not isinstance(found, scope.records) or scope.account not in {None, found.account}:
        # A caller may hand over a CheckoutRequestID instead of our own key, and that holds a customer's number.
        shown = mask_numbers(str(key))
        where = "" if scope.account is None else f" of shortcode {scope.account.shortcode}"
        raise UnknownPayment(f"the store has no payment {shown!r:.40}{where}")
    return found


def history(key: str, scope: Scope[R], /) -> Flow[Sequence[HistoryEntry]]:
    """Return the history of a record, the oldest entry first."""
    record = yield from load(key, scope)
    return (yield from ask(Records.history, record.key))


def refresh(key: str, policy: Policy[R], /, *, if_due: bool = False, named: str | None = None) -> Flow[Transition[R]]:
    """Ask Daraja now. With *if_due*, ask only if a check is due, and only for one of several callers.

    A record that cannot be asked about, as the store failed when Daraja gave its id, gets that id first: *named*.

    Raises:
        InvalidInput: If *named* is no id.
    """
    if named is not None:
        raise_faults({policy.records.kind.asked_by: fields.identifier(named)})
    record = yield from load(key, policy)
    if named is not None and not record.may_be_asked:
        now = yield from Now()
        facts = {record.kind.asked_by: named}
        given = Evidence(source=Source.ANSWER, said=Said.ACCEPTED, at=now, facts=facts)
        record = (yield from apply_evidence(record, given, policy)).after
    if if_due:
        due, now = record.next_check_at, (yield from Now())
        if due is None or due > now or record.is_success:
            return Transition(record, record)
        leased = yield from lease(record, policy)
        if leased is None:
            record = yield from load(key, policy)
            return Transition(record, record)
        return (yield from check_leased(leased, policy))
    return (yield from check(record, policy))


def check_leased(record: R, policy: Policy[R], /) -> Flow[Transition[R]]:
    """Ask Daraja about a record that was taken for one check. A question without an answer is no check.

    Otherwise a day on which Daraja is silent would make all checks so rare that it takes hours to catch up.
    """
    try:
        return (yield from check(record, policy))
    except _UNANSWERED:
        yield from count_as_unanswered(record, policy)
        raise


def check(record: R, policy: Policy[R], /) -> Flow[Transition[R]]:
    """Ask Daraja about a record that is no success, and stop waiting for it once that is due."""
    if record.is_success:
        return Transition(record, record)
    if not record.may_be_asked:
        return (yield from _stop_after(record.kind.timing.open_for, record, policy))
    try:
        evidence = yield from record.kind.ask(record, policy.config)
    except (ApiError, InvalidInput, NotSent, OutcomeUnknown, UnexpectedResponse):  # InvalidInput: of the settings
        yield from _stop_after(record.kind.timing.window, record, policy)
        raise
    if evidence is None:  # the answer comes by callback
        return (yield from _stop_after(record.kind.timing.window, record, policy))
    reading = yield from read_clock()
    evidence = attrs.evolve(evidence, at=reading.at, clock=reading.clock)
    over = has_passed(record.kind.timing.open_for, add_reading(reading, record.readings))
    # Giving up raises a record only if the answer has left it open.
    return (yield from apply_evidence(record, evidence, policy, then=given_up(reading.at) if over else None))


def wait(key: str, seconds: float, policy: Policy[R], /) -> Flow[R]:
    """Wait until a record is decided or the time is over, and ask Daraja whenever a check is due."""
    if not isinstance(seconds, int | float) or not seconds >= 0:
        raise InvalidInput({"timeout": "is not a number of seconds from 0, such as 120"})
    began = yield from Monotonic()
    end = began + min(seconds, policy.records.kind.timing.window / timedelta(seconds=1))
    while True:
        record = yield from load(key, policy)
        now = yield from Now()
        if record.status is record.kind.stopped or is_settled(record, now):
            return record
        if record.next_check_at is not None and record.next_check_at <= now:
            yield from _check_if_leased(record, policy)
            record = yield from load(key, policy)
        now = yield from Now()
        left = end - (yield from Monotonic())
        if left <= 0 or is_settled(record, now):
            return record
        yield from Sleep(min(_POLL, left))


def _check_if_leased(record: R, policy: Policy[R]) -> Flow[None]:
    leased = yield from lease(record, policy)
    if leased is None:
        return
    try:
        yield from check_leased(leased, policy)
    except DarajaError as error:
        name = type(error).__name__
    else:
        return
    yield from Log(f"{record.kind.name}.check_failed", {"key": record.key, "error": name})


def lease(record: R, policy: Scope[R], /) -> Flow[R | None]:
    """Take a record for one check. The caller that moves its next check forward has it; None if another was faster."""
    reading = yield from read_clock()
    now, record = reading.at, attrs.evolve(record, readings=add_reading(reading, record.readings))
    if record.succeeded_at is None:
        counted = attrs.evolve(record, checks=record.checks + 1)
        counted = attrs.evolve(counted, next_check_at=next_try(counted, now))
    elif policy.has_listener:
        counted = attrs.evolve(record, checks=record.checks + 1)
    else:
        yield from Log(f"{record.kind.name}.nobody_to_notify", {"key": record.key}, warning=True)
        counted = attrs.evolve(record, next_check_at=now + _FOR_ANOTHER_PROCESS)
    after = scheduled(record, counted, now, policy)
    status = record.status.value
    entry = HistoryEntry(key=record.key, at=now, event="check", before=status, after=status)
    return after if (yield from ask(Records.swap, record, after, entry)) else None


def bring_forward(policy: Policy[R], /) -> Flow[int]:
    """Make records due that a clock hours ahead has put off until its own next day. Return how many writes failed.

    No right clock puts a check off for so long. But it may be our own clock that is behind, and then everything looks
    put off. So a machine brings a record forward no oftener than it would check it by itself.
    """
    reading = yield from read_clock()
    far = reading.at + _FURTHEST * max(policy.records.kind.timing.pauses)

    def sooner(record: R, now: datetime) -> R:
        if record.next_check_at is None or record.next_check_at <= far:
            return record
        return attrs.evolve(record, next_check_at=now, readings=add_reading(reading, record.readings))

    failed = 0
    for record in (yield from ask(Records.list, Filter(account=policy.account, check_after=far), _PAGE)):
        if not isinstance(record, policy.records):
            continue
        _, last = record.readings.get(reading.clock, (None, None))
        if last is None or reading.at >= (next_try(record, last) or last):
            try:
                yield from update(record, sooner, policy, event="brought forward")
            except Exception as error:  # noqa: BLE001 - one record that a store does not take must not stop the others
                fields = {"key": record.key, "error": type(error).__name__}
            else:
                continue
            yield from Log(f"{record.kind.name}.not_leased", fields, warning=True)
            failed += 1
    return failed


def count_as_unanswered(record: R, policy: Scope[R], /) -> Flow[Transition[R]]:
    """Take back that a record was checked, because Daraja did not answer. The next check comes as soon as this one."""

    def uncounted(record: R, now: datetime) -> R:
        record = attrs.evolve(record, checks=max(0, record.checks - 1), unanswered=record.unanswered + 1)
        return attrs.evolve(record, next_check_at=next_try(record, now))

    return (yield from update(record, uncounted, policy, event="check unanswered"))


def check_soon(
    record: R,
    policy: Scope[R],
    /,
    *,
    event: str = "callback not believed",
    once: bool = False,
    callback_id: str | None = None,
) -> Flow[Transition[R]]:
    """Make a check due for a callback that decides nothing, such as one that anybody may have sent.

    Nobody may ask Daraja by our hand as often as they like. So it happens once a minute at most, and never for a record
    that is settled or older than its window.

    Args:
        record: The record.
        policy: The policy.
        event: What the history calls the change.
        once: Whether it happens only once in the life of a record.
        callback_id: The stored callback that the change processes.
    """

    def sooner(record: R, now: datetime) -> R:
        old = now >= record.created_at + record.kind.timing.window
        if old or record.is_success or not record.may_be_asked or record.next_check_at is None:
            return record
        if once and record.hurried_at is not None:
            return record
        at = now if record.hurried_at is None else max(now, record.hurried_at + _BETWEEN_HURRIES)
        return attrs.evolve(record, next_check_at=at, hurried_at=at) if at < record.next_check_at else record

    return (yield from update(record, sooner, policy, event=event, callback_id=callback_id))


def check_now(record: R, event: str, policy: Scope[R], /) -> Flow[Transition[R]]:
    """Make a check due at once, if Daraja can be asked and has not said yet that it was paid."""

    def sooner(record: R, now: datetime) -> R:
        open_to_news = record.may_be_asked and not record.is_success
        later = record.next_check_at is None or record.next_check_at > now
        return attrs.evolve(record, next_check_at=now) if open_to_news and later else record

    return (yield from update(record, sooner, policy, event=event))


def _stop_after(span: timedelta, record: R, policy: Policy[R]) -> Flow[Transition[R]]:
    """Wait for the callback, since no query can tell. Once *span* has passed, only the statement can."""
    reading = yield from read_clock()
    if has_passed(span, add_reading(reading, record.readings)):
        return (yield from apply_evidence(record, given_up(reading.at), policy))
    return Transition(record, record)
