"""When a record is checked next: decided here, without waiting."""

from datetime import datetime, timedelta
from typing import Final

from daraja.lifecycle.clocks import has_passed
from daraja.lifecycle.record import Record

__all__ = ["is_settled", "next_check", "next_delivery", "next_try"]

_BEFORE_REDELIVERY: Final = timedelta(seconds=60)
_LONGEST_PAUSE_IN_SILENCE: Final = timedelta(minutes=5)
"""What was not answered is asked again this soon once Daraja is back."""
_LONGEST_SILENCE: Final = timedelta(days=7)


def is_settled(record: Record, now: datetime, /) -> bool:
    """Tell whether asking Daraja again can teach us nothing more."""
    kind = record.kind
    if record.is_success:
        return True
    if record.status in kind.denied:
        # Queries are known to err, so one denial that comes only from a query is asked about once more.
        return not record.denied_once or (_is_over(record) and _minute_has_passed(record, now))
    if record.status is kind.stopped:
        return _is_over(record) or not record.may_be_asked
    return False


def next_check(record: Record, now: datetime, /) -> datetime | None:
    """Return when Daraja is asked next about a record that is no success; None if asking can teach us nothing."""
    if is_settled(record, now):
        return None
    minute = record.kind.timing.between_denials
    once_more = max((first + minute for first, _ in record.denied_at.values()), default=now)
    # By a clock that is ahead, that may be days away.
    return min(once_more, now + minute) if now < once_more else now + _pause(record)


def next_try(record: Record, now: datetime, /) -> datetime | None:
    """Return the time of the next query if the current one fails or decides nothing.

    The record may be settled already: news about it makes it due again.
    """
    over = _is_over(record) or record.is_success
    return next_check(record, now) or (None if over else now + _pause(record))


def next_delivery(record: Record, now: datetime, /) -> datetime | None:
    """Return when ``on_success`` is called again for a success that it has not taken; None if it has."""
    return now + max(_BEFORE_REDELIVERY, _pause(record)) if record.notified_at is None else None


def _is_over(record: Record) -> bool:
    """Tell whether it was asked about long enough. If Daraja is silent, it is asked until it answers, for a week."""
    window = record.kind.timing.window
    return has_passed(_LONGEST_SILENCE if record.unanswered else window, record.readings)


def _minute_has_passed(record: Record, now: datetime) -> bool:
    return all(now >= last + record.kind.timing.between_denials for _, last in record.denied_at.values())


def _pause(record: Record) -> timedelta:
    pauses = record.kind.timing.pauses
    pause, in_silence = (pauses[min(count, len(pauses) - 1)] for count in (record.checks, record.unanswered))
    return max(pause, min(in_silence, _LONGEST_PAUSE_IN_SILENCE))
