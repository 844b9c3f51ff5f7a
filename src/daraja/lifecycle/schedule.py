"""When a record is checked next: decided here, without waiting."""

from datetime import datetime, timedelta
from typing import Final

from daraja.lifecycle.record import Record

__all__ = ["is_settled", "next_check", "next_delivery", "next_try"]

_BEFORE_REDELIVERY: Final = timedelta(seconds=60)


def is_settled(record: Record, now: datetime, /) -> bool:
    """Tell whether asking Daraja again can teach us nothing more."""
    kind = record.kind
    over = now >= record.created_at + kind.timing.window
    if record.is_success:
        return True
    if record.status in kind.denied:
        # Queries are known to err, so one denial that comes only from a query is asked about once more.
        return not record.denied_once or (over and _minute_has_passed(record, now))
    if record.status is kind.stopped:
        return over or not record.may_be_asked
    return False


def next_check(record: Record, now: datetime, /) -> datetime | None:
    """Return when Daraja is asked next about a record that is no success; None if asking can teach us nothing."""
    if is_settled(record, now):
        return None
    timing, pause = record.kind.timing, _pause(record)
    if not record.may_be_asked:
        return max(record.created_at + timing.window, now + pause)
    if record.first_denied_at is not None and now < record.first_denied_at + timing.between_denials:
        return record.first_denied_at + timing.between_denials
    return now + pause


def next_try(record: Record, now: datetime, /) -> datetime | None:
    """Return the time of the next query if the current one fails or decides nothing.

    The record may be settled already: news about it makes it due again.
    """
    over = now >= record.created_at + record.kind.timing.window or record.is_success
    return next_check(record, now) or (None if over else now + _pause(record))


def next_delivery(record: Record, now: datetime, /) -> datetime | None:
    """Return when ``on_success`` is called again for a success that it has not taken; None if it has."""
    return now + max(_BEFORE_REDELIVERY, _pause(record)) if record.notified_at is None else None


def _minute_has_passed(record: Record, now: datetime) -> bool:
    denied = record.last_denied_at
    return denied is not None and now >= denied + record.kind.timing.between_denials


def _pause(record: Record) -> timedelta:
    pauses = record.kind.timing.pauses
    return pauses[min(record.checks, len(pauses) - 1)]
