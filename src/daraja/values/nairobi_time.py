"""Nairobi time, in which Safaricom writes every time stamp."""

from datetime import datetime, timedelta, timezone
from typing import Final

__all__ = ["EAT", "from_eat_digits", "to_eat_digits"]

EAT: Final = timezone(timedelta(hours=3), "EAT")
"""East Africa Time: three hours ahead of UTC all year round, so no time-zone data is needed."""

_DIGITS: Final = 14


def to_eat_digits(instant: datetime, /) -> str:
    """Write an instant as ``YYYYMMDDHHmmss`` in Nairobi's time.

    Args:
        instant: A datetime that knows its zone.

    Raises:
        ValueError: If *instant* does not know its zone: a naive time would be taken for whatever zone the server is in.
    """
    if not isinstance(instant, datetime) or instant.utcoffset() is None:
        message = "the time has no zone; use datetime.now(UTC) rather than datetime.now()"
        raise ValueError(message)
    return instant.astimezone(EAT).strftime("%Y%m%d%H%M%S")


def from_eat_digits(digits: str, /) -> datetime:
    """Read ``YYYYMMDDHHmmss`` in Nairobi's time.

    Args:
        digits: Fourteen of them.

    Raises:
        ValueError: If it is not fourteen digits or no such day or hour exists.
    """
    if len(digits) != _DIGITS or not digits.isdigit():
        message = "not fourteen digits"
        raise ValueError(message)
    return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}+03:00")
