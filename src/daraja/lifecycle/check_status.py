"""Ask Daraja about one record: now, when it is due, or until it is decided."""

from datetime import timedelta
from typing import Final, TypeVar

from daraja.errors import ApiError, DarajaError, InvalidInput, UnexpectedResponse, UnknownPayment
from daraja.http.flow import Flow, Log, Now, Sleep
from daraja.lifecycle.evidence import given_up
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.ports import Records, ask
from daraja.lifecycle.record import Record
from daraja.lifecycle.schedule import is_settled
from daraja.lifecycle.transitions import Transition, apply_evidence, lease
from daraja.values.phone import mask_numbers

__all__ = ["check", "known", "refresh", "wait"]

R = TypeVar("R", bound=Record)

_POLL: Final = timedelta(seconds=1)


def known(key: str, policy: Policy[R], /) -> Flow[R]:
    """Return the record with that key.

    Raises:
        UnknownPayment: If there is none, or it belongs to another account.
    """
    found = (yield from ask(Records.load, key)) if isinstance(key, str) and key.isprintable() else None
    if not isinstance(found, policy.records) or found.account != policy.account:
        # A caller may hand over a CheckoutRequestID instead of our own key, and that holds a customer's number.
        shown = mask_numbers(str(key))
        raise UnknownPayment(f"the store has no payment {shown!r:.40} of shortcode {policy.account.shortcode}")
    return found


def refresh(key: str, policy: Policy[R], /, *, if_due: bool = False) -> Flow[Transition[R]]:
    """Ask Daraja now. With *if_due*, ask only if a check is due, and only for one of several callers."""
    record = yield from known(key, policy)
    if if_due:
        due, now = record.next_check_at, (yield from Now())
        if due is None or due > now or record.is_success:
            return Transition(record, record)
        leased = yield from lease(record, policy)
        if leased is None:
            record = yield from known(key, policy)
            return Transition(record, record)
        record = leased
    return (yield from check(record, policy))


def check(record: R, policy: Policy[R], /) -> Flow[Transition[R]]:
    """Ask Daraja about a record that is no success, and stop waiting for it once that is due."""
    if record.is_success:
        return Transition(record, record)
    if not record.may_be_asked:
        return (yield from _stop_after(record.kind.timing.window, record, policy))
    try:
        evidence = yield from record.kind.ask(record, policy.config)
    except (ApiError, UnexpectedResponse):
        yield from _stop_after(record.kind.timing.window, record, policy)
        raise
    if evidence is None:  # the answer comes by callback
        return (yield from _stop_after(record.kind.timing.window, record, policy))
    over = evidence.at >= record.created_at + record.kind.timing.open_for
    # Giving up raises a record only if the answer has left it open.
    return (yield from apply_evidence(record, evidence, policy, then=given_up(evidence.at) if over else None))


def wait(key: str, seconds: float, policy: Policy[R], /) -> Flow[R]:
    """Wait until a record is decided or the time is over, and ask Daraja whenever a check is due."""
    if not isinstance(seconds, int | float) or not seconds >= 0:
        raise InvalidInput({"timeout": "is not a number of seconds from 0, such as 120"})
    began = yield from Now()
    end = began + min(timedelta(seconds=min(seconds, 10**9)), policy.records.kind.timing.window)
    while True:
        record = yield from known(key, policy)
        now = yield from Now()
        if record.status is record.kind.stopped or is_settled(record, now):
            return record
        if record.next_check_at is not None and record.next_check_at <= now:
            yield from _check_if_leased(record, policy)
            record = yield from known(key, policy)
        now = yield from Now()
        if now >= end or is_settled(record, now):
            return record
        yield from Sleep(min(_POLL, end - now) / timedelta(seconds=1))


def _check_if_leased(record: R, policy: Policy[R]) -> Flow[None]:
    leased = yield from lease(record, policy)
    if leased is None:
        return
    try:
        yield from check(leased, policy)
    except DarajaError as error:
        name = type(error).__name__
    else:
        return
    yield from Log(f"{record.kind.name}.check_failed", {"key": record.key, "error": name})


def _stop_after(window: timedelta, record: R, policy: Policy[R]) -> Flow[Transition[R]]:
    """Wait for the callback, since no query can tell. Once the window is over, only the statement can."""
    now = yield from Now()
    if now >= record.created_at + window:
        return (yield from apply_evidence(record, given_up(now), policy))
    return Transition(record, record)
