"""Nairobi time, which Safaricom uses in every time stamp."""

import re
from datetime import datetime, timedelta, timezone
from typing import Final

EAT: Final = timezone(timedelta(hours=3), "EAT")
"""East Africa Time: three hours ahead of UTC all year round, so no time-zone data is needed."""

_DIGITS: Final = 14
_DAY_FIRST: Final = re.compile(r"([0-9]{2})[./-]([0-9]{2})[./-]([0-9]{4})(?:[ T]+([0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?")
_ISO: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def from_eat_digits(digits: str, /) -> datetime:
    """Read ``YYYYMMDDHHmmss`` in Nairobi's time.

    Args:
        digits: Fourteen of them.

    Raises:
        ValueError: If it is not fourteen digits or no such day or hour exists.
    """
    if len(digits) != _DIGITS or not digits.isdigit():
        raise ValueError("not fourteen digits")
    return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}+03:00")


def read_time(value: object, /) -> datetime | None:
    """Read a time in any of Safaricom's forms: in Nairobi's time, unless it names another zone.

    >>> read_time(20210118183322).isoformat()
    '2021-01-18T18:33:22+03:00'
    >>> read_time("06.07.2024 22:48:52").isoformat()
    '2024-07-06T22:48:52+03:00'

    Args:
        value: Fourteen digits as a number or text, ``dd.MM.yyyy HH:mm:ss``, or the ISO form. A date alone is its
            midnight.

    Returns:
        The time in Nairobi's zone; None if it cannot be read.
    """
    try:
        text = str(value).strip() if isinstance(value, str | int) else ""
        if len(text) == _DIGITS:
            return from_eat_digits(text)
        if found := _DAY_FIRST.fullmatch(text):
            day, month, year, clock = found.groups("00:00")
            return datetime.fromisoformat(f"{year}-{month}-{day}T{clock}+03:00")
        if _ISO.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=EAT) if moment.tzinfo is None else moment.astimezone(EAT)
    except (ValueError, OverflowError):
        pass
    return None
